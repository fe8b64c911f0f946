"""Cluster services offered to machines under names of their own: what is made of each, decided without resources."""
