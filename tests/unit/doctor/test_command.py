"""The command `python -m meshx doctor` before it looks at anything."""

import argparse

import pytest
import yaml

from meshx.doctor import command


def test_a_stack_of_the_classic_line_is_not_examined_and_told_so(tmp_path, monkeypatch, capsys: pytest.CaptureFixture):
    mesh = {"istioVersion": "1.4.10"}
    config = {"config": {"meshx:cluster": {"context": "somewhere"}, "meshx:mesh": mesh}}
    (tmp_path / "Pulumi.yaml").write_text("name: meshx\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump(config))
    monkeypatch.chdir(tmp_path)
    assert command.run(argparse.Namespace(machine=None, stack="dev")) == command.NOT_EXAMINED
    assert "the doctor knows machines of Istio 1.20 and later only" in capsys.readouterr().err
