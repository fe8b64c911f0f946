"""The roots of trust of a mesh with istiod, as the cluster has them, and their change in Istio's three steps."""
