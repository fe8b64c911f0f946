"""The names that programs import from `meshx` itself."""

import subprocess
import sys

import pytest

import meshx


@pytest.mark.parametrize("name", meshx.__all__)
def test_each_public_name_is_there(name: str) -> None:
    assert getattr(meshx, name).__name__ == name
    assert name in dir(meshx)


def test_any_other_name_is_refused_as_by_every_module() -> None:
    with pytest.raises(AttributeError, match="module 'meshx' has no attribute 'Mess'"):
        _ = meshx.Mess


def test_the_package_alone_loads_nothing_of_pulumi() -> None:
    program = "import meshx, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert not {name.partition(".")[0] for name in done.stdout.split()} & {"pulumi", "pydantic", "kubernetes"}
