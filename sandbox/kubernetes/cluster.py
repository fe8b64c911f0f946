"""The sandbox's cluster as its administrator sees it: a client, and objects applied from files."""

import functools
from pathlib import Path
from typing import Any

import urllib3
import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ConflictError

from sandbox.kubernetes.control_plane import CONTEXT, KUBECONFIG
from sandbox.paths import STATE
from sandbox.supervision.supervisor import PartError

FIELD_MANAGER = "meshx-sandbox"
MANIFESTS = Path(__file__).parent / "manifests"
REQUEST_SECONDS = 5


@functools.cache
def api() -> client.ApiClient:
    """The client of the sandbox's cluster, with the administrator's rights."""
    return new_api()


def new_api() -> client.ApiClient:
    """A client like `api()`, of the caller's own."""
    made: client.ApiClient = config.new_client_from_config(config_file=str(KUBECONFIG), context=CONTEXT)
    # The callers repeat requests themselves: a client that retries would only hide what is wrong.
    made.rest_client.pool_manager.connection_pool_kw["retries"] = urllib3.Retry(0)
    return made


def apply(file: Path) -> None:
    """Apply the objects of a YAML file on the server's side; unchanged ones stay as they are.

    A field that somebody else has changed meanwhile (the Corefile, by a DNS stub) stays theirs.
    """
    dynamic = DynamicClient(api(), cache_file=str(STATE / "run" / "discovery-cache"))
    for manifest in yaml.safe_load_all(file.read_text()):
        resource: Any = dynamic.resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])
        metadata = manifest["metadata"]
        try:
            resource.server_side_apply(
                body=manifest,
                name=metadata["name"],
                namespace=metadata.get("namespace"),
                field_manager=FIELD_MANAGER,
                _request_timeout=REQUEST_SECONDS,
            )
        except ConflictError:
            continue
        except (ApiException, urllib3.exceptions.HTTPError) as error:
            raise PartError(f"cannot apply {manifest['kind']} {metadata['name']} of {file.name}: {error}") from error
