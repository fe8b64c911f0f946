"""What meshx makes in Google Cloud, as plain data: names, tags, firewall rules."""
