"""The components of Istio 1.20 and later."""
