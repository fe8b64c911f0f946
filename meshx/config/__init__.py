"""A stack's configuration: typed, strict, resource-free; all that is wrong with it is said at once."""
