"""Machines over SSH: deliver to them, look at them, join them, restart their proxies, take them out."""
