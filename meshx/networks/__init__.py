"""Networks of a mesh: which way calls take between them, and what they keep apart."""
