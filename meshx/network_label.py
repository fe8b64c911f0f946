"""The label by which Istio knows the network of whatever bears it (istio.io/api/label, topology.istio.io/network)."""

NETWORK_LABEL = "topology.istio.io/network"
