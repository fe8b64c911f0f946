"""What these tests share: the plugin as meshx's provider configures it, a namespace and a small chart."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from kubernetes import client

from meshx.stack.object_writes import BY_THE_SERVER
from sandbox.kubernetes import cluster
from tests.conformance.engine import Engine
from tests.e2e.kubernetes_plugin.process import kubernetes_plugin

_NUMBERS = itertools.count(1)
_CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
data:
  colour: {{ .Values.colour | quote }}
---
{{- if .Values.deployment }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-app
spec:
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec: {containers: [{name: app, image: localhost/none:1}]}
{{- end }}
"""


@pytest.fixture(scope="package")
def engine(sandbox: object) -> Iterator[Engine]:
    """The plugin with the settings that a stack's provider has."""
    with kubernetes_plugin(**BY_THE_SERVER) as started:
        yield started


@pytest.fixture(scope="package")
def core(sandbox: object) -> client.CoreV1Api:
    """The cluster as somebody else sees and changes it."""
    return client.CoreV1Api(cluster.api())


@pytest.fixture
def namespace(core: client.CoreV1Api) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"test-{next(_NUMBERS)}-{os.getpid()}"
    core.create_namespace({"metadata": {"name": name}})
    yield name
    core.delete_namespace(name)


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A chart with a ConfigMap and, if asked for, a Deployment that never gets a pod."""
    folder = tmp_path / "colours"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(yaml.safe_dump({"apiVersion": "v2", "name": "colours", "version": "1.0.0"}))
    (folder / "values.yaml").write_text(yaml.safe_dump({"colour": "red", "deployment": False}))
    (folder / "templates" / "all.yaml").write_text(_CONFIG_MAP)
    return folder
