"""Machines of another family than Debian's: one whose package manager is rpm."""
