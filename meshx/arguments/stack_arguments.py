"""Arguments of a mesh: stack. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi
    from typing_extensions import NotRequired

    from meshx.arguments.certificates_arguments import CertificatesArgs
    from meshx.arguments.cluster_arguments import ClusterArgs
    from meshx.arguments.dns_arguments import DnsArgs
    from meshx.arguments.environment_arguments import EnvironmentArgs
    from meshx.arguments.exposed_arguments import ExposedArgs
    from meshx.arguments.former_arguments import FormerArgs
    from meshx.arguments.gce_arguments import GceDefaultsArgs
    from meshx.arguments.mesh_arguments import MeshSettingsArgs
    from meshx.arguments.networks_arguments import NetworkArgs
    from meshx.arguments.rollout_arguments import RolloutArgs
    from meshx.arguments.sidecar_arguments import SidecarArgs
    from meshx.arguments.ssh_arguments import SshDefaultsArgs
    from meshx.arguments.tokens_arguments import TokensArgs
    from meshx.arguments.trust_arguments import TrustArgs
    from meshx.arguments.workload_arguments import WorkloadArgs


class ControlPlaneArgs(TypedDict):
    """A mesh without what parts of their own may add."""

    environment: NotRequired[EnvironmentArgs]
    """The file's environment, and the cluster that belongs to it."""
    cluster: ClusterArgs
    """The Kubernetes cluster that the mesh runs on."""
    kubeconfig: NotRequired[pulumi.Input[str]]
    """The kubeconfig's text, as a secret: `pulumi config set --secret meshx:kubeconfig < file`. Instead of
    `meshx:cluster.kubeconfigFile`."""
    mesh: MeshSettingsArgs
    """The control plane, installed or adopted, and its names."""
    sidecar: NotRequired[SidecarArgs]
    """The package with the proxy, installed on every machine. Required if there is a machine."""
    ssh: NotRequired[SshDefaultsArgs]
    """How to connect to machines, unless a machine sets its own."""
    ssh_private_key: NotRequired[pulumi.Input[str]]
    """The private key to log in with, as a secret: `pulumi config set --secret meshx:sshPrivateKey < key`. Instead
    of `meshx:ssh.privateKeyFile`."""
    gce: NotRequired[GceDefaultsArgs]
    """Defaults for instances of Google Compute Engine."""
    networks: NotRequired[Sequence[NetworkArgs]]
    """Settings of machines' networks; often not needed."""
    labels: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Labels on every object that the stack makes."""
    tokens: NotRequired[TokensArgs]
    """The tokens with which machines prove their identity to istiod, until they have a certificate."""
    certificates: NotRequired[CertificatesArgs]
    """The certificates that identify machines in the mesh, once they have joined."""
    trust: NotRequired[TrustArgs]
    """The mesh's roots of trust and who issues by them. Left out: istiod makes a root of its own, or takes that of
    Secret `cacerts`."""
    trust_key: NotRequired[pulumi.Input[str]]
    """The private key of `meshx:trust.issuer`: `pulumi config set --secret meshx:trustKey < key.pem`."""
    rollout: NotRequired[RolloutArgs]
    """How changes that restart sidecars go through the machines."""
    former: NotRequired[FormerArgs]
    """The mesh of Istio 1.1 to 1.4 that machines come from: they come over in place, and both meshes trust both
    where that can be had. Leave it out once all have come."""


class MeshArgs(ControlPlaneArgs):
    """Everything that a stack's file says under `meshx:`."""

    workloads: NotRequired[Sequence[WorkloadArgs]]
    """Workloads, with their identities, ports and machines."""
    exposed: NotRequired[Sequence[ExposedArgs]]
    """Services of the cluster that machines call as `<service>.<namespace>.global`."""
    dns: NotRequired[DnsArgs]
    """A domain that the cluster's DNS forwards to another server."""
