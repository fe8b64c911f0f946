"""Pods in ambient mode, as a cluster has them."""
