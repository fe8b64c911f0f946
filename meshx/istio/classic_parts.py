"""The parts of Istio 1.1 to 1.4 that machines need, by the names that its charts give them."""

DEPLOYMENTS = ("istio-pilot", "istio-citadel")
"""What machines need of the control plane; beside them a gateway, and what knows *.global."""
INGRESS_GATEWAY = "istio-ingressgateway"
GLOBAL_NAMES_DEPLOYMENT = "istiocoredns"
"""What knows `*.global` beside the gateways to other networks; its Service has the same name."""
