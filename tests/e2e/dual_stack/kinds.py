"""Which machine is of which kind."""

IPV4, BOTH, IPV6 = "vm-1", "vm-3", "vm-9"
KINDS = (IPV4, BOTH, IPV6)
SECOND_ADDRESS = "fd77::13"
