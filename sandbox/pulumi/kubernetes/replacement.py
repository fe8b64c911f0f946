"""Which fields cannot be changed in place: the official plugin's table (provider/pkg/provider/diff.go, forceNew)."""

from typing import Any

from sandbox.pulumi.kubernetes.object_identity import gvk_of

_SELECTOR = (".spec.selector",)
_ROLE_BINDING = (".roleRef",)
_JOB = (".spec.completions", ".spec.parallelism", ".spec.selector", ".spec.template")
_STATEFUL_SET = tuple(
    f".spec.{field}"
    for field in ("podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates")
)
_CLAIM = tuple(f".spec.{field}" for field in ("accessModes", "selector", "storageClassName", "volumeName"))
_VOLUME_SOURCES = """
    awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs
    hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume
"""
_POD_FIELDS = """
    affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork
    hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName
    readinessGates restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName
    shareProcessNamespace subdomain terminationGracePeriodSeconds volumes
"""
_CONTAINER_FIELDS = """
    args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext
    stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir
"""
_POD = (
    *(f".spec.{field}" for field in _POD_FIELDS.split()),
    *(f".spec.{part}[*].{field}" for part in ("containers", "initContainers") for field in _CONTAINER_FIELDS.split()),
)

_FIXED: dict[tuple[str, str], tuple[str, ...]] = {
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "StatefulSet"): _STATEFUL_SET,
    ("batch", "Job"): _JOB,
    ("", "PersistentVolume"): tuple(f".spec.{source}" for source in _VOLUME_SOURCES.split()),
    ("", "PersistentVolumeClaim"): _CLAIM,
    ("", "Pod"): _POD,
    ("", "ResourceQuota"): (".spec.scopes",),
    ("", "Service"): (".spec.clusterIP",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _ROLE_BINDING,
    ("rbac.authorization.k8s.io", "RoleBinding"): _ROLE_BINDING,
    ("storage.k8s.io", "StorageClass"): (".parameters", ".provisioner"),
}

IDENTITY = (".metadata.name", ".metadata.namespace")
"""The fields whose change always means another object; a `*Patch` resource has no others."""


def fixed_fields(obj: dict[str, Any], mutable_config_maps: bool, mutable_secrets: bool) -> tuple[str, ...]:
    """Paths (`.spec.selector`, lists as `[*]`) whose change replaces the object.

    The two flags are the provider's enableConfigMapMutable and enableSecretMutable; an object that says
    `immutable: true` is replaced whatever they say.
    """
    gvk = gvk_of(obj)
    immutable = obj.get("immutable") is True
    if (gvk.group, gvk.kind) == ("", "Secret"):
        kept = mutable_secrets and not immutable
        return (*IDENTITY, ".type") if kept else (*IDENTITY, ".type", ".stringData", ".data")
    if (gvk.group, gvk.kind) == ("", "ConfigMap"):
        kept = mutable_config_maps and not immutable
        return IDENTITY if kept else (*IDENTITY, ".binaryData", ".data")
    return (*IDENTITY, *_FIXED.get((gvk.group, gvk.kind), ()))


def is_fixed(path: tuple[str | int, ...], value: Any, fixed: tuple[str, ...]) -> bool:
    """Whether a change of `path` to `value` (None: removed) touches a fixed field: it is one, lies in one or holds one.

    The official plugin asks each field as a JSONPath of the patch (openapi.PatchPropertiesChanged).
    """
    steps = ["[*]" if isinstance(step, int) else step for step in path]
    return any(_touches(steps, value, field.replace("[*]", ".[*]").lstrip(".").split(".")) for field in fixed)


def _touches(steps: list[str], value: Any, field: list[str]) -> bool:
    if steps[: len(field)] == field:
        return True
    if field[: len(steps)] != steps:
        return False
    return _holds(value, field[len(steps) :])


def _holds(value: Any, rest: list[str]) -> bool:
    if not rest:
        return True
    if rest[0] == "[*]":
        return isinstance(value, list) and any(_holds(item, rest[1:]) for item in value)
    return isinstance(value, dict) and rest[0] in value and _holds(value[rest[0]], rest[1:])
