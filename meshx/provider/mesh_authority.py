"""The resource `meshx:index:MeshAuthority`: the Secret `cacerts`, taken where it is there, made where it is not.

Inputs: `namespace`, `labels` of what is made (with the owner's), `trustDomain`; `state`, "in place".
Outputs: the inputs, `made` (whether this stack made it), `root` (PEM, no secret), `end` (RFC 3339). The key goes from
here to the cluster and stands in no state.
"""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from typing import Any

from meshx.ownership import OWNER_LABEL
from meshx.provider.authority import Authority, UnusableAuthorityError, new_authority, read_authority
from meshx.provider.cluster_client import Cluster, ClusterError
from meshx.provider.cluster_objects import create, found, part, remove
from meshx.provider.custom_resource import Diff, Operation, Read, Resource, ResourceError
from meshx.provider.property_diff import compare, unknown_outputs
from meshx.provider.property_values import Properties

SECRET = "cacerts"  # noqa: S105 (its name)
IN_PLACE = "in place"
FOUND_OUTPUTS = ("made", "root", "end")


class MeshAuthority(Resource):
    """Makes sure that Citadel finds an authority. `configuration` is the provider's: `kubeconfigFile`, `context`."""

    def __init__(self, configuration: Properties) -> None:
        self._cluster = Cluster(configuration.get("kubeconfigFile"), configuration.get("context"))

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Compare the inputs. Another trust domain leaves the authority as it is: its name is no part of any trust."""
        return compare(old_inputs, news, replace_on=("namespace",))

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Take the Secret that is there, or make one."""
        if operation.preview:
            return "", news | unknown_outputs(FOUND_OUTPUTS)
        return f"{news['namespace']}/{SECRET}", self._ensured(news, operation)

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Take it anew; one that is gone is made anew, which every machine and pod will notice."""
        if operation.preview:
            return news | unknown_outputs(FOUND_OUTPUTS)
        state = self._ensured(news, operation)
        if olds.get("root") and state["root"] != olds["root"]:
            operation.warn(
                "the mesh's root of trust is another one now: restart Citadel, then every pod with a proxy, and run "
                "`pulumi up` again for the machines"
            )
        return state

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """Look whether it is there and good; a cluster that can't be asked keeps its last state."""
        if not inputs:
            return Read("")
        try:
            secret = self._found(inputs)
            words = IN_PLACE if secret is not None else "missing"
            if secret is not None:
                state = {**state, **_described(read_authority(secret.get("data") or {}, _now()))}
        except UnusableAuthorityError as error:
            words = str(error)
        except ClusterError as error:
            operation.warn(f"Secret {resource_id} was not looked at, its last state stays: {error}")
            return Read(resource_id, inputs, state)
        return Read(resource_id, {**inputs, "state": words}, {**state, "state": words})

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Remove the Secret that this stack made."""
        secret = self._found(old_inputs)
        if olds.get("made") and secret is not None and _owner(secret) == old_inputs["labels"].get(OWNER_LABEL):
            remove(self._cluster, _path(old_inputs))

    def _ensured(self, news: Properties, operation: Operation) -> Properties:
        secret = self._found(news)
        if secret is None:
            authority = new_authority(str(news["trustDomain"]), _now())
            create(self._cluster, _path(news).rpartition("/")[0], _manifest(news, authority), f"making Secret {SECRET}")
            operation.inform(
                f"made Secret {news['namespace']}/{SECRET}: a root for {authority.end:%Y-%m-%d} at the most"
            )
            return {**news, "made": True, **_described(authority)}
        try:
            authority = read_authority(secret.get("data") or {}, _now())
        except UnusableAuthorityError as error:
            raise ResourceError(
                f"Citadel can't sign by the Secret {news['namespace']}/{SECRET}: {error}. Replace it by one with "
                "ca-cert.pem, ca-key.pem, root-cert.pem and cert-chain.pem, or delete it, and one is made"
            ) from None
        made = _owner(secret) == news["labels"].get(OWNER_LABEL)
        if not made:
            operation.inform(f"takes Secret {news['namespace']}/{SECRET} as it is")
        return {**news, "made": made, **_described(authority)}

    def _found(self, news: Properties) -> dict[str, Any] | None:
        return found(self._cluster, _path(news))


def _path(news: Properties) -> str:
    return f"/api/v1/namespaces/{news['namespace']}/secrets/{SECRET}"


def _manifest(news: Properties, authority: Authority) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": SECRET, "namespace": news["namespace"], "labels": news["labels"]},
        "type": "Opaque",
        "data": {name: base64.b64encode(content).decode() for name, content in authority.entries.items()},
    }


def _described(authority: Authority) -> Properties:
    return {"root": authority.root, "end": f"{authority.end:%Y-%m-%dT%H:%M:%SZ}"}


def _owner(secret: dict[str, Any]) -> str:
    return part(part(secret, "metadata"), "labels").get(OWNER_LABEL, "")


def _now() -> datetime:
    return datetime.now(timezone.utc)
