"""Instances of Google Compute Engine that join by themselves; imported by stacks that have some, and no others.

Firewall rules and names are plain data in meshx/google_cloud, by which the reachability model goes as well.
"""
