"""The type tokens of Kubernetes' resources in Pulumi: `kubernetes:<group>/<version>:<Kind>`."""

RELEASE = "kubernetes:helm.sh/v3:Release"
_NO_OBJECTS = ("kubernetes:helm.sh/", "kubernetes:yaml", "kubernetes:kustomize")


def kind_of(resource_type: str) -> tuple[str, str]:
    """The group and the kind of a Kubernetes resource, ("", "") for others; a Patch counts as the kind that it
    patches."""
    if not resource_type.startswith("kubernetes:"):
        return "", ""
    _, group, kind = [*resource_type.split(":"), "", ""][:3]
    return group.partition("/")[0], kind.removesuffix("Patch")


def is_istio(resource_type: str, group: str, kind: str) -> bool:
    """Whether a resource is Istio's: its group is `<group>.istio.io`, in any version."""
    return kind_of(resource_type) == (f"{group}.istio.io", kind)


def is_whole_object(resource_type: str) -> bool:
    """Whether a resource is an object of a cluster that the stack makes: no release, list or patch."""
    _, kind = kind_of(resource_type)
    return bool(kind) and not resource_type.endswith(("Patch", "List")) and not resource_type.startswith(_NO_OBJECTS)
