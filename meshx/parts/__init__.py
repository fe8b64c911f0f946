"""Parts of a mesh on their own: a control plane, and what a program adds to it piece by piece."""
