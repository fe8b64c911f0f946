"""Which object is meant: group, version and kind; Pulumi's type tokens; ids; automatic names."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from meshx.provider.property_values import UNKNOWN, Unknown

AUTONAMED = "pulumi.com/autonamed"
"""The annotation that marks an object whose name was made up (pulumi-kubernetes, metadata/annotations.go)."""


@dataclass(frozen=True)
class Gvk:
    """Group (empty for the core one), version and kind of an object."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """`v1`, `apps/v1`: what an object's apiVersion says."""
        return f"{self.group}/{self.version}" if self.group else self.version


def gvk_of(obj: dict[str, Any]) -> Gvk:
    """What an object says of itself; missing or unknown parts become empty."""
    api_version, kind = (value if isinstance(value, str) else "" for value in (obj.get("apiVersion"), obj.get("kind")))
    group, _, version = api_version.rpartition("/")
    return Gvk("" if group == "core" else group, version, kind)


def gvk_of_token(token: str) -> Gvk:
    """What a token such as `kubernetes:apps/v1:Deployment` stands for; a `*Patch` token stands for its object's kind.

    Raises KeyError for a token without group and version (provider.go, gvkFromURN).
    """
    parts = token.split(":")
    if len(parts) != 3 or parts[0] != "kubernetes" or "/" not in parts[1]:  # noqa: PLR2004 (package, module, name)
        raise KeyError(token)
    group, _, version = parts[1].partition("/")
    kind = parts[2].removesuffix("Patch") or parts[2]
    return Gvk("" if group == "core" else group, version, kind)


def is_patch(token: str, obj: dict[str, Any]) -> bool:
    """Whether a resource manages some fields of an object that others own: `ConfigMapPatch` with kind `ConfigMap`."""
    name = token.rpartition(":")[2]
    kind = obj.get("kind")
    return name == f"{kind}Patch" if isinstance(kind, str) else name.endswith("Patch")


def id_of(obj: dict[str, Any]) -> str:
    """The id in Pulumi's state: `namespace/name`, or `name` for a cluster's object (util.go, fqObjName)."""
    metadata = obj["metadata"]
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata['name']}" if namespace else metadata["name"]


def split_id(identity: str) -> tuple[str, str]:
    """Namespace (empty if there is none) and name of an id (util.go, parseFqName)."""
    namespace, _, name = identity.rpartition("/")
    return namespace, name


def metadata_of(obj: dict[str, Any]) -> dict[str, Any]:
    """The object's metadata, or an empty dictionary where it has none or it is not known yet."""
    metadata = obj.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def annotation(obj: dict[str, Any], key: str) -> str:
    """The value of an annotation; empty where there is none or it is not known yet."""
    annotations = metadata_of(obj).get("annotations")
    value = annotations.get(key) if isinstance(annotations, dict) else None
    return value if isinstance(value, str) else ""


def is_named(obj: dict[str, Any]) -> bool:
    """Whether the program gives the name, known or not."""
    name = metadata_of(obj).get("name")
    return isinstance(name, Unknown) or bool(name)


def adopt_or_make_name(obj: dict[str, Any], old_inputs: dict[str, Any] | None, resource_name: str, seed: bytes) -> None:
    """Give a nameless object the automatic name it had, or for a new one `<resource name>-<8 hexadecimal digits>`.

    As metadata/naming.go does (AssignNameIfAutonamable, AdoptOldAutonameIfUnnamed): none for `generateName`, nor
    where the metadata are not known yet. The same seed gives the same name, so that a preview and its update agree.
    """
    metadata = obj.setdefault("metadata", {})
    if metadata is UNKNOWN or is_named(obj):
        return
    if old_inputs is None:
        if metadata.get("generateName"):
            return
        suffix = hashlib.sha256(seed).hexdigest()[:8] if seed else secrets.token_hex(4)
        metadata["name"] = f"{resource_name}-{suffix}"
    elif annotation(old_inputs, AUTONAMED) == "true":
        metadata["name"] = metadata_of(old_inputs)["name"]
    else:
        return
    annotations = metadata.setdefault("annotations", {})
    if annotations is not UNKNOWN:
        annotations[AUTONAMED] = "true"
