"""The parts of Istio 1.1 to 1.4 that machines need, by the names that its charts give them."""

DEPLOYMENTS = ("istio-pilot", "istio-citadel")
"""The control plane's Deployments that machines need, besides a gateway and the one that resolves *.global."""
INGRESS_GATEWAY = "istio-ingressgateway"
GLOBAL_NAMES_DEPLOYMENT = "istiocoredns"
"""The Deployment that resolves `*.global`, with gateways to other networks; its Service has the same name."""
