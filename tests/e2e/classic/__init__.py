"""Machines of Istio 1.1 to 1.4, on a real machine: package and control plane are our own in place of Istio's."""
