"""The cluster's DNS: which server it is, what its configuration says, and meshx's part of that."""
