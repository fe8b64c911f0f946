"""A package with the files, users and units of Istio 1.1 to 1.4's istio-sidecar.deb, which records what it is given."""
