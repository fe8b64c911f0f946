"""Gateways that machines reach at no address of their own: by a host name, by other ports."""
