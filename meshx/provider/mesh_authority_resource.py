"""The resource `meshx:index:MeshAuthority`: the Secret `cacerts`. It takes an existing one, else makes it.

If Citadel has signed with a root that it made itself (Secret `istio-ca-secret`), `cacerts` is made from that root:
machines and pods keep their certificates, which stay valid.

With `source` "former" it is made of what Citadel signs with in the cluster that machines come from, so that both meshes
trust both.

Inputs: `namespace`, `labels` of what is made (with the owner's), `trustDomain`; `state`, "in place"; `source`, absent
or as above.
Outputs: the inputs, `made` (whether this stack made it), `root` (PEM, not secret), `end` (RFC 3339). The key goes from
here to the cluster and is in no state.
"""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from typing import Any

from meshx.cluster.authority import (
    CERTIFICATE,
    TLS_ENTRIES,
    Authority,
    UnusableAuthorityError,
    istiods_entries,
    new_authority,
    of_citadels_own,
    read_authority,
)
from meshx.cluster.cluster_client import ClusterError, former_cluster_of
from meshx.cluster.cluster_objects import create, found, part, remove
from meshx.cluster.marking import mark_anew
from meshx.cluster.ownership import OWNER_LABEL, owner_of
from meshx.cluster.secret_entries import decoded_entries
from meshx.control_plane.running_citadel_function import signs_by_secret
from meshx.istio.root_certificate import OWN_SECRET, PLUGGED_SECRET
from meshx.join.states import IN_PLACE
from meshx.plugin_base.custom_resource import Diff, Operation, Read, ResourceError
from meshx.plugin_base.property_diff import compare, unknown_outputs
from meshx.plugin_base.property_values import Properties
from meshx.provider.cluster_resource import ClusterResource

SECRET = PLUGGED_SECRET
FORMER = "former"
"""The `source` of an authority that another mesh has."""
FOUND_OUTPUTS = ("made", "root", "end")


class MeshAuthority(ClusterResource):
    """Makes sure that the control plane finds an authority. `configuration` is the provider's: `kubeconfigFile`,
    `context`, `formerContext`."""

    def __init__(self, configuration: Properties) -> None:
        super().__init__(configuration)
        self._former = former_cluster_of(configuration)

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Compare the inputs. Another trust domain leaves the authority as it is: trust does not depend on its name."""
        return compare(old_inputs, news, replace_on=("namespace",))

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Take the existing Secret, or make one."""
        if operation.preview:
            return "", news | unknown_outputs(FOUND_OUTPUTS)
        return f"{news['namespace']}/{SECRET}", self._ensured(news, operation)

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Take it again; if it is gone, make a new one, which affects every machine and pod."""
        if operation.preview:
            return news | unknown_outputs(FOUND_OUTPUTS)
        state = self._ensured(news, operation, _own_mark(olds, old_inputs))
        if olds.get("root") and state["root"] != olds["root"]:
            operation.warn(
                f"the mesh's root of trust is another one now: restart {_signer(news)}, then every pod with a proxy, "
                "and run `pulumi up` again for the machines"
            )
        return state

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """Check that it is there and good; if the cluster does not answer, the last state stays."""
        if not inputs:
            return Read("")
        try:
            secret = self._found(inputs)
            words = IN_PLACE if secret is not None else "missing"
            if secret is not None:
                state = {**state, **_described(_read(secret, inputs))}
        except UnusableAuthorityError as error:
            words = str(error)
        except ClusterError as error:
            operation.warn(f"Secret {resource_id} was not looked at, its last state stays: {error}")
            return Read(resource_id, inputs, state)
        return Read(resource_id, {**inputs, "state": words}, {**state, "state": words})

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Remove the Secret that this stack made."""
        secret = self._found(old_inputs)
        if secret is not None and owner_of(secret) is not None and owner_of(secret) == _own_mark(olds, old_inputs):
            remove(self._cluster, _path(old_inputs))

    def _ensured(self, news: Properties, operation: Operation, former: str | None = None) -> Properties:
        """Take or make the Secret. `former`: the mark that it has in the state, if this stack made it."""
        secret = self._found(news)
        if secret is None:
            authority, whose = self._new(news, operation)
            create(self._cluster, _path(news).rpartition("/")[0], _manifest(news, authority), f"making Secret {SECRET}")
            operation.inform(f"made Secret {news['namespace']}/{SECRET} {whose}, until {authority.end:%Y-%m-%d}")
            return {**news, "made": True, **_described(authority)}
        try:
            authority = _read(secret, news)
        except UnusableAuthorityError as error:
            # A running istiod signs on with what it has read, and all trust that root.
            remedy = "" if news.get("source") else ", or delete it, and one is made"
            raise ResourceError(
                f"{_signer(news)} can't sign by the Secret {news['namespace']}/{SECRET}: {error}. Replace it by one "
                f"with ca-cert.pem, ca-key.pem, root-cert.pem and cert-chain.pem{remedy}"
            ) from None
        mark = news["labels"].get(OWNER_LABEL)
        made = owner_of(secret) in {mark, former or mark}
        if made and owner_of(secret) != mark:
            mark_anew(self._cluster, _path(news), mark, f"Secret {SECRET}")
        if not made:
            operation.inform(f"takes Secret {news['namespace']}/{SECRET} as it is")
            self._tell_of_another_root(news, authority, operation)
        return {**news, "made": made, **_described(authority)}

    def _new(self, news: Properties, operation: Operation) -> tuple[Authority, str]:
        """Citadel's present authority, or a new one, and in words whose root it is."""
        if news.get("source") == FORMER:
            if self._citadels_own(news) is not None:
                raise ResourceError(
                    f"istiod has a root that it made itself (Secret {news['namespace']}/{OWN_SECRET}), and would get "
                    "the former mesh's, which nobody here trusts yet. Run `pulumi up` again: it leaves istiod its root"
                )
            return self._of_former(news), "of what the former mesh signs with"
        own = self._citadels_own(news)
        if own is not None:
            try:
                return of_citadels_own(own, _now()), f"of the root that Citadel made itself ({OWN_SECRET})"
            except UnusableAuthorityError as error:
                operation.warn(
                    f"Citadel's own root can't go on (Secret {news['namespace']}/{OWN_SECRET}: {error}), so all that "
                    "trust it get another one: restart every pod with a proxy"
                )
        return new_authority(str(news["trustDomain"]), _now()), "with a root of its own"

    def _of_former(self, news: Properties) -> Authority:
        if self._former is None:
            raise ResourceError(f"Secret {SECRET} is to come from a former mesh, and meshx:former names none")
        system = f"namespaces/{news['namespace']}"
        citadel = found(self._former, f"/apis/apps/v1/{system}/deployments/istio-citadel") or {}
        name, read = (SECRET, read_authority) if signs_by_secret(citadel) else (OWN_SECRET, of_citadels_own)
        try:
            return read(part(found(self._former, f"/api/v1/{system}/secrets/{name}") or {}, "data"), _now())
        except UnusableAuthorityError as error:
            raise ResourceError(
                f"the former mesh's authority can't be taken over (Secret {news['namespace']}/{name} of context "
                f"{self._former.context}: {error}). Correct meshx:former.context; or make Secret {SECRET} here "
                "yourself, and it is taken as it is"
            ) from None

    def _tell_of_another_root(self, news: Properties, authority: Authority, operation: Operation) -> None:
        """Tell if Citadel still signs with a root that it made itself, and is to change to the root in the Secret."""
        citadel = found(self._cluster, f"/apis/apps/v1/namespaces/{news['namespace']}/deployments/istio-citadel")
        own = None if citadel is None or signs_by_secret(citadel) else self._citadels_own(news)
        if own is None or decoded_entries(own, (CERTIFICATE,))[0].get(CERTIFICATE, b"").decode() in authority.root:
            return
        operation.warn(
            f"the mesh's root of trust becomes that of Secret {SECRET}, which was there, in place of the one that "
            "Citadel made itself: it replaces its Secrets about a minute later, this run brings the machines along, "
            "and pods follow within minutes, or when they are restarted; until then old and new do not trust each "
            f"other. To keep the present root, delete Secret {SECRET} before, and it is made of that"
        )

    def _citadels_own(self, news: Properties) -> dict[str, str] | None:
        secret = found(self._cluster, f"/api/v1/namespaces/{news['namespace']}/secrets/{OWN_SECRET}")
        return None if secret is None else part(secret, "data")

    def _found(self, news: Properties) -> dict[str, Any] | None:
        return found(self._cluster, _path(news))


def _signer(news: Properties) -> str:
    return "istiod" if news.get("source") else "Citadel"


def _read(secret: dict[str, Any], news: Properties) -> Authority:
    data: dict[str, str] = secret.get("data") or {}
    if not news.get("source"):
        return read_authority(data, _now())
    if TLS_ENTRIES[0] in data and (missing := [name for name in TLS_ENTRIES if name not in data]):
        raise UnusableAuthorityError(
            f"istiod takes {TLS_ENTRIES[0]} before {CERTIFICATE}, and {' and '.join(missing)} is missing"
        )
    return read_authority(istiods_entries(data), _now())


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


def _own_mark(state: Properties, inputs: Properties) -> str | None:
    return inputs["labels"].get(OWNER_LABEL) if state.get("made") else None


def _now() -> datetime:
    return datetime.now(timezone.utc)
