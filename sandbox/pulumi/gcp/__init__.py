"""Stand-in for Pulumi's official resource plugin `gcp`; see plugin.py."""
