"""The policy pack: what a stack must not contain, and what it must have, by environment. docs/policies.md lists it."""
