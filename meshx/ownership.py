"""What marks a cluster object as made by this stack, so that nobody else's is ever taken for ours."""

from collections.abc import Mapping

OWNER_LABEL = "meshx/owner"


def owner(project: str, stack: str) -> str:
    """The label value that stands for one stack: `<project>.<stack>`, at most 63 characters as Kubernetes demands.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
    """
    return f"{project}.{stack}"[:63].rstrip("-_.")


def owned_labels(owner_name: str, labels: Mapping[str, str]) -> dict[str, str]:
    """The labels of everything that a stack makes in a cluster: the stack's own ones and its owner's."""
    return {**labels, OWNER_LABEL: owner_name}
