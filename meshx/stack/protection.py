"""What a stack makes, kept from deletion."""

import pulumi

_KEPT = ("kubernetes:", "meshx:index:", "gcp:")
"""Beginnings of type tokens. Commands are not among them, which a change of theirs replaces."""
_REPLACED = (
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
    "meshx:index:InstanceJoin",
)
"""What is replaced in the course of things: by another version of a group, by an instance that was made anew."""


def protecting(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """A transformation that protects all objects, releases, joins and instances; what is only looked up stays as it is.

    All of them and not only what others stand on: a `destroy --skip-preview` deletes what it may before it comes to
    what it may not.
    """
    made = isinstance(args.resource, pulumi.CustomResource) and args.opts.id is None
    if not made or not args.type_.startswith(_KEPT) or args.type_ in _REPLACED:
        return None
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformationResult(args.props, opts)
