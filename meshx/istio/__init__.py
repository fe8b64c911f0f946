"""Facts of Istio, each in one place: ports, labels, versions, identities. Imports nothing of meshx."""
