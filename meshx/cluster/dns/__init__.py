"""The cluster's DNS: what serves it, what its configuration says, and our part of that."""
