"""Going on after a run that was killed: what it left in the cluster is told from other people's, and taken up."""
