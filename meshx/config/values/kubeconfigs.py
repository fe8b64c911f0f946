"""Kubeconfigs as texts, which are secret: they hold what a user is known by."""

from typing import Annotated

from pydantic import BeforeValidator, SecretStr

from meshx.config.errors.words import Words, refuse, show
from meshx.config.leaves import Kind, Leaf

GIVE_THE_KUBECONFIG = "`pulumi config set --secret meshx:kubeconfig < ~/.kube/config`"


def kubeconfig_text(value: object) -> object:
    """The text of a kubeconfig as a secret has it; never shown, whatever it is."""
    file = "meshx:cluster.kubeconfigFile: <path> for a kubeconfig in a file, or"
    if not isinstance(value, str):
        refuse(f"expected the text of a kubeconfig, found {show(value)}", f"{file} {GIVE_THE_KUBECONFIG}")
    if value and "clusters:" not in value and '"clusters"' not in value:
        refuse("the secret is not a kubeconfig", f"{file} the whole text: {GIVE_THE_KUBECONFIG}")
    return value


SecretKubeconfig = Annotated[
    SecretStr, BeforeValidator(kubeconfig_text), Words("the text of a kubeconfig"), Leaf(Kind.SECRET)
]
