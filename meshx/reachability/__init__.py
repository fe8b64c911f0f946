"""Who reaches whom in a mesh of several networks, as Istio decides it: plain functions, without any resources."""
