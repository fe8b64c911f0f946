"""The Kubernetes cluster: its API, and what meshx reads and writes there."""
