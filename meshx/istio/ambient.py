"""Pods in ambient mode: without a sidecar, in the mesh by a proxy of their node (ztunnel), and how machines meet them.

Read in Istio's source, release 1.31 unless another is named; no ztunnel was run:

- istiod knows the mode with PILOT_ENABLE_AMBIENT alone (pilot/pkg/features/ambient.go), which the charts' profile
  `ambient` sets (manifests/charts/istio-control/istio-discovery/files/profile-ambient.yaml).
- ztunnel sends HBONE (mutual TLS at port 15008) to what istiod says answers it: of a WorkloadEntry, one with the label
  `networking.istio.io/tunnel: http`; to any other in plain (pilot/pkg/serviceregistry/ambient/workloads.go,
  setTunnelProtocol; istio/ztunnel 62d8265, src/proxy/outbound.rs, build_request).
- A sidecar listens for HBONE if its metadata has ENABLE_HBONE and PILOT_ENABLE_SIDECAR_LISTENING_HBONE is not off
  (pilot/pkg/model/context.go, EnableHBONEListen; pilot/pkg/networking/core/listener_inbound.go).
- Sidecars send HBONE to pods in ambient mode, but mutual TLS to what has a sidecar, labelled or not
  (pilot/pkg/xds/endpoints/endpoint_builder.go, supportTunnel and PILOT_PREFER_SENDING_HBONE); and to such pods nothing
  through a gateway (ep_filters.go).
- ztunnel sends a Service's calls to an endpoint on another network by that network's gateway for HBONE, or not at all
  (outbound.rs, build_request_through_gateway).
"""

from __future__ import annotations

import re

from meshx.istio.versions import minor_version

DATAPLANE_LABEL, AMBIENT = "istio.io/dataplane-mode", "ambient"
"""On namespaces and pods (istio.io/api/label)."""
REDIRECTED_ANNOTATION, REDIRECTED = "ambient.istio.io/redirection", "enabled"
"""On pods whose traffic the node's proxy has, set by Istio's CNI agent (istio.io/api/annotation)."""
TUNNEL_LABEL, TUNNEL = "networking.istio.io/tunnel", "http"
ENABLE_HBONE = "ISTIO_META_ENABLE_HBONE"
AMBIENT_VARIABLE = "PILOT_ENABLE_AMBIENT"
LISTENING_VARIABLE = "PILOT_ENABLE_SIDECAR_LISTENING_HBONE"
_LABELLING = {29: 6, 30: 3}
"""The patch releases of 1.29 and 1.30 that first have it: pilot/pkg/autoregistration/controller.go,
workloadEntryFromGroup (release note 60788). 1.31.0 has it, too."""
_FIRST_LABELLING = (1, 31)
_FIRST_RESOLVING = (1, 25)
_PATCH = re.compile(r"1\.(\d+)\.(\d+)")


def labels_registered(version: str) -> bool:
    """Whether an istiod of a version labels the entries of instances whose sidecar answers HBONE. A version without its
    patch release does for certain from 1.31 on."""
    if minor_version(version) >= _FIRST_LABELLING:
        return True
    written = _PATCH.match(version)
    return written is not None and int(written[2]) >= _LABELLING.get(int(written[1]), 10**6)


def nodes_answer_names(version: str) -> bool:
    """Whether the node's proxy answers pods' look-ups, unless the chart istio-cni is told otherwise
    (manifests/charts/istio-cni/values.yaml, `ambient.dnsCapture`: true from 1.25 on)."""
    return minor_version(version) >= _FIRST_RESOLVING
