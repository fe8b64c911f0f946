"""The policy pack: what a stack must not do, and what it has to have, by environment. docs/policies.md lists it."""
