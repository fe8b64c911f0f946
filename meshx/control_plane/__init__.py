"""A mesh as the cluster has it: asked for, read and judged, the same for the program and for the doctor."""
