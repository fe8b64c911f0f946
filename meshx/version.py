"""The version of meshx: of the package, of its plugin and of its policy pack."""

VERSION = "0.1.0"
"""The one place of it, by semantic versioning (CHANGELOG.md); pyproject.toml reads it."""
