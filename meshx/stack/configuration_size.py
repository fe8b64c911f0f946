"""How much of a stack's configuration still reaches the program: Pulumi hands it over in one environment variable.

Linux starts no program with a longer one (MAX_ARG_STRLEN, linux/include/uapi/linux/binfmts.h), and then no run of the
stack begins: `argument list too long`.
"""

VARIABLE = "PULUMI_CONFIG"
LONGEST = 128 * 1024
"""In bytes, the variable's name, `=` and a NUL included."""
NEAR = 0.75
REMEDY = "move machines into files that `machinesFrom` names (docs/machines.md): they do not count"


def bytes_taken(value: str) -> int:
    """The bytes of the variable with this value, of which Linux allows LONGEST."""
    return len(f"{VARIABLE}={value}".encode()) + 1


def warning_of_size(taken: int) -> str:
    """What is to be said of a configuration that leaves little room for further machines, "" of any other."""
    if taken < NEAR * LONGEST:
        return ""
    return (
        f"the stack's configuration takes {taken / 1024:.0f} KiB of the 128 KiB that Linux lets Pulumi hand over: "
        f"with more, no run starts (`argument list too long`). Remedy: {REMEDY}"
    )
