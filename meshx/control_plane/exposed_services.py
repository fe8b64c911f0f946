"""What a stack exposes of the cluster's services, by what the cluster has now."""

from meshx.config.owner import Owner
from meshx.config.stack import StackConfiguration
from meshx.control_plane.ask import Ask
from meshx.exposure.classic_plan import classic_exposure_plan
from meshx.exposure.found_services import FoundServices, found_services, looked_for
from meshx.exposure.plan import ExposurePlan, exposure_plan
from meshx.join.facts import ControlPlaneFacts
from meshx.networks.topology import Networks


def istiod_exposure(
    configuration: StackConfiguration, facts: ControlPlaneFacts, networks: Networks, owner: Owner, ask: Ask
) -> ExposurePlan:
    """The plan since Istio 1.20; ConfigurationError with all that does not fit. owner: the stack."""
    if not configuration.exposed:
        return ExposurePlan()
    seen = _seen(configuration, owner, ask)
    machines = (*configuration.machines, *configuration.groups)
    return exposure_plan(configuration.exposed, machines, seen, facts.trust_domain, networks)


def classic_exposure(
    configuration: StackConfiguration, networks: Networks, services: str, owner: Owner, ask: Ask
) -> ExposurePlan:
    """The plan of Istio 1.1 to 1.4; ConfigurationError with all that does not fit.

    services: the ranges of the cluster's services, with commas between. owner: the stack.
    """
    if not configuration.exposed:
        return ExposurePlan()
    seen = _seen(configuration, owner, ask)
    return classic_exposure_plan(configuration.exposed, configuration.machines, seen, networks, services)


def _seen(configuration: StackConfiguration, owner: Owner, ask: Ask) -> FoundServices:
    line = configuration.mesh.line
    question = looked_for(configuration.exposed, line, owner)
    return found_services(ask("meshx:index:exposedServices", question), line)
