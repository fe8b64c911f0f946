"""The mesh of Istio 1.1 to 1.4, in another cluster, that machines come from."""
