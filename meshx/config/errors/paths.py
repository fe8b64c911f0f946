"""Places in the configuration, written as Pulumi writes them (`pulumi config set --path`)."""

import re

NAMESPACE = "meshx"

Location = tuple[str | int, ...]


def path_of(location: Location) -> str:
    """The path of a place: ("workloads", 0, "ports") is `meshx:workloads[0].ports`; the root is `meshx:`."""
    return f"{NAMESPACE}:{property_path(location)}"


def property_path(location: Location) -> str:
    """The path of a place without the namespace, as the engine has it for a property: `workloads[0].ports`.

    Keys that the path syntax gives a meaning to stand in brackets and quotes, as Pulumi wants them.
    """
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not re.fullmatch(r"[-A-Za-z0-9_/]{1,80}", part):
            path += f"[{key_in_quotes(part)}]"
        else:
            path += f".{part}" if path else part
    return path


def key_in_quotes(key: str) -> str:
    """A key of the file in quotes, cut short and without characters that a terminal would act on."""
    shown = "".join(character if character.isprintable() else "?" for character in key[:80])
    return f'"{shown}"'
