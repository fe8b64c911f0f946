"""meshx's own Pulumi plugin: its resources (`*_resource.py`) and functions (`*_function.py`)."""
