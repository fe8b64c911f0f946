"""A kubeconfig given as a text, which is a secret."""

from pathlib import Path
from typing import Any

import pytest

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load

TEXT = "clusters: []\ncontexts: [{name: somewhere}]\nusers: [{name: me, user: {token: s3cret}}]\n"
STATED: dict[str, Any] = {"cluster": {"context": "somewhere"}, "mesh": {"istioVersion": "1.31"}}


def refused(values: dict[str, Any], folder: Path, **more: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        load(values, folder, **more)
    assert "s3cret" not in str(error.value)
    return str(error.value)


def test_it_is_taken_and_never_shown(tmp_path: Path) -> None:
    configuration = load({**STATED, "kubeconfig": TEXT}, tmp_path, encrypted={"kubeconfig"})
    assert configuration.kubeconfig.get_secret_value() == TEXT
    assert "s3cret" not in repr(configuration)


def test_it_must_have_the_context(tmp_path: Path) -> None:
    values = {**STATED, "cluster": {"context": "elsewhere"}, "kubeconfig": TEXT}
    assert "the secret has no context 'elsewhere'" in refused(values, tmp_path)


def test_a_file_beside_it_is_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text(TEXT)
    values = {"mesh": STATED["mesh"], "cluster": {"context": "somewhere", "kubeconfigFile": "kubeconfig"}}
    assert "meshx:kubeconfig has one too" in refused({**values, "kubeconfig": TEXT}, tmp_path)


@pytest.mark.parametrize("text", ["s3cret", "clusters: [s3cret", 7])
def test_what_is_none_is_refused_unseen(text: object, tmp_path: Path) -> None:
    assert "kubeconfig" in refused({**STATED, "kubeconfig": text}, tmp_path)


def test_it_stands_encrypted_in_the_stacks_file(tmp_path: Path) -> None:
    assert "pulumi config set --secret meshx:kubeconfig" in refused(
        {**STATED, "kubeconfig": TEXT}, tmp_path, encrypted=()
    )
