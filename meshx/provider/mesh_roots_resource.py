"""The resource `meshx:index:MeshRoots`: Secret `cacerts` of a control plane with istiod, written in Istio's steps.

Inputs: `namespace`, `labels` of the Secret (with the owner's), `roots` (PEM texts), `issuer: {certificate, chain}`
(PEM) with `key` (PEM, secret), or neither for whoever issues now; `machines`, the names of those that are joined over
SSH; `machineSeconds` and `instanceSeconds`: how long certificates of these are valid, and those of instances that join
by themselves (0: there are none); `noted`, whether a RootsOnMachines notes which roots machines have, one of which has
to issue; `istiods`, the names of the stack's Deployments; `state`, "in place".
Outputs: the inputs without the key; `root`, all roots in one text; `end` of the authority (RFC 3339); `standing`, in
which step of a change the mesh is, in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography import x509

from meshx.cluster.cluster_client import NOT_ALLOWED, ClusterError
from meshx.cluster.cluster_objects import NOT_FOUND, found, merge, part, remove
from meshx.cluster.ownership import OWNER_LABEL, owner_of
from meshx.cluster.trust.istiod_restart import istiods, names_of_istiods, restarted
from meshx.cluster.trust.living_certificates import INSTANCES, Holder, Proxies, present_pods
from meshx.cluster.trust.next_step import Holding, NextStep, next_step
from meshx.cluster.trust.on_machines import noted
from meshx.cluster.trust.present_trust import (
    OF_TLS,
    IssuingAuthority,
    PresentTrust,
    digest_of,
    present_trust,
    secret_path,
)
from meshx.cluster.trust.standing import ANNOTATION
from meshx.cluster.trust.wanted_trust import each_once, found_words, holds, root_text, wanted_issuer, wanted_roots
from meshx.cluster.trust.written_secret import write
from meshx.config.errors.words import enumerate_some
from meshx.config.values.certificates import fingerprint
from meshx.istio.root_certificate import PLUGGED_SECRET
from meshx.join.states import IN_PLACE
from meshx.plugin_base.custom_resource import CheckFailure, Diff, Operation, PartialFailure, Read, ResourceError
from meshx.plugin_base.property_diff import compare, has_unknown, unknown_outputs
from meshx.plugin_base.property_values import Properties
from meshx.provider.cluster_resource import ClusterResource

FOUND_OUTPUTS = ("root", "end", "standing")
KINDS = ("machine", "instance")


class MeshRoots(ClusterResource):
    """The mesh's roots and its authority. `configuration` is the provider's: `kubeconfigFile`, `context`."""

    def check(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, Sequence[CheckFailure]]:
        """Write each root once, in one order: what stands around a certificate is no change."""
        if has_unknown(news["roots"]):
            return news, ()
        return {**news, "roots": each_once(wanted_roots(news["roots"]))}, ()

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        """Compare the inputs, and tell where a change of roots stands that this run leaves as it is."""
        # Further machines, and another revision, are none of the Secret's business.
        others = {name: news[name] for name in ("machines", "noted", "istiods") if name in news}
        compared = compare({**old_inputs, **others}, news, replace_on=("namespace",))
        if olds.get("standing") and not compared.changes:
            operation.inform(str(olds["standing"]))
        return compared

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        """Write the Secret, over one that an earlier run of this stack left."""
        if operation.preview:
            return "", self._previewed(news, news, operation)
        return _id(news), self._brought_about(news, news, operation)

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        """Take the mesh one step further."""
        return (self._previewed if operation.preview else self._brought_about)(news, old_inputs, operation)

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        """Look at the Secret; if the cluster does not answer, the last state stays."""
        if not inputs:
            return Read("")
        try:
            present = present_trust(self._cluster, str(inputs["namespace"]))
        except ClusterError as error:
            operation.warn(f"Secret {resource_id} was not looked at, its last state stays: {error}")
            return Read(resource_id, inputs, state)
        words = found_words(present, wanted_roots(inputs["roots"]), inputs.get("issuer"))
        return Read(resource_id, {**inputs, "state": words}, {**state, "state": words})

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        """Remove the Secret, unless an istiod stays that issues by it."""
        namespace = str(old_inputs["namespace"])
        secret = found(self._cluster, secret_path(namespace))
        if secret is None or owner_of(secret) != old_inputs["labels"].get(OWNER_LABEL):
            return
        if istiods(self._cluster, namespace):
            operation.warn(
                f"Secret {resource_id} stays, since istiod issues by it: without it istiod would make another root "
                "when it restarts, which nobody trusts. From now on the stack follows what you write there"
            )
            return
        remove(self._cluster, secret_path(namespace))

    def _previewed(self, news: Properties, olds: Properties, operation: Operation) -> Properties:
        """Refuse what `up` would, and say what it does. olds: the inputs of before, or the same without any."""
        if has_unknown([news["roots"], news.get("issuer")]):
            return _without_key(news) | unknown_outputs(FOUND_OUTPUTS)
        try:
            present = self._ours(news, olds)
            issuer, step = self._step(news, olds, present)
            others = sorted({*names_of_istiods(self._cluster, str(news["namespace"]))} - {*news["istiods"]})
        except ClusterError as error:
            operation.warn(f"whether the roots of trust may change in this way, only `up` will say: {error}")
            return _without_key(news) | unknown_outputs(FOUND_OUTPUTS) | {"root": root_text(news["roots"])}
        if step.words:
            operation.inform(step.words)
            if others:
                operation.inform(
                    f"these restart as well, since they issue by the same Secret: {enumerate_some(others)} in "
                    f"namespace {news['namespace']}. They are not this stack's, so it does not wait for them"
                )
        if not has_unknown(news.get("key")):
            self._check(news, present, issuer, operation)
        return _outputs(news, issuer, step)

    def _brought_about(self, news: Properties, olds: Properties, operation: Operation) -> Properties:
        present = self._ours(news, olds)
        issuer, step = self._step(news, olds, present)
        outputs = _outputs(news, issuer, step)
        if step.words:
            operation.inform(step.words)
        secret = write(self._cluster, news, present, issuer)
        try:
            self._settle(news, present, issuer, secret, operation)
        except ResourceError as error:
            # The Secret is another one already: the next run goes on even if nothing else changes.
            raise PartialFailure(_id(news), outputs, [str(error)], news) from None
        return outputs

    def _check(self, news: Properties, present: PresentTrust, issuer: IssuingAuthority, operation: Operation) -> None:
        """Have the cluster check what `up` writes, where that is possible."""
        try:
            write(self._cluster, news, present, issuer, dry_run=True)
        except ClusterError as error:
            # The namespace is still to come, or the one who previews may not write.
            if error.status not in (NOT_FOUND, *NOT_ALLOWED):
                operation.warn(str(error))

    def _settle(
        self,
        news: Properties,
        present: PresentTrust,
        issuer: IssuingAuthority,
        secret: Mapping[str, Any],
        operation: Operation,
    ) -> None:
        """Have istiod take the Secret, and note since when it has."""
        namespace, roots = str(news["namespace"]), wanted_roots(news["roots"])
        digest = digest_of(roots, issuer.chain)
        if present.standing.digest == digest and holds(present, roots, issuer):
            return
        # With the version: istiod may have taken meanwhile what others wrote between two times of the same content.
        mark = f"{digest}.{part(secret, 'metadata').get('resourceVersion', '')}"
        restarted(self._cluster, namespace, mark, roots, operation, own=news["istiods"])
        standing = present.standing.settled(roots, issuer.root, digest, _now())
        change = {"metadata": {"annotations": {ANNOTATION: standing.written()}}}
        merge(self._cluster, secret_path(namespace), change, f"noting since when Secret {PLUGGED_SECRET} is in force")

    def _ours(self, news: Properties, olds: Properties) -> PresentTrust:
        """What is there; ResourceError if the Secret is another's."""
        namespace, mark, former = str(news["namespace"]), *(one["labels"].get(OWNER_LABEL) for one in (news, olds))
        present = present_trust(self._cluster, namespace)
        if present.secret is not None and present.secret.get("type") == OF_TLS:
            raise ResourceError(
                f"meshx:trust: Secret {namespace}/{PLUGGED_SECRET} is of type {OF_TLS}: it can't lose tls.crt, which "
                "istiod would take before what the stack writes. Remedy: save its entries, delete it, and make it anew "
                f"at once: kubectl create secret generic {PLUGGED_SECRET} --namespace {namespace}, with tls.crt as "
                "ca-cert.pem and as cert-chain.pem, tls.key as ca-key.pem and ca.crt as root-cert.pem; then kubectl "
                f"label secret {PLUGGED_SECRET} --namespace {namespace} {OWNER_LABEL}={mark}"
            )
        if present.secret is not None and owner_of(present.secret) not in {mark, former}:
            raise ResourceError(
                f"meshx:trust: Secret {namespace}/{PLUGGED_SECRET} is in the cluster already and is not this stack's: "
                f"its label {OWNER_LABEL} is {owner_of(present.secret) or 'missing'}, this stack is {mark}. It stays "
                "as it is. Remedy: leave meshx:trust out, and the stack follows what stands there; or hand it over to "
                "the stack, which then changes it and removes it in the end: kubectl label --overwrite secret "
                f"{PLUGGED_SECRET} --namespace {namespace} {OWNER_LABEL}={mark}"
            )
        return present

    def _step(self, news: Properties, olds: Properties, present: PresentTrust) -> tuple[IssuingAuthority, NextStep]:
        """Who is to issue, and the step that leads there; ResourceError with all that forbids it."""
        roots, now = wanted_roots(news["roots"]), _now()
        issuer = wanted_issuer(news.get("issuer"), news.get("key"), present, roots)
        stays = present.roots == roots and present.issuer is not None and present.issuer.root == issuer.root
        pods = [] if stays or not present.roots else present_pods(self._cluster)

        # A shorter life is that of certificates from now on.
        lives = {kind: max(float(one.get(f"{kind}Seconds") or 0) for one in (news, olds)) for kind in KINDS}
        instances = {INSTANCES: timedelta(seconds=lives["instance"])} if lives["instance"] else {}
        machines = {str(name): timedelta(seconds=lives["machine"]) for name in news["machines"]}
        outside = Proxies(pods, {**instances, **machines}, now)
        seen = self._cluster.api.machine_roots

        def by_root(root: x509.Certificate, until: datetime) -> list[Holder]:
            return outside.from_before(until, {name for name, by in seen.items() if by != fingerprint(root)})

        on_machines = noted(present.secret) if news.get("noted") else None
        holding = Holding(Proxies(pods, instances, now).from_before, by_root, on_machines)
        step = next_step(present, roots, issuer, now, holding)
        if step.problems:
            told = "\n".join(f"  {problem}" for problem in step.problems)
            raise ResourceError(f"the mesh's roots of trust can't change in this way:\n{told}")
        return issuer, step


def _id(news: Properties) -> str:
    return f"{news['namespace']}/{PLUGGED_SECRET}"


def _outputs(news: Properties, issuer: IssuingAuthority, step: NextStep) -> Properties:
    end = min(one.not_valid_after_utc for one in issuer.path)
    found = {"root": root_text(news["roots"]), "end": f"{end:%Y-%m-%dT%H:%M:%SZ}", "standing": step.standing}
    return {**_without_key(news), **found, "state": IN_PLACE}


def _without_key(news: Properties) -> Properties:
    return {name: value for name, value in news.items() if name != "key"}


def _now() -> datetime:
    return datetime.now(timezone.utc)
