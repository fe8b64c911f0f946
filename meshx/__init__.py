"""meshx: virtual machines and bare-metal hosts in an Istio mesh, as a Pulumi program and component library."""
