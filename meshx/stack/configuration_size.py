"""How much of a stack's configuration still reaches the program: Pulumi hands it over in one environment variable.

Linux starts no program with a longer one (MAX_ARG_STRLEN, linux/include/uapi/linux/binfmts.h), and then no run of the
stack begins: `argument list too long`.
"""

import os

import pulumi

VARIABLE = "PULUMI_CONFIG"
LONGEST = 128 * 1024
"""In bytes, the variable's name, `=` and a NUL included."""
NEAR = 0.75
REMEDY = "move machines into files that `machinesFrom` names (docs/machines.md): they do not count"


def warn_of_size() -> None:
    """Warn of a configuration that leaves little room for further machines; call this in the program."""
    used = len(f"{VARIABLE}={os.environ.get(VARIABLE, '')}".encode()) + 1
    if used >= NEAR * LONGEST:
        pulumi.log.warn(
            f"the stack's configuration takes {used / 1024:.0f} KiB of the 128 KiB that Linux lets Pulumi hand over: "
            f"with more, no run starts (`argument list too long`). Remedy: {REMEDY}"
        )
