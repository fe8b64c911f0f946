"""The cluster: its control plane, its one node, its DNS and load balancers, and clients for it."""
