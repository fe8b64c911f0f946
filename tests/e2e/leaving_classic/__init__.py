"""Machines go from a mesh of 1.4 to one of istiod in another cluster."""
