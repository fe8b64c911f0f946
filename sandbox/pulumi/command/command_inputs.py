"""The inputs of a remote command: their types, the official defaults, and which of them are secret.

Official plugin: provider/pkg/provider/remote/{command,connection,proxyConnection}.go (fields, defaults, secrets), and
pulumi-go-provider's infer/resource.go and infer/apply_secrets.go (Check: types first, then defaults, then secrets;
without null values) with the texts of the SDK's mapper (sdk/go/common/util/mapper).

Values keep their Secret marks, since a diff sees them (differences.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from meshx.plugin_base.custom_resource import CheckFailure
from meshx.plugin_base.property_values import Properties, Secret, Unknown

NUMBER, WHOLE, TEXT, TRUTH, LIST, TEXTS = "float64", "int", "string", "bool", "[]interface {}", "map[string]string"
_GOT: dict[type, str] = {
    bool: TRUTH,
    int: NUMBER,
    float: NUMBER,
    str: TEXT,
    list: LIST,
    dict: "map[string]interface {}",
}
_TAKEN: dict[str, type | tuple[type, ...]] = {
    NUMBER: (int, float),
    WHOLE: (int, float),
    TEXT: str,
    TRUTH: bool,
    LIST: list,
    TEXTS: dict,
    "remote.Logging": str,
}


@dataclass(frozen=True)
class Shape:
    """An object of the plugin's schema: its Go type, its fields' types by name, and how to treat them."""

    name: str
    fields: Mapping[str, "str | Shape"]
    required: str
    defaults: Properties = field(default_factory=dict[str, Any])
    secret: tuple[str, ...] = ()


_DEFAULTS: Properties = {"user": "root", "port": 22, "dialErrorLimit": 10, "perDialTimeout": 15}
_SECRET = ("password", "privateKey", "privateKeyPassword")
_TEXTS = ("user", "password", "host", "privateKey", "privateKeyPassword", "agentSocketPath", "hostKey")
_BASE = {**dict.fromkeys(_TEXTS, TEXT), "port": NUMBER, "dialErrorLimit": WHOLE, "perDialTimeout": WHOLE}
PROXY = Shape("remote.ProxyConnection", _BASE, "host", _DEFAULTS, _SECRET)
CONNECTION = Shape("remote.Connection", {**_BASE, "proxy": PROXY}, "host", _DEFAULTS, _SECRET)
COMMAND = Shape(
    "remote.CommandInputs",
    {
        "connection": CONNECTION,
        "create": TEXT,
        "update": TEXT,
        "delete": TEXT,
        "stdin": TEXT,
        "logging": "remote.Logging",
        "environment": TEXTS,
        "triggers": LIST,
        "addPreviousOutputInEnv": TRUTH,
    },
    "connection",
    secret=("connection",),
)


def checked(news: Properties) -> tuple[Properties, list[CheckFailure]]:
    """The inputs to keep, and what is wrong with them; if so, they stay as they came, with marked secrets."""
    faults = _faults(news, COMMAND)
    if faults:
        return _marked({key: value for key, value in news.items() if value is not None}, COMMAND), [
            CheckFailure(key, reason) for key, reason in faults
        ]
    return _marked(_filled(news, COMMAND), COMMAND), []


def _faults(given: Properties, shape: Shape) -> list[tuple[str, str]]:
    """The unreadable fields and why, in order of their names."""
    faults: list[tuple[str, str]] = []
    if given.get(shape.required) is None:
        faults.append((shape.required, f"Missing required field '{shape.required}' on '{shape.name}'"))
    for key, marked in given.items():
        value = marked.value if isinstance(marked, Secret) else marked
        kind = shape.fields.get(key)
        if kind is None:
            faults.append((key, f"Unrecognized field '{key}' on '{shape.name}'"))
        elif value is None or isinstance(value, Unknown):
            continue
        elif isinstance(kind, Shape):
            faults += _object_faults(key, value, kind, shape)
        elif not _fits(value, kind):
            faults.append((key, _misfit(key, value, kind, shape)))
        elif kind == TEXTS:
            for name, marked_item in value.items():
                item = marked_item.value if isinstance(marked_item, Secret) else marked_item
                if item is not None and not isinstance(item, (str, Unknown)):
                    place = f"{key}[{name}] value"
                    faults.append((place, _misfit(place, item, TEXT, shape)))
    return sorted(faults)


def _object_faults(key: str, value: Any, kind: Shape, shape: Shape) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return [(key, _misfit(key, value, kind.name, shape))]
    inner = _faults(value, kind)
    if not inner:
        return []
    lines = "".join(f"\n\t{name}: {reason}" for name, reason in inner)
    owner = shape.name.rpartition(".")[2]
    return [(key, f"An error occurred decoding '{owner}.{key}': {len(inner)} failures decoding:{lines}")]


def _fits(value: Any, kind: str) -> bool:
    return isinstance(value, _TAKEN[kind]) and isinstance(value, bool) is (kind == TRUTH)


def _misfit(key: str, value: Any, wanted: str, shape: Shape) -> str:
    got = _GOT.get(type(value), type(value).__name__)
    return f"Field '{key}' on '{shape.name}' must be a '{wanted}'; got '{got}' instead"


def _filled(given: Properties, shape: Shape) -> Properties:
    """The given fields, with defaults for the missing ones."""
    full: Properties = dict(shape.defaults)
    for key, marked in given.items():
        value = marked.value if isinstance(marked, Secret) else marked
        if value is None:
            continue
        kind = shape.fields[key]
        if isinstance(kind, Shape) and isinstance(value, dict):
            value = _filled(value, kind)
        elif kind == WHOLE and not isinstance(value, Unknown):
            value = int(value)
        elif kind == TEXTS and isinstance(value, dict):
            value = {name: item for name, item in value.items() if item is not None}
        full[key] = Secret(value) if isinstance(marked, Secret) else value
    return full


def _marked(given: Properties, shape: Shape) -> Properties:
    """The values, with Secret marks on those that are secret in the schema."""
    result: Properties = {}
    for key, value in given.items():
        kind = shape.fields.get(key)
        inner = value.value if isinstance(value, Secret) else value
        if isinstance(kind, Shape) and isinstance(inner, dict):
            inner = _marked(inner, kind)
        secret = isinstance(value, Secret) or key in shape.secret
        result[key] = Secret(inner) if secret else inner
    return result
