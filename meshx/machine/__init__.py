"""Machines over SSH: delivered to, observed, joined, restarted, taken out."""
