"""Stand-in for Pulumi's official resource plugin `command`; see plugin.py."""
