"""Cluster services that machines call by `.global` names: decides what to make for each, without Pulumi resources."""
