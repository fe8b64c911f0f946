"""Processes that outlive the command that starts them: in their own control groups, raised in order, found again."""
