"""Remedies that several faults share."""

REPAIR = "`pulumi up --refresh`: it delivers what differs, and nothing else"
