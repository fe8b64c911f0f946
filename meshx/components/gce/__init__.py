"""Instances of Google Compute Engine that join by themselves; imported only by stacks that have some.

Firewall rules and names are plain data in meshx/google_cloud, which the reachability model uses as well.
"""
