"""Machines that are there already and are reached over SSH."""
