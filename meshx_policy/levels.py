"""The one table of how strictly each rule is enforced in each environment."""

from enum import Enum

from meshx_policy.environments import Environment


class Level(Enum):
    """What a violation does: nothing (the rule does not run), a warning, or a refusal of the run."""

    DISABLED = "disabled"
    ADVISORY = "advisory"
    MANDATORY = "mandatory"


_OFF, _TELL, _REFUSE = Level.DISABLED, Level.ADVISORY, Level.MANDATORY

#                                    dev      staging  prod
_TABLE: dict[str, tuple[Level, Level, Level]] = {
    "no-secrets-in-plain-text":     (_REFUSE, _REFUSE, _REFUSE),
    "keys-outside-the-stack":       (_OFF,    _TELL,   _REFUSE),
    "host-keys-known":              (_TELL,   _REFUSE, _REFUSE),
    "exposed-addresses":            (_REFUSE, _REFUSE, _REFUSE),
    "port-15443-is-for-networks":   (_REFUSE, _REFUSE, _REFUSE),
    "least-privilege":              (_TELL,   _REFUSE, _REFUSE),
    "mesh-ports-not-open-to-all":   (_TELL,   _REFUSE, _REFUSE),
    "strict-mutual-tls":            (_TELL,   _REFUSE, _REFUSE),
    "mesh-is-strict":               (_OFF,    _TELL,   _REFUSE),
    "closed-when-down":             (_OFF,    _TELL,   _REFUSE),
    "way-back-for-machines":        (_OFF,    _TELL,   _REFUSE),
    "hbone-from-ambient-pods":      (_OFF,    _OFF,    _OFF),
    "supported-version-distance":   (_TELL,   _REFUSE, _REFUSE),
    "packages-with-checksum":       (_REFUSE, _REFUSE, _REFUSE),
    "protected-in-production":      (_OFF,    _OFF,    _REFUSE),
    "no-latest-in-production":      (_OFF,    _TELL,   _REFUSE),
    "cluster-known-by-uid":         (_OFF,    _TELL,   _REFUSE),
    "owner-labels":                 (_REFUSE, _REFUSE, _REFUSE),
    "required-labels":              (_OFF,    _TELL,   _REFUSE),
    "short-lifetimes":              (_TELL,   _REFUSE, _REFUSE),
}  # fmt: skip


def level(rule: str, environment: Environment) -> Level:
    """How strictly a rule is enforced in an environment."""
    return dict(zip(Environment, _TABLE[rule], strict=True))[environment]


RULES = tuple(_TABLE)
"""The names of all rules that have levels."""
