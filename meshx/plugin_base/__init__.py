"""The base for Pulumi plugins in Python (`pulumi.runtime.proto`). Imports nothing of meshx.

A plugin is a `plugin.Plugin` with `custom_resource.Resource`s behind its tokens, served by `serving.serve`.
"""
