"""Names below `global`, as in the mesh expansion guides."""

from ipaddress import IPv4Network

RANGE = IPv4Network("127.255.0.0/16")
"""The part of the loopback range that Istio's guides use for this (istio.io, mesh expansion with gateways)."""
