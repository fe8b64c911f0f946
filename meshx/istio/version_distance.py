"""How far apart Istio lets versions be that work together, or that follow one another."""

from __future__ import annotations

MINORS_BEHIND = 1
"""How far a sidecar may be behind its control plane; it may never be ahead
(https://istio.io/latest/docs/releases/supported-releases/#control-planedata-plane-skew).
`meshx/scripts/version_order.sh` has it too, on machines."""
MINORS_IN_PLACE = 1
"""How far an istiod may go at once, up or down (https://istio.io/latest/docs/setup/upgrade/in-place)."""
MINORS_BESIDE = 2
"""How far apart two istiods may be that run beside each other (https://istio.io/latest/blog/2021/direct-upgrade)."""
