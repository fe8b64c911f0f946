"""Protects what a stack makes from deletion."""

import pulumi

_KEPT = ("kubernetes:", "meshx:index:", "gcp:")
"""Prefixes of type tokens. Commands are not among them, since a change replaces them."""
_REPLACED = (
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
    "meshx:index:InstanceJoin",
    "meshx:index:Wave",
)
"""What updates replace regularly: with a new version of a group, for a recreated instance, or with another plan of
waves."""


def protecting(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """A transformation that protects all objects, releases, joins and instances, but not what is only looked up.

    All of them, and not only what others depend on: `destroy --skip-preview` deletes what it may before it reaches what
    it may not.
    """
    made = isinstance(args.resource, pulumi.CustomResource) and args.opts.id is None
    if not made or not args.type_.startswith(_KEPT) or args.type_ in _REPLACED:
        return None
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformationResult(args.props, opts)
