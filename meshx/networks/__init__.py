"""Networks of a mesh: the routes of calls between them, and which calls they prevent."""
