"""SSH: the keys, the way to a host, and sessions there."""
