"""What somebody who has taken over the sidecar tries on a machine, as the user istio-proxy."""
