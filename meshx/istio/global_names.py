"""Names below `global`, as the mesh expansion guides have them."""

from ipaddress import IPv4Network

RANGE = IPv4Network("127.255.0.0/16")
"""Of the loopback range the part that Istio's guides take for this (istio.io, mesh expansion with gateways)."""
