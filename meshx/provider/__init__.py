"""meshx's Pulumi plugin, and the base that plugins of `pulumi.runtime.proto` in Python are built on.

A plugin is a `plugin.Plugin` with `custom_resource.Resource`s behind its tokens, served by `serving.serve`.
"""
