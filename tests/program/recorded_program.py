"""Runs the program's components on a mocked engine and records every resource as it would be registered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockMonitor, Mocks, set_mocks
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func

from meshx.cluster.load_balancers import ingress
from meshx.config.loading import load
from meshx.config.owner import Owner, stack_owner
from meshx.istio.root_certificate import ROOT_CERTIFICATE_CONFIG_MAP, ROOT_CERTIFICATE_KEY
from meshx.mesh import Mesh
from meshx.stack.backend import NO_ORGANISATION
from meshx.stack.given_mesh import GivenMesh, given_mesh
from tests.program.as_arguments import known
from tests.python_keys import as_arguments

GATEWAY_ADDRESS = "10.77.0.200"
CLUSTER_IP = "172.21.7.7"
"""What the cluster gives each new Service."""
ROOT_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----\n"


BACKEND = "file:///backend"


def owner(stack: str = "dev") -> Owner:
    """Whose the objects of a recorded stack are."""
    return stack_owner(NO_ORGANISATION, BACKEND, "meshx", stack)


@dataclass(frozen=True)
class Registered:
    """One resource: its type token, logical name, inputs, and the URNs it depends on; `urn` is the mocked engine's."""

    type: str
    name: str
    inputs: dict[str, Any]
    parent: str
    dependencies: frozenset[str]
    provider: str = ""
    deleted_with: str = ""
    delete_before_replace: bool = False
    secret_outputs: frozenset[str] = frozenset()
    replaced_on: frozenset[str] = frozenset()
    import_id: str = ""
    ignored: frozenset[str] = frozenset()
    before_create: tuple[str, ...] = ()
    """The hooks that run before it is made, by name."""
    before_update: tuple[str, ...] = ()
    protect: bool = False
    urn: str = ""
    aliases: tuple[str, ...] = ()
    """Its earlier identities, as the protocol's messages print themselves."""


GOOGLE_SAYS: dict[str, dict[str, str]] = {
    "gcp:serviceaccount/account:Account": {
        "email": "instances@my-project.iam.gserviceaccount.com",
        "uniqueId": "117249582048193840210",
    },
    "gcp:compute/instance:Instance": {"instanceId": "4711"},
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": {"selfLink": "https://compute/template"},
}
"""What Google makes of a resource beside what is asked for."""
OUTPUTS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "meshx:index:MeshRoots": lambda inputs: {"root": "".join(one for one in inputs["roots"] if isinstance(one, str))},
    "meshx:index:ReachabilityTable": lambda _: {"changes": {}},
}
"""What meshx's own plugin makes of a resource's inputs beside them, where something goes by it."""


@dataclass
class Cluster(Mocks):
    """Answers for the engine: what releases make, and what is there to be looked up.

    Objects by `<Kind> <namespace>/<name>`, results of functions that ask for more than one object by their token, or
    what makes such a result of the arguments.
    """

    objects: Mapping[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    made: Mapping[str, Any] = field(default_factory=dict)
    """What resources of others have beside what is asked for, or what makes that of their inputs, by type."""

    def call(self, args: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        if args.token == "meshx:index:serviceAddresses" and args.token not in self.objects:
            service = self._object("Service", args.args["namespace"], args.args["name"])
            return {"clusterIp": service.get("spec", {}).get("clusterIP", ""), "ingress": ingress(service)}, []
        if args.token == "meshx:index:rootCertificate":
            data = self._object("ConfigMap", args.args["namespace"], ROOT_CERTIFICATE_CONFIG_MAP)["data"]
            return {"certificate": data[ROOT_CERTIFICATE_KEY]}, []
        if args.token == "meshx:index:admissionPolicies" and args.token not in self.objects:
            return {"served": True}, []
        if args.token == "meshx:index:controlPlanes" and args.token not in self.objects:
            return {"controlPlanes": [], "leadsTo": ""}, []
        if args.token == "meshx:index:releaseOwner" and args.token not in self.objects:
            return {"owner": ""}, []
        if args.token not in self.objects:
            raise AssertionError(f"the program called {args.token}, which no stack of these tests needs")
        self.calls.append((args.token, dict(args.args)))
        found: Any = self.objects[args.token]
        return dict(found(args.args) if callable(found) else found), []

    def new_resource(self, args: Any) -> tuple[str, dict[str, Any]]:
        if args.typ == "kubernetes:helm.sh/v3:Release":
            status = {"name": args.inputs["name"], "namespace": args.inputs["namespace"], "status": "deployed"}
            return f"{status['namespace']}/{status['name']}", {**args.inputs, "status": status}
        if args.typ in self.made:
            found: Any = self.made[args.typ]
            more = found(args.inputs) if callable(found) else found
            return args.resource_id or f"{args.name}-id", {**args.inputs, **more}
        if args.typ in OUTPUTS:
            return f"{args.name}-id", {**args.inputs, **OUTPUTS[args.typ](args.inputs)}
        if args.resource_id and args.typ.startswith("gcp:"):
            return args.resource_id, {**args.inputs, **GOOGLE_SAYS.get(args.typ, {})}  # an import, no look-up
        if args.typ == "kubernetes:core/v1:Service":
            # As the cluster does.
            return f"{args.name}-id", {**args.inputs, "spec": {"clusterIP": CLUSTER_IP, **args.inputs["spec"]}}
        return f"{args.name}-id", {**args.inputs, **GOOGLE_SAYS.get(args.typ, {})}

    def _object(self, kind: str, namespace: str, name: str) -> Mapping[str, Any]:
        return self.objects[f"{kind} {namespace}/{name}"]


class RecordingMonitor(MockMonitor):
    """A mocked engine that keeps what mocks don't see: parents and dependencies."""

    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.registered: list[Registered] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        if request.type != "pulumi:pulumi:Stack":
            self.registered.append(
                Registered(
                    type=request.type,
                    name=request.name,
                    inputs=rpc.deserialize_properties(request.object),
                    parent=request.parent,
                    dependencies=frozenset(request.dependencies),
                    provider=request.provider,
                    deleted_with=request.deletedWith,
                    delete_before_replace=request.deleteBeforeReplace,
                    secret_outputs=frozenset(request.additionalSecretOutputs),
                    import_id=request.importId,
                    ignored=frozenset(request.ignoreChanges),
                    replaced_on=frozenset(request.replaceOnChanges),
                    before_create=tuple(request.hooks.before_create),
                    before_update=tuple(request.hooks.before_update),
                    protect=request.protect,
                    urn=self.make_urn(request.parent, request.type, request.name),
                    aliases=tuple(str(alias) for alias in request.aliases),
                )
            )
        return super().RegisterResource(request)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        if request.type == "pulumi:pulumi:StackReference":
            return super().ReadResource(request)
        raise AssertionError(f"{request.name} is a look-up in the state, which every nightly check takes for a change")


class Callbacks:
    """In place of the server by which an engine calls hooks, which a mocked one never does."""

    def register_resource_hook(self, hook: pulumi.ResourceHook) -> None:
        """Take it."""


INSTALLED = {
    "Service istio-system/istio-eastwestgateway": {
        "metadata": {"name": "istio-eastwestgateway", "namespace": "istio-system"},
        "spec": {"selector": {"istio": "eastwestgateway"}},
        "status": {"loadBalancer": {"ingress": [{"ip": GATEWAY_ADDRESS}]}},
    },
    "ConfigMap istio-system/istio-ca-root-cert": {"data": {"root-cert.pem": ROOT_CERTIFICATE}},
}
"""What is found in a cluster where the stack's own charts run."""


WAY: list[str] = ["file"]
"""How `run` gives a mesh its configuration: as the stack's file has it, or as arguments with outputs in them."""


def run(
    values: Mapping[str, Any],
    folder: Path,
    objects: Mapping[str, Any] = INSTALLED,
    stack: str = "dev",
) -> list[Registered]:
    """Every resource of a stack with this configuration; an error of the program is raised as it is.

    What is given as arguments gets the names and the owner that the stack's file has, to be compared with it.
    """
    if WAY[0] == "file":
        return run_program(lambda: Mesh("mesh", load(values, folder)), objects, stack)

    def as_in_file(name: str, args: Any) -> GivenMesh:
        return replace(given_mesh(name, args), prefix="", owner=stack)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("meshx.mesh.given_mesh", as_in_file)
        patch.setattr(Path, "cwd", lambda: folder)
        return run_program(lambda: Mesh("mesh", as_arguments(values, known)), objects, stack)


def run_program(
    program: Callable[[], object],
    objects: Mapping[str, Any],
    stack: str = "dev",
    *,
    preview: bool = False,
    made: Mapping[str, Any] | None = None,
) -> list[Registered]:
    """Every resource that `program` registers; made: what Cluster has for resources of others."""
    # A loop for each run: set_mocks on a loop that is gone fails with Python 3.14 (pulumi issue 24338).
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        # What a run that failed left behind belongs to its own loop.
        SETTINGS.rpc_manager.clear()
        SETTINGS.outputs.clear()
        mocks = Cluster(objects, made=made or {})
        monitor = RecordingMonitor(mocks)
        set_mocks(mocks, project="meshx", stack=stack, preview=preview, monitor=monitor, organization=NO_ORGANISATION)
        SETTINGS.callbacks = Callbacks()

        async def main() -> None:
            await run_pulumi_func(lambda: program() and None)

        loop.run_until_complete(main())
        return monitor.registered
    except BaseException:
        # The caller has the error. Futures that hold it too would have a later collection log it: in the midst of
        # another test, and with Python 3.11.7 an `ast.parse` that is interrupted by a traceback fails (cpython 106905).
        loop.set_exception_handler(lambda _loop, _context: None)
        raise
    finally:
        # What a run that failed left waiting would complain later, in the midst of something else.
        waiting = asyncio.all_tasks(loop)
        for task in waiting:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
        loop.close()
        asyncio.set_event_loop(None)
