"""The table of docs/policies.md, from the rules and their levels: `python -m meshx_policy.page` prints it."""

from collections.abc import Iterator

from meshx_policy.catalogue import RULES
from meshx_policy.environments import Environment
from meshx_policy.levels import level
from meshx_policy.rules.rule import Rule


def table() -> str:
    """The table in Markdown: a line for each rule."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    names = [environment.value for environment in Environment]
    yield f"| rule | what it requires | {' | '.join(names)} | settings |"
    yield f"|---|---|{'---|' * len(names)}---|"
    for rule in RULES:
        levels = " | ".join(level(rule.name, environment).value for environment in Environment)
        yield f"| `{rule.name}` | {rule.description} | {levels} | {_settings(rule)} |"


def _settings(rule: Rule) -> str:
    return ", ".join(f"`{name}` ({setting.default!r})" for name, setting in rule.settings.items())


if __name__ == "__main__":
    print(table())
