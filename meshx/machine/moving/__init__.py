"""Machines that go from one mesh to another: whose one is, and what a preview says of one that comes over."""
