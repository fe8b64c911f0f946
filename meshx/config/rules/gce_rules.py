"""Instances of Compute Engine: all that makes one is known, and its network has a way to the API server."""

from collections.abc import Iterator

from meshx.config.errors.problems import Problem
from meshx.config.rules.sidecar_rules import named_packages
from meshx.config.rules.written import Written
from meshx.config.rules.written_machines import WrittenMachine, machines_and_groups
from meshx.config.values.istio_version import written_line
from meshx.istio.versions import IstioLine

ENDPOINT = "apiServer: endpoint"
WAYS = f"{ENDPOINT}, or apiServer: gateway to go through the mesh's own"


def problems(stack: Written) -> Iterator[Problem]:
    """Machines of two kinds at once, instances without a place, a package or a way, and groups without a size."""
    defaults = stack.get("gce")
    instances = [one for one in machines_and_groups(stack) if one.is_instance]
    for one in instances:
        yield from (_group if one.is_group else _instance)(one.workload, one.place, defaults)
    if not instances:
        return
    version = stack.get("mesh", "istioVersion").text
    classic = written_line(version) is IstioLine.CLASSIC
    if classic:
        yield from _without_groups(instances, version)
    if not defaults.get("project"):
        yield Problem(
            (*defaults.location, "project"),
            "missing: instances are made in a project of Google Cloud",
            "project: <its id, as `gcloud projects list` shows it>",
        )
    yield from _packages(stack, instances)
    yield from _ways(stack, instances, ENDPOINT if classic else WAYS)
    if classic:
        yield from _without_passing_on(stack, instances, version)


def _instance(workload: Written, machine: Written, defaults: Written) -> Iterator[Problem]:
    gce, name = machine.get("gce"), machine.get("name").text
    if machine.get("ssh").value:
        yield Problem(
            machine.get("ssh").location,
            "with gce the stack makes the machine, and it joins without SSH",
            "one of the two",
        )
    commands = machine.get("commands")
    if commands:
        yield from _without_commands(commands)
    elif workload.get("commands"):
        yield Problem(
            workload.get("commands").location,
            f"commands run over SSH, and nobody logs in to {name or gce.path}",
            "commands under the machines that are reached over SSH, and gce.startup: <a script> for the instance",
        )
    if name[:1].isdigit():
        yield Problem(
            machine.get("name").location,
            f"an instance of Compute Engine can't be called {name}",
            "a name that begins with a letter, such as vm-1",
        )
    if ":" in machine.get("address").text:
        yield Problem(
            machine.get("address").location,
            "not supported yet: an instance with an IPv6 address alone",
            "an IPv4 address of its subnetwork",
        )
    if not gce.get("zone") and not defaults.get("zone"):
        yield Problem(
            (*gce.location, "zone"),
            "missing: every instance is in a zone",
            "zone: europe-west1-b, here or in meshx:gce",
        )


def _without_commands(commands: Written) -> Iterator[Problem]:
    yield Problem(
        commands.location,
        "commands run over SSH, and nobody logs in to an instance",
        "gce.startup: <a script that is run at each boot>",
    )


def _group(workload: Written, group: Written, defaults: Written) -> Iterator[Problem]:
    if any(workload.get("machines").items()):
        yield Problem(group.location, "the workload has machines by name already", "one of the two, or two workloads")
    if workload.get("commands"):
        yield from _without_commands(workload.get("commands"))
    scaling, size = group.get("autoscaling"), group.get("size")
    if size and scaling:
        yield Problem(size.location, "autoscaling says how many instances there are", "one of the two")
    elif not size and not scaling:
        yield Problem(size.location, "missing: how many instances the group has", "size: 3, or autoscaling")
    least, most = scaling.get("minSize").number, scaling.get("maxSize").number
    if least is not None and most is not None and least > most:
        yield Problem(
            scaling.get("maxSize").location, f"{most} is less than minSize, which is {least}", f"{least} or more"
        )
    gce = group.get("gce")
    region = gce.get("region").text or defaults.get("region").text or defaults.get("zone").text.rpartition("-")[0]
    if not region:
        yield Problem(
            (*gce.location, "region"),
            "missing: every group is in a region",
            "region: europe-west1, here or in meshx:gce",
        )
    for zone in gce.get("zones").items():
        if region and zone.text and zone.text.rpartition("-")[0] != region:
            yield Problem(zone.location, f"{zone.text} is no zone of {region}", f"a zone such as {region}-b")


def _packages(stack: Written, instances: list[WrittenMachine]) -> Iterator[Problem]:
    """An instance fetches its package itself: a file of this computer is nothing to it."""
    told = False
    for one in instances:
        own = one.place.get("sidecar")
        sidecar = own if own else stack.get("sidecar")
        packages = [package for _, package in named_packages(sidecar)]
        if all(package.get("url") for package in packages) or not sidecar or (told and not own):
            if not own and not sidecar and one.is_group and not told:
                told = True
                yield Problem(
                    sidecar.location,
                    "missing: every machine gets Istio's proxy from this package",
                    "url: and sha256: of istio-sidecar.deb",
                )
            continue
        told = told or not own
        for package in packages:
            if not package.get("url"):
                yield Problem(
                    (*package.location, "file" if package.get("file") else "url"),
                    "an instance of Compute Engine fetches the package itself and can't read a file of this computer",
                    "url: and sha256:, from where the instances can fetch it",
                )


def _without_groups(instances: list[WrittenMachine], version: str) -> Iterator[Problem]:
    for one in instances:
        if one.is_group:
            yield Problem(
                one.place.location,
                f"instances of a group come and go, and Istio {version} does not register them by itself: no caller "
                "would hear of them",
                "machines: [{name: ..., address: ..., gce: {}}] for each, or Istio 1.20 or later",
            )


def _without_passing_on(stack: Written, instances: list[WrittenMachine], version: str) -> Iterator[Problem]:
    """The gateway of that line is Istio's ingress gateway as its chart has it, with no server for the API server."""
    networks = {one.network.text for one in instances}
    for network in stack.get("networks").items():
        way = network.get("apiServer")
        if network.get("name").text in networks and way.text == "gateway":
            yield Problem(
                way.location,
                f"the gateway of Istio {version} passes nothing on to the cluster's API server",
                "endpoint, by which these machines reach it",
            )


def _ways(stack: Written, instances: list[WrittenMachine], ways: str) -> Iterator[Problem]:
    """Where the cluster's network is adopted and not written, the control plane says what it is called later on."""
    stated = {one.get("name").text: one for one in stack.get("networks").items()}
    told: set[str] = set()
    for network in (one.network.text for one in instances):
        if network in told or (not network and not stack.get("mesh", "install", "controlPlane").flag(True)):
            continue
        told.add(network)
        if not network:
            yield Problem(
                (*stack.get("mesh").location, "network"),
                "missing: instances of Compute Engine fetch their identity from the API server, and how they reach it "
                "stands under their network's name",
                f"network: network1, and networks: [{{name: network1, {ENDPOINT}}}]",
            )
        elif network not in stated:
            yield Problem(
                ("networks",),
                f"instances on {network} fetch their identity from the API server, and nothing says how they reach it",
                f"{{name: {network}, apiServer: ...}} with {ways}",
            )
        elif not stated[network].get("apiServer"):
            yield Problem(
                (*stated[network].location, "apiServer"),
                f"missing: instances on {network} fetch their identity from the cluster's API server",
                ways,
            )
