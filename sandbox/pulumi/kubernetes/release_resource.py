"""`kubernetes:helm.sh/v3:Release`: a chart installed by the real helm (official plugin: helm_release.go)."""

from collections.abc import Sequence
from typing import Any

import yaml

from meshx.provider.custom_resource import (
    CheckFailure,
    Diff,
    Operation,
    PartialFailure,
    Read,
    Resource,
    ResourceError,
)
from meshx.provider.property_diff import has_unknown
from meshx.provider.property_values import UNKNOWN
from sandbox.pulumi.kubernetes import release_inputs
from sandbox.pulumi.kubernetes.access import Access
from sandbox.pulumi.kubernetes.helm_cli import Helm, HelmError, ReleaseName
from sandbox.pulumi.kubernetes.object_diff import REPLACE_KINDS, detailed_diff, merge_patch
from sandbox.pulumi.kubernetes.object_identity import gvk_of, id_of, split_id
from sandbox.pulumi.kubernetes.object_lookup import read_without_cluster
from sandbox.pulumi.kubernetes.release_chart import chart_reference, chart_version
from sandbox.pulumi.kubernetes.replacement import is_fixed

_FIXED = (".name", ".namespace")
_NAME_TAKEN = "cannot re-use a name that is still in use"


class ReleaseResource(Resource):
    """Serves all Helm releases of one provider."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._helm = Helm(access.configuration.kubeconfig)

    def check(
        self, news: dict[str, Any], olds: dict[str, Any] | None, operation: Operation
    ) -> tuple[dict[str, Any], Sequence[CheckFailure]]:
        failures = release_inputs.failures(news)
        namespace = self._access.configuration.namespace
        try:
            inputs = release_inputs.with_defaults(news, olds, operation.name, namespace)
        except (OSError, ValueError) as error:
            return news, [*failures, CheckFailure("valueYamlFiles", str(error))]
        if not failures and not has_unknown(inputs):
            try:
                inputs["version"] = chart_version(self._helm, inputs)
            except (HelmError, OSError, ValueError, KeyError) as error:
                reason = f"{error}; check the chart name and repository configuration."
                failures.append(CheckFailure("chart", reason))
        return inputs, failures

    def diff(
        self,
        resource_id: str,
        olds: dict[str, Any],
        old_inputs: dict[str, Any],
        news: dict[str, Any],
        operation: Operation,
    ) -> Diff:
        """What the program took out of its inputs, and what differs from the release as it was last seen."""
        state = {key: value for key, value in olds.items() if not key.startswith("__")}
        if "version" in operation.ignore_changes:
            news = {**news, "version": state.get("version")}
        patch = _three_way_patch(old_inputs, news, state)
        detailed = detailed_diff(patch, state, news, old_inputs, lambda path, value: is_fixed(path, value, _FIXED))
        replaces = [path for path, kind in detailed.items() if kind in REPLACE_KINDS]
        return Diff(bool(patch), replaces, False, detailed, from_inputs=False)

    def create(self, news: dict[str, Any], operation: Operation) -> tuple[str, dict[str, Any]]:
        if operation.preview:
            return "", _preview(news)
        self._need_cluster("can't create Helm Release with unreachable cluster: {}")
        name = ReleaseName(news["namespace"], news["name"])
        identity = str(name)
        try:
            flags = release_inputs.install_flags(news)
            chart = chart_reference(news)
            self._helm.install(name, chart, flags, news.get("values") or {}, operation.cancelled)
            return identity, _outputs(news, self._installed(name))
        except HelmError as error:
            release = None if _NAME_TAKEN in str(error) else self._helm.release(name)
            if release is None:
                raise ResourceError(str(error)) from error
            operation.warn(
                f'Helm release "{name.name}" was created but has a failed status. Use the `helm` command to '
                f"investigate the error, correct it, then retry. Reason: {error}"
            )
            text = f'Helm release "{identity}" was created, but failed to initialize completely. '
            raise PartialFailure(identity, _outputs(news, release), [text + _failure(identity, error)]) from error

    def read(self, resource_id: str, inputs: dict[str, Any], state: dict[str, Any], operation: Operation) -> Read:
        if self._access.cluster is None:
            return read_without_cluster(self._access, resource_id, inputs, state, operation)
        namespace, name = split_id(resource_id)
        if state.get("name"):
            namespace, name = state["namespace"], state["name"]
        try:
            release = self._helm.release(ReleaseName(namespace or self._access.configuration.namespace, name))
        except HelmError as error:
            raise ResourceError(str(error)) from error
        if release is None:
            return Read("")
        known = {key: value for key, value in (state or inputs).items() if not key.startswith("__")}
        outputs = _outputs(known, release)
        if inputs:
            return Read(resource_id, inputs, outputs)
        imported = {key: value for key, value in outputs.items() if key not in ("status", "resourceNames")}
        namespace_default = self._access.configuration.namespace
        return Read(
            resource_id, release_inputs.with_defaults(imported, None, operation.name, namespace_default), outputs
        )

    def update(
        self,
        resource_id: str,
        olds: dict[str, Any],
        old_inputs: dict[str, Any],
        news: dict[str, Any],
        operation: Operation,
    ) -> dict[str, Any]:
        if operation.preview:
            return _preview(news)
        self._need_cluster("can't update Helm Release with unreachable cluster: {}")
        name = ReleaseName(news["namespace"], news["name"])
        before = self._revision(name)
        try:
            flags = release_inputs.upgrade_flags(news)
            chart = chart_reference(news)
            self._helm.upgrade(name, chart, flags, news.get("values") or {}, operation.cancelled)
            return _outputs(news, self._installed(name))
        except HelmError as error:
            release = self._helm.release(name)
            # Without a new revision Helm refused before it began: the release is as it was.
            if release is None or release["version"] == before:
                raise ResourceError(str(error)) from error
            text = f'Helm release "{resource_id}" failed to initialize completely. Use Helm CLI to investigate: '
            text += f"error running update: {_failed_text(resource_id, error)}"
            raise PartialFailure(resource_id, _outputs(news, release), [text]) from error

    def delete(self, resource_id: str, olds: dict[str, Any], old_inputs: dict[str, Any], operation: Operation) -> None:
        self._need_cluster('can\'t delete Helm Release with unreachable cluster. Reason: "{}"')
        namespace, name = split_id(resource_id)
        try:
            flags = release_inputs.uninstall_flags({**olds, **old_inputs})
            said = self._helm.uninstall(ReleaseName(namespace, name), flags, operation.cancelled)
        except HelmError as error:
            raise ResourceError(str(error)) from error
        kept = [line for line in said.splitlines() if line.strip() and not line.startswith("release ")]
        if kept:
            information = "\n".join(kept)
            operation.warn(f'Helm uninstall returned information: "{information}"')

    def _need_cluster(self, text: str) -> None:
        if self._access.cluster is None:
            raise ResourceError(text.format(self._access.unreachable))

    def _installed(self, name: ReleaseName) -> dict[str, Any]:
        release = self._helm.release(name)
        if release is None:
            raise HelmError("release: not found")
        return release

    def _revision(self, name: ReleaseName) -> int | None:
        try:
            release = self._helm.release(name)
        except HelmError as error:
            raise ResourceError(str(error)) from error
        return release["version"] if release else None


def _failure(identity: str, error: HelmError) -> str:
    return f"Use Helm CLI to investigate: {_failed_text(identity, error)}"


def _failed_text(identity: str, error: HelmError) -> str:
    return f"failed to become available within allocated timeout. Error: Helm Release {identity}: {error}"


def _preview(news: dict[str, Any]) -> dict[str, Any]:
    """Only the operation itself tells what a release makes (checkpointRelease)."""
    return {**news, "resourceNames": UNKNOWN, "status": UNKNOWN}


def _outputs(inputs: dict[str, Any], release: dict[str, Any]) -> dict[str, Any]:
    """The inputs with what the release really has: its values over the given ones, its chart's version, its objects."""
    metadata = release["metadata"]
    values = release_inputs.merged(inputs.get("values") or {}, release.get("config") or {})
    return {
        **inputs,
        "name": release["name"],
        "namespace": release["namespace"],
        "chart": inputs.get("chart") or metadata["chart"],
        "version": metadata["version"],
        "values": values,
        "resourceNames": resource_names(release.get("manifest") or ""),
        "status": {
            "name": release["name"],
            "namespace": release["namespace"],
            "chart": metadata["chart"],
            "version": metadata["version"],
            "appVersion": metadata.get("appVersion") or "",
            "revision": release["version"],
            "status": release["info"]["status"],
        },
    }


def resource_names(manifest: str) -> dict[str, list[str]]:
    """The objects of a release's manifest: `Kind.group/apiVersion` to their `namespace/name` or `name`, in order.

    (manifest_json.go: GroupKind, a slash, the apiVersion; e.g. `Deployment.apps/apps/v1` and `Service/v1`.)
    """
    names: dict[str, set[str]] = {}
    for obj in yaml.load_all(manifest, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if not isinstance(obj, dict) or not obj.get("kind"):
            continue
        gvk = gvk_of(obj)
        key = f"{gvk.kind}.{gvk.group}" if gvk.group else gvk.kind
        names.setdefault(f"{key}/{obj['apiVersion']}", set()).add(id_of(obj))
    return {key: sorted(found) for key, found in sorted(names.items())}


def _three_way_patch(old_inputs: dict[str, Any], news: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """What was taken out of the inputs, and what the inputs want other than the state has it.

    (strategicpatch.CreateThreeWayMergePatch without a schema: keys that only the state has are left alone.)
    """
    deletions = _only_deletions(merge_patch(old_inputs, news), news)
    return release_inputs.merged(deletions, _without_deletions(merge_patch(state, news), news))


def _only_deletions(patch: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in patch.items():
        if key not in news:
            found[key] = None
        elif isinstance(value, dict) and isinstance(news[key], dict) and (inner := _only_deletions(value, news[key])):
            found[key] = inner
    return found


def _without_deletions(patch: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in patch.items():
        if key not in news:
            continue
        if isinstance(value, dict) and isinstance(news[key], dict):
            if inner := _without_deletions(value, news[key]):
                found[key] = inner
        else:
            found[key] = value
    return found
