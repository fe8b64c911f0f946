"""The kubeconfig that a provider is given: a path or contents, one context of it, and the cluster this leads to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sandbox.pulumi.kubernetes.api_errors import UnreachableError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

# The engine runs many operations at once; each keeps a connection for its next request.
_CONNECTIONS = 64


@dataclass(frozen=True)
class Kubeconfig:
    """A kubeconfig and the context chosen in it."""

    path: str = ""
    """Where it was read from: one file, or several with colons between them; empty if only contents were given."""
    contents: str = ""
    """Its text, where it was given as text."""
    context: str = ""
    """The context chosen by the provider's configuration; empty for the file's current one."""

    def client(self) -> ApiClient:
        """A client for the chosen context. Raises UnreachableError with the reason."""
        # Slow to load, and an engine waits for a plugin's start but not for its being configured.
        from kubernetes.client import Configuration  # noqa: PLC0415
        from kubernetes.config import (  # noqa: PLC0415
            ConfigException,
            new_client_from_config,
            new_client_from_config_dict,
        )

        try:
            parsed = parse(self.contents) if self.contents else None
        except ValueError as error:
            words = f"failed to parse kubeconfig data in `kubernetes:config:kubeconfig`- {error}"
            raise UnreachableError(words) from error
        try:
            settings = Configuration()
            settings.connection_pool_maxsize = _CONNECTIONS
            chosen = {"context": self.context or None, "persist_config": False, "client_configuration": settings}
            if parsed is not None:
                return new_client_from_config_dict(parsed, **chosen)
            return new_client_from_config(self.path, **chosen)
        except (ConfigException, ValueError, OSError, yaml.YAMLError) as error:
            raise UnreachableError(
                "unable to load Kubernetes client configuration from kubeconfig file. Make sure you have: \n\n"
                " \t • set up the provider as per "
                f"https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/ \n\n {error}"
            ) from error

    def namespace(self) -> str:
        """The namespace that the chosen context names; `default` where it names none."""
        try:
            config = parse(self.contents) if self.contents else _merged(self.path)
        except (ValueError, OSError, yaml.YAMLError):
            return "default"
        return _named(config, "contexts", self.context or config.get("current-context")).get("namespace") or "default"


def given(path_or_contents: str, context: str) -> Kubeconfig:
    """The kubeconfig that a provider's `kubeconfig` means; empty: `$KUBECONFIG`, or ~/.kube/config.

    A text that is the path of a file is that file, any other text is the contents (provider.go, Configure).
    """
    if not path_or_contents:
        return Kubeconfig(os.environ.get("KUBECONFIG") or str(Path("~/.kube/config").expanduser()), context=context)
    if "\n" not in path_or_contents and (path := Path(path_or_contents).expanduser()).is_file():
        return Kubeconfig(str(path), context=context)
    return Kubeconfig(contents=path_or_contents, context=context)


def parse(text: str) -> dict[str, Any]:
    """A kubeconfig's text as a dictionary. Raises ValueError for anything else."""
    try:
        parsed = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"failed to parse kubeconfig: {error}") from None
    if not isinstance(parsed, dict):
        raise ValueError("failed to parse kubeconfig: it is neither the path of a file nor a kubeconfig's contents")
    return parsed


def active_cluster(config: dict[str, Any], context: str | None) -> dict[str, Any]:
    """The server, and how it is trusted, that the context leads to; empty where there is none.

    (util.go, getActiveClusterFromConfig)
    """
    chosen = _named(config, "contexts", context or config.get("current-context"))
    return _named(config, "clusters", chosen.get("cluster"))


def _named(config: dict[str, Any], section: str, name: str | None) -> dict[str, Any]:
    entries = config.get(section) or []
    value = next((entry.get(section.removesuffix("s")) for entry in entries if entry.get("name") == name), None)
    return value or {}


def _merged(paths: str) -> dict[str, Any]:
    """The files of a colon-separated list as one; what an earlier one says stands."""
    merged: dict[str, Any] = {}
    for path in (Path(part).expanduser() for part in paths.split(os.pathsep) if part):
        for key, value in parse(path.read_text()).items():
            if isinstance(value, list):
                merged[key] = [*merged.get(key, []), *value]
            else:
                merged.setdefault(key, value)
    return merged
