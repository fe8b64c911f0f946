"""Rules about the traffic of machines: what stays out of the mesh, and how callers divide their calls."""
