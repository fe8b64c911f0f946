"""Rules about the traffic of machines: where it reaches the gateway, what stays out of the mesh, and how
callers divide their calls.
"""
