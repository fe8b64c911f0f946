"""What the API server or the way to it answers instead of an object."""

from typing import Any

from sandbox.pulumi.kubernetes.object_identity import Gvk


class ClusterError(Exception):
    """An object could not be read or written; the text says why, in the API server's words where it has some."""


class ApiError(ClusterError):
    """A `Status` of the API server. The text is its message, as kubectl and the official plugin show it."""

    def __init__(self, code: int, status: dict[str, Any]) -> None:
        super().__init__(status.get("message") or f"the API server answered {code}")
        self.code = code
        """The HTTP status code."""
        self.reason = status.get("reason") or ""
        """`AlreadyExists`, `Conflict`, `Forbidden`, `Invalid`, `NotFound`, ..."""
        self.details: dict[str, Any] = status.get("details") or {}

    @property
    def missing(self) -> bool:
        """Whether it says that the object, its namespace or its path is not there."""
        return self.code == 404  # noqa: PLR2004

    @property
    def exists(self) -> bool:
        """Whether a create found the name taken."""
        return self.reason == "AlreadyExists"

    @property
    def forbidden(self) -> bool:
        """Whether the user may not do it."""
        return self.reason == "Forbidden"

    @property
    def conflict(self) -> bool:
        """Whether a field is owned by another manager, or the object changed meanwhile."""
        return self.reason == "Conflict"

    @property
    def namespace_missing(self) -> bool:
        """Whether it is the namespace that is not there (await/error.go, IsNamespaceNotFoundErr)."""
        return self.missing and self.details.get("kind") == "namespaces"

    @property
    def immutable(self) -> bool:
        """Whether a field was to change that cannot (apimachinery validation, FieldImmutableErrorMsg)."""
        return self.reason == "Invalid" and "field is immutable" in str(self)


class NoMatchError(ClusterError):
    """The API server knows no such kind: its CustomResourceDefinition is not there (yet)."""

    def __init__(self, gvk: Gvk) -> None:
        super().__init__(f'no matches for kind "{gvk.kind}" in version "{gvk.api_version}"')


class UnreachableError(ClusterError):
    """The API server cannot be talked to; the text says why."""
