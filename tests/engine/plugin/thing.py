"""`thing:index:Thing`: a text file in a folder, which fails in the ways that its inputs name."""

import os
from pathlib import Path

from meshx.plugin_base.custom_resource import (
    CheckFailure,
    Diff,
    Operation,
    PartialFailure,
    Read,
    Resource,
    ResourceError,
)
from meshx.plugin_base.plugin import Plugin
from meshx.plugin_base.property_diff import compare, has_unknown
from meshx.plugin_base.property_values import UNKNOWN, Properties


class Thing(Resource):
    """Inputs: folder, name, content; fail (a word below); password (a secret that goes nowhere).

    A banner of the provider's configuration is put before the content of files that are made.
    """

    def __init__(self, banner: str) -> None:
        self._banner = banner

    def check(
        self, news: Properties, olds: Properties | None, operation: Operation
    ) -> tuple[Properties, list[CheckFailure]]:
        failures = [] if "content" in news else [CheckFailure("content", "is missing; write what the file shall hold")]
        return {"fail": "", **news}, failures

    def diff(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Diff:
        return compare(old_inputs, news, replace_on=["name", "folder"], delete_before_replace=True)

    def create(self, news: Properties, operation: Operation) -> tuple[str, Properties]:
        file = _file(news)
        if operation.preview:
            return "", _outputs(news, preview=True)
        if news["fail"] == "create":
            raise ResourceError(f"cannot write {file}: the password {news.get('password')} was refused")
        if news["fail"] == "crash":
            raise ZeroDivisionError(f"of {news.get('password')}")
        if news["fail"] == "hang":
            file.with_suffix(".hanging").write_text(str(os.getpid()))
            if operation.cancelled.wait(60):
                raise ResourceError(f"cancelled before {file} was written")
        file.write_text(self._banner + news["content"])
        operation.warn(f"wrote {file.name} with {news.get('password')}")
        if news["fail"] == "partial":
            raise PartialFailure(str(file), _outputs(news), ["the file is there, but not read by anyone"])
        return str(file), _outputs(news)

    def read(self, resource_id: str, inputs: Properties, state: Properties, operation: Operation) -> Read:
        file = Path(resource_id)
        if not file.exists():
            return Read("")
        found = {"folder": str(file.parent), "name": file.name, **inputs, "content": file.read_text()}
        return Read(resource_id, found, _outputs(found))

    def update(
        self, resource_id: str, olds: Properties, old_inputs: Properties, news: Properties, operation: Operation
    ) -> Properties:
        if not operation.preview:
            Path(resource_id).write_text(news["content"])
        return _outputs(news, operation.preview)

    def delete(self, resource_id: str, olds: Properties, old_inputs: Properties, operation: Operation) -> None:
        if old_inputs["fail"] == "delete" and Path(resource_id).with_suffix(".kept").exists():
            raise ResourceError(f"cannot delete {resource_id}: someone keeps it")
        Path(resource_id).unlink(missing_ok=True)


class ThingPlugin(Plugin):
    """Serves `Thing`."""

    name = "thing"
    version = "0.1.0"

    def __init__(self) -> None:
        self._banner = ""

    def configure(self, configuration: Properties, operation: Operation) -> None:
        self._banner = configuration.get("banner", "")

    def resource_for(self, token: str) -> Resource:
        return {"thing:index:Thing": Thing(self._banner)}[token]


def _file(inputs: Properties) -> Path:
    return Path() if has_unknown(inputs) else Path(inputs["folder"], inputs["name"])


def _outputs(inputs: Properties, preview: bool = False) -> Properties:
    return {**inputs, "length": UNKNOWN if preview else len(inputs["content"])}
