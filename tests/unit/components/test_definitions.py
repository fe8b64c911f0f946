"""Whether chart base makes Istio's definitions as objects of its release, which then may not be others'."""

from pathlib import Path

import pytest

from meshx.components.istiod.definitions import makes_definitions
from meshx.config.sections.mesh import MeshConfiguration


def mesh(version: str, **values: object) -> MeshConfiguration:
    return MeshConfiguration.model_validate({"istioVersion": version, "values": {"base": values}})


@pytest.mark.parametrize(
    ("version", "values", "makes"),
    [
        ("1.23.9", {}, False),
        ("1.23.9", {"base": {"enableCRDTemplates": True}}, True),
        ("1.24.0", {}, True),
        ("1.31", {"base": {"enableCRDTemplates": False}}, True),
        ("1.31", {"global": {"resourceScope": "namespace"}}, False),
    ],
)
def test_charts_make_them_since_1_24_and_before_where_they_are_told_to(version, values, makes):
    assert makes_definitions(mesh(version, **values)) is makes


def test_of_charts_in_a_folder_the_folder_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "charts" / "base"
    (folder / "crds").mkdir(parents=True)
    (folder / "crds" / "crd-all.gen.yaml").write_text("")
    found = MeshConfiguration.model_validate(
        {"istioVersion": "1.31", "chart": {"path": "charts"}}, context={"base": tmp_path}
    )
    assert not makes_definitions(found)
    (folder / "files").mkdir()
    (folder / "files" / "crd-all.gen.yaml").write_text("")
    assert makes_definitions(found)
