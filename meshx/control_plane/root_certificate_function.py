"""The root certificates that istiod writes to every namespace: the function `meshx:index:rootCertificate`.

Argument: `{namespace}`. Result: `{certificate}`, PEM text: of several while a root is replaced, always in one order.
Source: istio/pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go, CACertNamespaceConfigMap.
"""

from __future__ import annotations

from meshx.cluster.certificate import in_one_form
from meshx.cluster.cluster_client import Cluster
from meshx.cluster.cluster_lookups import config_map
from meshx.istio.root_certificate import ROOT_CERTIFICATE_CONFIG_MAP, ROOT_CERTIFICATE_KEY
from meshx.plugin_base.custom_resource import ResourceError
from meshx.plugin_base.property_values import Properties


def root_certificate(cluster: Cluster, arguments: Properties) -> Properties:
    """Return the root certificate; ResourceError if istiod has written none to this namespace."""
    namespace = str(arguments["namespace"])
    certificate = (config_map(cluster, namespace, ROOT_CERTIFICATE_CONFIG_MAP) or {}).get(ROOT_CERTIFICATE_KEY, "")
    if not certificate:
        raise ResourceError(
            f"istiod has not written its root certificate ({ROOT_CERTIFICATE_KEY} of ConfigMap "
            f"{namespace}/{ROOT_CERTIFICATE_CONFIG_MAP}): see in istiod's log what keeps it from that "
            "(`kubectl logs --namespace istio-system --selector app=istiod`), and run `pulumi up` again"
        )
    return {"certificate": in_one_form(certificate)}
