"""A resource's inputs as plain data that can be compared and read."""

from typing import Any

OWN_PARTS = ("cluster_access.env", "hosts", "files.tsv", "package", "unit")


def plain(value: Any) -> Any:
    """The inputs, with a startup script by what it is set to: the scripts in it are files of the project."""
    if isinstance(value, dict):
        return {key: _settings(item) if key == "startup-script" else plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def _settings(script: str) -> list[str]:
    """The lines of the parts that are an instance's own."""
    lines: list[str] = []
    own, end = False, ""
    for line in script.splitlines():
        if line.startswith("put "):
            name, end = line.split(" ")[1], line.split("'")[-2]
            own = name in OWN_PARTS or name.startswith("files/")
            lines += [f"{name}:"] if own else []
        elif line == end:
            own = False
        elif own:
            lines.append(f"  {line}")
    return lines
