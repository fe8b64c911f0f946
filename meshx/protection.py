"""What a stack makes, kept from deletion."""

import pulumi

_KEPT = ("kubernetes:", "meshx:index:", "gcp:compute/instance:", "gcp:compute/address:")
"""Beginnings of type tokens. Not there: commands and instance templates, which a change replaces."""


def protecting(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """A transformation that protects all objects, releases, joins and instances; what is only looked up stays as it is.

    All of them and not only what others stand on: a `destroy --skip-preview` deletes what it may before it comes to
    what it may not.
    """
    made = isinstance(args.resource, pulumi.CustomResource) and args.opts.id is None
    if not made or not args.type_.startswith(_KEPT):
        return None
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformationResult(args.props, opts)
