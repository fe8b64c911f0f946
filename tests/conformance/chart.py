"""A small chart to install: a ConfigMap with a value in it and, if asked for, a Deployment that never gets a pod."""

from pathlib import Path
from typing import Any

import yaml

_CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
  namespace: {{ .Release.Namespace }}
data:
  colour: {{ .Values.colour | quote }}
"""
_DEPLOYMENT = """
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


def write_chart(folder: Path, version: str = "1.0.0", **more: Any) -> Path:
    """The chart `colours` of a version as a folder below `folder`; `more` goes into its Chart.yaml."""
    chart = folder / "colours"
    (chart / "templates").mkdir(parents=True, exist_ok=True)
    described = {"apiVersion": "v2", "name": "colours", "version": version, "appVersion": "7", **more}
    (chart / "Chart.yaml").write_text(yaml.safe_dump(described))
    (chart / "values.yaml").write_text(yaml.safe_dump({"colour": "red", "deployment": False, "nested": {"a": 1}}))
    (chart / "templates" / "settings.yaml").write_text(_CONFIG_MAP)
    (chart / "templates" / "app.yaml").write_text(_DEPLOYMENT)
    return chart
