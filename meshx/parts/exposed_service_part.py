"""A service of the cluster that machines call as `<service>.<namespace>.global`, alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi

from meshx.arguments import ExposedArgs
from meshx.components.foundation import making
from meshx.parts.added_part import added, added_foundation, refuse_classic
from meshx.parts.records import KEY, PartedMesh, exposed_service_record
from meshx.stack.logical_names import named


class ExposedService(pulumi.ComponentResource):
    """Makes the name known to proxies. Workloads that are to know it name it under `exposed`.

    **Pulumi Type:** `meshx:index:ExposedService`. Produces the line's own ExposedService. Not for the classic line,
    where what is made depends on the machines that call it.
    """

    host: str
    """The name by which machines call it."""
    address: str
    """What the name leads to on machines of other networks; empty in a preview that does not know the cluster."""

    def __init__(
        self,
        name: str,
        args: ExposedArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        control_plane: PartedMesh,
    ) -> None:
        """Raises RefusedConfigurationError, a pulumi.RunError, with all that is wrong."""
        refuse_classic(control_plane, "exposed services by the machines that call them")
        given = added(name, control_plane, {"exposed": [args]})
        with making(given):
            base = added_foundation(f"exposed-{name}", given, control_plane, opts)
            super().__init__("meshx:index:ExposedService", name, None, base.options)
            preflight = base.preflight(self)
            context = base.context(preflight, control_plane.of_line, self)
            (exposed,) = preflight.configuration.exposed
            for offer in context.exposure.offers:
                options = pulumi.ResourceOptions(parent=self)
                called = f"exposed/{exposed.namespace}/{exposed.service}"
                # Who calls it is not known here: there may be machines on the cluster's network.
                offered = replace(offer, near=frozenset({"any"}))
                base.line.exposed_service(named(called), {"offer": offered, "context": context}, options)
        self.host = exposed.host
        self.address = next((offer.address for offer in context.exposure.offers), "")
        self.stated: Mapping[str, Any] = {**args, **({"address": self.address} if self.address else {})}
        outputs = {"host": self.host, "address": self.address}
        self.register_outputs({**outputs, KEY: exposed_service_record(given, self.address)})
