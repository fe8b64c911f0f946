"""Stand-in for Pulumi's official resource plugin `kubernetes`; see plugin.py."""
