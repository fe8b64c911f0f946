"""What the exposed services of both lines are made of."""

from typing import TypedDict

import pulumi

from meshx.exposure.plan import Offer


class ExposedServiceArgs(TypedDict):
    """What an exposed service needs."""

    offer: Offer
    network: str
    """The cluster's network."""
    gateway_address: pulumi.Input[str]
    labels: dict[str, str]
    """Labels of everything that is made in the cluster."""
    ready: list[pulumi.Resource]
    """What must be there first: the custom resources' definitions and the webhook that validates them."""
