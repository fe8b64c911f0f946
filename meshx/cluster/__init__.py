"""The Kubernetes cluster: its API, and what is read and written there."""
