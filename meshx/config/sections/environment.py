"""meshx:environment: which environment the stack's file is of, and which cluster belongs to it."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.section import Section
from meshx.config.values.names import DnsLabel, LabelText
from meshx.rollout.effect import IN_TEMPLATES, NOTHING


def uid(text: str) -> str:
    """The UID of an object of Kubernetes, in lower case (RFC 9562)."""
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        refuse(
            f"{quote(text)} is not a UID",
            "what `kubectl get namespace kube-system -o jsonpath={.metadata.uid}` prints, by the context of "
            "meshx:cluster",
        )
    return text.lower()


class EnvironmentConfiguration(Section):
    """The file's environment, and the cluster that belongs to it."""

    name: Annotated[DnsLabel | None, NOTHING] = Field(
        default=None,
        description="The environment. The stack's name must be this, or this with `-` and a suffix, such as "
        "`prod-eu`; any other stack is refused.",
        examples=["prod"],
    )
    cluster_uid: Annotated[Annotated[str, AfterValidator(uid), Words("a UID (text)")] | None, NOTHING] = Field(
        default=None,
        description="The UID of the cluster's namespace `kube-system`, which identifies the cluster whatever its "
        "context is called. Any other cluster is refused. Left out: not checked.",
        examples=["0f5bd3b2-9c1f-4f0e-8a43-6f6f2a1f7c55"],
    )
    owner: Annotated[Annotated[LabelText, Words("the value of a label (text)")] | None, IN_TEMPLATES] = Field(
        default=None,
        description="What marks the stack's objects as its own (label `meshx/owner`). Left out: made of organization, "
        "backend, project and stack. If the stack was renamed or its state was moved, the mark it had before.",
        examples=["meshx.prod.0a1b2c3d4e"],
    )
    protect: Annotated[bool, NOTHING] = Field(
        default=False,
        description="Protect what the stack makes: Pulumi refuses a run that would delete any of it, also a "
        "machine's place in the mesh. To delete, first apply `false`.",
    )
