"""How a machine comes to be, and how it is reached."""
