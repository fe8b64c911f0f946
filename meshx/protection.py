"""The control plane, the namespaces and the machines, kept from deletion."""

import pulumi

from meshx.config.environment import PROTECTED_TYPES


def protecting(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """A transformation that protects what others stand on, and the machines; what is only looked up stays as it is."""
    if args.type_ not in PROTECTED_TYPES or args.opts.id is not None:
        return None
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformationResult(args.props, opts)
