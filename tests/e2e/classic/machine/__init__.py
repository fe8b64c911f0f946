"""Joins of one real machine, by the resource Join itself: the package records what it is given, stand-ins answer it."""
