"""meshx's own Pulumi plugin: its resources (`*_resource.py`); its functions are in meshx/control_plane."""
