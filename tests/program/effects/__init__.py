"""What a change of each key does to machines, held to what is registered for them (meshx/rollout/effect.py)."""
