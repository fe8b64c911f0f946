"""The API versions of Istio's custom resources."""

NETWORKING = "networking.istio.io/v1"
SECURITY = "security.istio.io/v1"
CLASSIC_NETWORKING = "networking.istio.io/v1alpha3"
"""Of Istio 1.1 to 1.4."""
