"""How many SSH connections there are at once, where the stack says nothing."""

MAX_CONNECTIONS = 32
