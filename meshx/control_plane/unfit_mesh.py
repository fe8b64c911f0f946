"""The base of all errors that refuse another's mesh."""


class UnfitMeshError(ValueError):
    """Machines cannot join the mesh as configured; the text says why and what to do."""
