"""What all refusals of a mesh of others have in common."""


class UnfitMeshError(ValueError):
    """What was found is no mesh that machines can join as configured; the text says why and what to do."""
