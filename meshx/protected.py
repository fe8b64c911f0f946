"""What `protect` of meshx:environment protects from deletion: what others stand on, and the machines' places."""

PROTECTED_TYPES = frozenset(
    {
        "kubernetes:helm.sh/v3:Release",
        "kubernetes:core/v1:Namespace",
        "meshx:index:Join",
        "gcp:compute/instance:Instance",
        "gcp:compute/address:Address",
    }
)
"""Type tokens of resources."""
