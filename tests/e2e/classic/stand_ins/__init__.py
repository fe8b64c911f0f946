"""Pilot and Citadel, as far as a machine meets them: in place of Istio's own, which no registry has any more."""
