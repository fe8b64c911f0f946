"""The contexts are some that the named kubeconfig has."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import yaml

from meshx.config.errors.problems import Problem
from meshx.config.errors.unknown_keys import nearest
from meshx.config.errors.words import quote
from meshx.config.leaves import is_placeholder
from meshx.config.rules.written import Written
from meshx.config.values.files import project_path


def problems(stack: Written, base: Path) -> Iterator[Problem]:
    """A kubeconfig that can't be read or does not have a context. Its contents are never shown, names aside."""
    cluster, secret = stack.get("cluster"), stack.get("kubeconfig")
    file = cluster.get("kubeconfigFile")
    if file and secret:
        yield Problem(file.location, "meshx:kubeconfig has one too", "one of the two")
    path = project_path(base, file.text)
    if secret.text and not is_placeholder(secret.text):
        told, source, remedy = secret, "the secret", "a kubeconfig's whole text"
    elif path is not None and path.is_file():
        told, source, remedy = file, str(path), "the path of a kubeconfig"
    else:
        return  # left to the Kubernetes client, not known yet, or reported as not there
    try:
        text = secret.text if told is secret else cast("Path", path).read_text(encoding="utf-8")
        content: object = yaml.safe_load(text)
    except OSError as error:
        yield Problem(file.location, f"{source} can't be read: {error.strerror}", "a kubeconfig that you may read")
        return
    except (yaml.YAMLError, ValueError, RecursionError):
        yield Problem(told.location, f"{source} is not a kubeconfig: it is not YAML", remedy)
        return
    names = _contexts(content)
    if not names:
        yield Problem(told.location, f"{source} is not a kubeconfig: it has no contexts", remedy)
        return
    for place in (cluster.get("context"), stack.get("former", "context")):
        context = place.text
        if context.strip() and context == context.strip() and context not in names and not is_placeholder(context):
            yield Problem(
                place.location,
                f"{source} has no context {quote(context)}",
                f"context: {nearest(context, names) or names[0]} (it has {', '.join(names[:10])})",
            )


def _contexts(content: object) -> list[str]:
    entries = cast("Mapping[str, object]", content).get("contexts") if isinstance(content, Mapping) else None
    return [name for entry in Written((), entries).items() if (name := entry.get("name").text)]
