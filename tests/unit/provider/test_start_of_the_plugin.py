"""What a plugin's process loads, for whose start the engine waits."""

import subprocess
import sys

STARTED = """
from meshx.plugin_base.sdk_messages import load_messages_only
load_messages_only()
from meshx.plugin_base import serving
from meshx.provider.meshx_plugin import MeshxPlugin
import sys
"""
CONFIGURED = """
from meshx.plugin_base.custom_resource import Operation
MeshxPlugin().configure({}, Operation("", "", ""))
"""


def loaded_after(program: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nprint(*sys.modules)"], check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


def test_a_plugin_starts_with_pulumis_messages_and_without_what_programs_need() -> None:
    loaded = loaded_after(STARTED)
    assert "pulumi.runtime.proto.provider_pb2" in loaded
    assert not loaded & {"pulumi.automation", "pulumi.resource", "kubernetes", "asyncssh"}


def test_its_resources_are_loaded_once_it_is_configured() -> None:
    assert {"asyncssh", "meshx.provider.join_resource"} <= loaded_after(STARTED + CONFIGURED)
