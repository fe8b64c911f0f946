"""The inputs of a remote command, with the official defaults and their types.

Official plugin: provider/pkg/provider/remote/{command,connection,proxyConnection}.go (fields and defaults), and
pulumi-go-provider's infer/resource.go (Check: types first, then defaults; what is tagged secret becomes one).
"""

from typing import Any

from meshx.provider.custom_resource import CheckFailure
from meshx.provider.property_diff import has_unknown
from meshx.provider.property_values import Properties, Secret, Unknown

Kinds = type | tuple[type, ...]

CONNECTION: dict[str, Kinds] = {
    "user": str,
    "password": str,
    "host": str,
    "port": (int, float),
    "privateKey": str,
    "privateKeyPassword": str,
    "agentSocketPath": str,
    "dialErrorLimit": int,
    "perDialTimeout": int,
    "hostKey": str,
    "proxy": dict,
}
COMMAND: dict[str, Kinds] = {
    "connection": dict,
    "create": str,
    "update": str,
    "delete": str,
    "stdin": str,
    "logging": str,
    "environment": dict,
    "triggers": list,
    "addPreviousOutputInEnv": bool,
}
LOGGING = ("stdout", "stderr", "stdoutAndStderr", "none")
CONNECTION_DEFAULTS: Properties = {"user": "root", "port": 22, "dialErrorLimit": 10, "perDialTimeout": 15}


def checked(news: Properties) -> tuple[Properties, list[CheckFailure]]:
    """The inputs to keep, and what is wrong with them."""
    failures = _failures("", news, COMMAND, required="connection")
    connection = news.get("connection")
    if isinstance(connection, dict):
        failures += _failures("connection.", connection, CONNECTION, required="host")
        if isinstance(proxy := connection.get("proxy"), dict):
            failures += _failures("connection.proxy.", proxy, CONNECTION, required="host")
    if isinstance(logging := news.get("logging"), str) and logging not in LOGGING:
        failures.append(CheckFailure("logging", f"'{logging}' is none of {', '.join(LOGGING)}"))
    if failures:
        return news, failures
    return {"addPreviousOutputInEnv": True, **news, "connection": Secret(_with_defaults(connection))}, []


def _with_defaults(connection: Any) -> Any:
    if not isinstance(connection, dict):
        return connection
    full = {**CONNECTION_DEFAULTS, **{key: value for key, value in connection.items() if value is not None}}
    if isinstance(full.get("proxy"), dict):
        full["proxy"] = _with_defaults(full["proxy"])
    return full


def _failures(place: str, given: Properties, known: dict[str, Kinds], required: str) -> list[CheckFailure]:
    failures = []
    if given.get(required) is None:
        failures.append(CheckFailure(place + required, f"Missing required field '{required}'"))
    for key, value in given.items():
        kinds = known.get(key)
        if kinds is None:
            failures.append(CheckFailure(place + key, f"Unrecognized field '{key}'"))
        elif (
            value is not None and not isinstance(value, Unknown) and not _fits(value, kinds) and not has_unknown(value)
        ):
            failures.append(CheckFailure(place + key, f"Field '{key}' has the wrong type: {type(value).__name__}"))
    return failures


def _fits(value: Any, kinds: Kinds) -> bool:
    return isinstance(value, kinds) and (kinds is bool or not isinstance(value, bool))
