"""A mesh as the cluster has it: meshx asks for it, reads and judges it, for the program and the doctor alike."""
