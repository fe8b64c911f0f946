"""The context is one that the named kubeconfig has."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import yaml

from meshx.config.errors.problems import Problem
from meshx.config.errors.unknown_keys import nearest
from meshx.config.errors.words import quote
from meshx.config.rules.written import Written
from meshx.config.values.files import project_path


def problems(stack: Written, base: Path) -> Iterator[Problem]:
    """A kubeconfig that can't be read or does not have the context. Its contents are never shown, names aside."""
    cluster = stack.get("cluster")
    file, context = cluster.get("kubeconfigFile"), cluster.get("context").text
    path = project_path(base, file.text)
    if path is None or not path.is_file():
        return  # left to the Kubernetes client, or reported as not there
    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        yield Problem(file.location, f"{path} can't be read: {error.strerror}", "a kubeconfig that you may read")
        return
    except (yaml.YAMLError, ValueError, RecursionError):
        yield Problem(file.location, f"{path} is not a kubeconfig: it is not YAML", "the path of a kubeconfig")
        return
    names = _contexts(content)
    if not names:
        yield Problem(file.location, f"{path} is not a kubeconfig: it has no contexts", "the path of a kubeconfig")
    elif context.strip() and context == context.strip() and context not in names:
        yield Problem(
            cluster.get("context").location,
            f"{path} has no context {quote(context)}",
            f"context: {nearest(context, names) or names[0]} (it has {', '.join(names[:10])})",
        )


def _contexts(content: object) -> list[str]:
    entries = cast("Mapping[str, object]", content).get("contexts") if isinstance(content, Mapping) else None
    return [name for entry in Written((), entries).items() if (name := entry.get("name").text)]
