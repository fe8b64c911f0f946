"""Values of single keys: names, addresses, versions, files, keys."""
