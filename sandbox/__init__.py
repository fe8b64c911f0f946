"""One machine as a cloud: a Kubernetes cluster, machines and what Pulumi needs, for the dev stack and the tests."""
