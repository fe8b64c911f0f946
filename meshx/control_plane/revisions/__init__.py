"""The control planes of a cluster by their revisions, one beside the other."""
