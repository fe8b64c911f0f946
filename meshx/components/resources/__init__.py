"""The resources of meshx's own plugin as the program sees them; what they do is in meshx/provider."""
