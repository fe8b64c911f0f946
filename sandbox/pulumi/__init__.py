"""Pulumi for the sandbox: the engine's home folder, a language host for Python, and stand-ins for plugins."""
