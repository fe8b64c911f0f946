"""A stack goes over from an earlier meshx to this one."""
