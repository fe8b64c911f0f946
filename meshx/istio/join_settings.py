"""All settings of istiod's that a machine's join depends on, each with what has to be true of it.

Looked through for them: MeshConfig and ProxyConfig (istio.io/api/mesh/v1alpha1), the values that the injector keeps
(manifests/charts/istio-control/istio-discovery/values.yaml, `global`), and istiod's environment (pilot/pkg/features,
pilot/pkg/bootstrap, pkg/security). What the mesh calls itself is read and not judged, in
meshx/control_plane/adopted_facts.py. Of no matter to a machine are settings that act on pods alone
(`global.sds.token.aud`, `global.jwtPolicy`: tokens that Kubernetes puts into them; `global.pilotCertProvider`: machines
take whatever root istiod publishes), and those by which istiod itself has its certificates signed elsewhere
(`meshConfig.ca`, EXTERNAL_CA).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from meshx.istio.ambient import AMBIENT_VARIABLE, ENABLE_HBONE, LISTENING_VARIABLE, labels_registered
from meshx.istio.identities import TOKEN_AUDIENCE
from meshx.istio.namespaces import CLUSTER_DOMAIN

SCOPED_GATEWAYS = "PILOT_SCOPE_GATEWAY_TO_NAMESPACE"
"""Whether an Istio Gateway holds for gateways of its own namespace alone (pilot/pkg/features/pilot.go)."""
DUAL_STACK = "ISTIO_DUAL_STACK"
"""Whether istiod gives proxies listeners of both families (pilot/pkg/features), and on a machine whether the agent and
istio-iptables take both (pkg/bootstrap/config.go; tools/istio-iptables/pkg/cmd/root.go): by this name since 1.19."""
RESOLVED_GATEWAYS = "RESOLVE_HOSTNAME_GATEWAYS"
"""Whether istiod resolves host names of networks' gateways; if not it leaves them out (pilot/pkg/features/pilot.go)."""
_FALSE = ("0", "f", "false")
_TRUE = ("1", "t", "true")
_LEAVE_OUT = "leave it out"


class Source(Enum):
    """Where istiod has a setting from."""

    VALUES = "values"
    MESH = "mesh"
    ENVIRONMENT = "environment"


class Need(Enum):
    """What depends on a setting."""

    JOIN = "the join of any machine"
    SIGNING = "certificates of machines by istiod"
    HEALTH = "the health of a machine that serves"
    SERVICE = "a Service in front of machines"
    TUNNEL = "calls of pods in ambient mode by HBONE"
    GROUP = "instances that register by themselves"
    BOTH_FAMILIES = "machines with addresses of both families"


@dataclass(frozen=True)
class IstiodSettings:
    """What istiod is told: its chart's values, its MeshConfig, and those variables that have plain values."""

    values: Mapping[str, Any]
    mesh: Mapping[str, Any]
    environment: Mapping[str, str]

    def written(self, source: Source, path: Sequence[str]) -> str:
        """A setting as text, "" where it is not written."""
        found: object = {Source.VALUES: self.values, Source.MESH: self.mesh, Source.ENVIRONMENT: self.environment}[
            source
        ]
        for key in path:
            found = cast("Mapping[str, object]", found).get(key) if isinstance(found, Mapping) else None
        return "" if found is None else str(found)

    @property
    def ambient(self) -> bool:
        """Whether pods may be in ambient mode."""
        return self.environment.get(AMBIENT_VARIABLE, "").lower() in _TRUE

    def registers_tunnels(self, version: str) -> bool:
        """Whether an istiod of that version labels registered instances as such that answer HBONE."""
        hbone = self.written(Source.MESH, ("defaultConfig", "proxyMetadata", ENABLE_HBONE)).lower() in _TRUE
        listening = self.environment.get(LISTENING_VARIABLE, "").lower() not in _FALSE
        return self.ambient and hbone and listening and labels_registered(version)

    @property
    def scopes_gateways(self) -> bool:
        """Whether an Istio Gateway holds in its own namespace alone."""
        return self.environment.get(SCOPED_GATEWAYS, "").lower() in _TRUE

    @property
    def resolves_gateways(self) -> bool:
        """Whether networks' gateways may have host names."""
        return self.environment.get(RESOLVED_GATEWAYS, "").lower() not in _FALSE


@dataclass(frozen=True)
class Setting:
    """One setting; fits: of its text, written or not, and istiod's own host and port."""

    source: Source
    path: tuple[str, ...]
    fits: Callable[[str, str], bool]
    wrong: str
    remedy: str
    need: Need = Need.JOIN


def _is_on(text: str, _: str) -> bool:
    return text.lower() not in _FALSE


def _is_set(text: str, _: str) -> bool:
    return text.lower() in _TRUE


def is_istiod(text: str, istiod: str) -> bool:
    """Whether an address is istiod's own: by any of its names, which lead machines to the gateway."""
    host, _, port = istiod.partition(":")
    names = (host, f"{host}.{CLUSTER_DOMAIN}", host.removesuffix(".svc"))
    return text == "" or text in {f"{name}:{port}" for name in names}


def _one_of(*texts: str) -> Callable[[str, str], bool]:
    return lambda text, _: text in ("", *texts)


def _takes_audience(text: str, _: str) -> bool:
    return text == "" or TOKEN_AUDIENCE in text.split(",")


_OTHER_CA = "certificates are signed at {value}, and machines reach istiod alone, by the gateway"
_OWN_CA = "have istiod sign (with an issuer of your own behind it: EXTERNAL_CA, or Secret cacerts)"
_WAY_THERE = "say how machines reach that CA (meshx:mesh.certificateAuthority), or " + _OWN_CA
_PROXY = "defaultConfig"
CA_ADDRESSES = (
    (Source.MESH, (_PROXY, "proxyMetadata", "CA_ADDR")),
    (Source.VALUES, ("global", "caAddress")),
)
"""Where a mesh tells its pods another CA than istiod. The first wins: of two variables of a name, the
injector's template has the proxy's metadata last (istio-discovery/files/injection-template.yaml)."""
PODS_AUDIENCE = (Source.VALUES, ("global", "sds", "token", "aud"))
"""The audience of the tokens that pods show to their CA (the same template, volume istio-token)."""
ROOT_OF_CA = (Source.MESH, (_PROXY, "proxyMetadata", "CA_ROOT_CA"))
"""By what agents check the CA's own certificate (pilot/cmd/pilot-agent/options/options.go)."""
SETTINGS = (
    *(Setting(source, path, is_istiod, _OTHER_CA, _WAY_THERE, Need.SIGNING) for source, path in CA_ADDRESSES),
    Setting(
        Source.VALUES,
        ("global", "caName"),
        _one_of("Citadel"),
        "proxies have their certificates from {value}, which no machine has",
        _OWN_CA,
    ),
    Setting(
        Source.MESH,
        (_PROXY, "proxyMetadata", "CA_PROVIDER"),
        _one_of("Citadel"),
        "proxies ask {value} for certificates, and machines' can only ask istiod",
        _LEAVE_OUT,
    ),
    Setting(
        Source.ENVIRONMENT,
        ("ENABLE_CA_SERVER",),
        _is_on,
        "istiod signs no certificates, and machines ask nobody else",
        f'{_LEAVE_OUT}, or "true"; or name the CA that signs (meshx:mesh.certificateAuthority)',
        Need.SIGNING,
    ),
    Setting(
        Source.ENVIRONMENT,
        ("TOKEN_AUDIENCES",),
        _takes_audience,
        "istiod takes tokens for {value} alone, and machines show it one for " + TOKEN_AUDIENCE,
        f"{TOKEN_AUDIENCE} among them",
        Need.SIGNING,
    ),
    Setting(
        Source.VALUES,
        ("global", "remotePilotAddress"),
        _one_of(),
        "this cluster's istiod runs elsewhere, at {value}",
        "the context of the cluster that it runs in (meshx:cluster.context)",
    ),
    Setting(
        Source.VALUES,
        ("global", "proxy", "clusterDomain"),
        _one_of(CLUSTER_DOMAIN),
        f"names of services end with {{value}}, and those that machines are given with {CLUSTER_DOMAIN}",
        "a mesh of that domain: meshx knows no other",
    ),
    Setting(
        Source.MESH,
        (_PROXY, "discoveryAddress"),
        is_istiod,
        "proxies look for istiod at {value}, a name that leads machines nowhere",
        _LEAVE_OUT,
    ),
    Setting(
        Source.MESH,
        (_PROXY, "controlPlaneAuthPolicy"),
        _one_of("MUTUAL_TLS"),
        "proxies ask istiod in plain, and machines reach its port for TLS alone",
        "MUTUAL_TLS, or leave it out",
    ),
    Setting(
        Source.ENVIRONMENT,
        ("PILOT_ENABLE_WORKLOAD_ENTRY_HEALTHCHECKS",),
        _is_on,
        "istiod takes no machine's word for its health, so nobody would ever be sent to one with a probe",
        f"{_LEAVE_OUT}, or probe: none for every workload",
        Need.HEALTH,
    ),
    Setting(
        Source.ENVIRONMENT,
        ("PILOT_ENABLE_K8S_SELECT_WORKLOAD_ENTRIES",),
        _is_on,
        "no Service leads to a machine",
        _LEAVE_OUT,
        Need.SERVICE,
    ),
    Setting(
        Source.ENVIRONMENT,
        (AMBIENT_VARIABLE,),
        _is_set,
        "istiod has no ambient mode, so nobody calls a machine by HBONE (tunnel: hbone)",
        '"true", or tunnel: none for every workload',
        Need.TUNNEL,
    ),
    Setting(
        Source.ENVIRONMENT,
        (LISTENING_VARIABLE,),
        _is_on,
        "istiod lets no proxy listen for HBONE (tunnel: hbone)",
        f"{_LEAVE_OUT}, or tunnel: none for every workload",
        Need.TUNNEL,
    ),
    Setting(
        Source.ENVIRONMENT,
        ("PILOT_ENABLE_WORKLOAD_ENTRY_AUTOREGISTRATION",),
        _is_on,
        "no instance of a group is let in",
        f"{_LEAVE_OUT}, or machines by name in place of a group",
        Need.GROUP,
    ),
    Setting(
        Source.ENVIRONMENT,
        (DUAL_STACK,),
        _is_set,
        "istiod gives proxies listeners of one family alone, so a machine's second address (secondAddress) would be "
        "past its proxy, or answer nobody",
        'meshx:mesh.dualStack: true where the stack installs istiod, "true" where it is adopted; or no secondAddress',
        Need.BOTH_FAMILIES,
    ),
)


def unfit_settings(
    settings: IstiodSettings, needs: Collection[Need], istiod: str, where: Callable[[Source, str], str]
) -> Iterator[str]:
    """Each setting by which something of the stack can't work, in words with the remedy.

    istiod: its `host:port`, as machines are told it. where: what a setting is called, by its source and dotted path.
    """
    for setting in SETTINGS:
        value = settings.written(setting.source, setting.path)
        if setting.need in needs and not setting.fits(value, istiod):
            name = where(setting.source, ".".join(setting.path))
            yield f"{name} is {value or 'not set'}: {setting.wrong.format(value=value)}. Remedy: {setting.remedy}"


def unseen_namespaces(mesh: Mapping[str, Any], labels: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The namespaces that istiod does not look at; labels: of each.

    Source: MeshConfig.discoverySelectors: those that match any of the selectors; all, without selectors.
    """
    selectors = cast("list[Mapping[str, Any]]", mesh.get("discoverySelectors") or [])
    return [
        name for name, of in labels.items() if selectors and not any(_matches(selector, of) for selector in selectors)
    ]


def _matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Kubernetes API, LabelSelector."""
    wanted: Mapping[str, str] = selector.get("matchLabels") or {}
    expressions: list[Mapping[str, Any]] = selector.get("matchExpressions") or []
    return wanted.items() <= labels.items() and all(_holds(one, labels) for one in expressions)


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key = str(expression.get("key"))
    values: list[str] = expression.get("values") or []
    holds = {
        "In": labels.get(key) in values,
        "NotIn": labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return holds.get(str(expression.get("operator")), True)
