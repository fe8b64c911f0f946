"""Existing machines, over SSH."""
