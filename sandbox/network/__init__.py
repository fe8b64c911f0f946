"""The sandbox's networks: addresses, the namespace that holds them, and the packet rules between them."""
