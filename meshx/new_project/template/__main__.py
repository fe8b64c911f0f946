"""Makes the mesh that the stack's file describes."""

from pathlib import Path

from meshx import mesh_from_stack_file

mesh_from_stack_file(Path(__file__).parent)
