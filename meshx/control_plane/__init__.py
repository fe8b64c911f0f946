"""The control plane that machines join: installed by this stack, or adopted."""
