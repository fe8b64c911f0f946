"""What changes do to the machines of a mesh, and in which order those that restart sidecars go through them."""
