"""A cluster of both families, and machines with IPv4, with IPv6 and with both: needs MESHX_SANDBOX_DUAL_STACK=1."""
