"""Machines that stand in files of their own: `meshx:workloads[].machinesFrom`."""
