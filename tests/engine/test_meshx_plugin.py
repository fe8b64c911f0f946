"""meshx's own plugin folder, started by the engine."""

import json

from tests.engine.stack import REPOSITORY, Stack


def test_the_plugin_folder_starts_under_the_engine_and_says_who_it_is(stack: Stack) -> None:
    said = stack.expect("package", "get-schema", str(REPOSITORY / "meshx" / "provider"))
    schema, _ = json.JSONDecoder().raw_decode(said[said.index("{") :])
    assert (schema["name"], schema["version"]) == ("meshx", "0.1.0")
