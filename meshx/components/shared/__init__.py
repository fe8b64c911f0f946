"""Components that both Istio lines have, and the interfaces between the lines and the mesh."""
