"""The API versions of Istio's custom resources."""

from meshx.istio.versions import minor_version

NETWORKING_GROUP = "networking.istio.io"
SECURITY_GROUP = "security.istio.io"
CLASSIC_NETWORKING = f"{NETWORKING_GROUP}/v1alpha3"
"""Of Istio 1.1 to 1.4."""
FIRST_V1 = (1, 22)
"""The first version that serves `v1`, of both groups (manifests/charts/base/crds/crd-all.gen.yaml of 1.21 and 1.22)."""
READ_VERSION = "v1beta1"
"""What every supported istiod serves, 1.31 as well: objects are read by it."""
_WRITTEN = ("v1", "v1beta1")


def objects_version(version: str) -> str:
    """The version in which an istiod of a version that has been checked is given its objects."""
    return "v1" if minor_version(version) >= FIRST_V1 else "v1beta1"


def other_versions(api_version: str) -> list[str]:
    """The `group/version`s by which other istiods are given the same objects; none for those of Istio 1.1 to 1.4."""
    group, _, version = api_version.partition("/")
    return [f"{group}/{other}" for other in _WRITTEN if version in _WRITTEN and other != version]
