"""Everything the sandbox builds: `artifact(name)` gives one, `build_all()` makes them all.

Each artifact is a folder under `sandbox.paths.CACHE`, named by a key of its inputs. Contents of the folders:

    etcd            etcd
    kubernetes      kubernetes, and links to it: kube-apiserver, kube-controller-manager, kube-scheduler,
                    kube-proxy, kubelet
    coredns         coredns
    pulumi          pulumi
    pulumi-executor    pulumi-language-python-exec (the SDK's runner of Python programs)
    pulumi-kubernetes  pulumi-resource-kubernetes (Pulumi's plugin for Kubernetes)
    istio           pilot-discovery, pilot-agent
    echo            echo (serve, call, pause; see sandbox/tools/echo)
    envoy           envoy
    charts          base/ istiod/ gateway/ (Istio's own Helm charts)
    image-root      root/ (the files that the images share: iptables, C library)
    machine-root    root/ (Debian 12 with systemd and sshd; without host keys, machine id and host name)
    images          pause.tar echo.tar coredns.tar pilot.tar proxyv2.tar (docker-archive)
    sidecar-package istio-sidecar.deb, istio-sidecar-next.deb (the same content as a higher version)

Only tests of other languages and of upgrades have these built:

    pulumi-yaml     pulumi-language-yaml
    pulumi-sdks     pulumi-sdks, and links to it
    istio-before    pilot-discovery, pilot-agent of the minor version before
    sidecar-package-before    istio-sidecar.deb of that version

Anyone may read all but machine-root's and image-root's contents; nobody writes into a finished folder.
"""

from sandbox.builds.catalogue import artifact
from sandbox.builds.recipe import BuildError
from sandbox.builds.schedule import Built, build_all

__all__ = ["BuildError", "Built", "artifact", "build_all"]
