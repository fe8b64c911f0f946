"""Whether a machine is who it says: its certificate, its machine-id, its copies, its revocation."""
