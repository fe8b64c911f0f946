"""In which order changes that restart sidecars go through the machines of a mesh."""
