"""Processes that outlive the command that starts them: in control groups of their own, raised in order, found again."""
