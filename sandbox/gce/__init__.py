"""A stand-in for Google's Compute Engine: instances are machines of the sandbox, firewalls are packet rules."""
