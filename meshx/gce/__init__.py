"""Instances of Google Compute Engine that join by themselves; imported by stacks that have some, and no others."""
