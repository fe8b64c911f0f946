"""The components of Istio 1.1 to 1.4."""
