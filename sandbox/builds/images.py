"""The sandbox's container images, one docker-archive file each; no registry is involved."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.builds import docker_archive
from sandbox.builds.docker_archive import Image
from sandbox.builds.go_command import TOOLS
from sandbox.builds.go_tools import istio_module
from sandbox.builds.recipe import Recipe

REPOSITORY = "localhost/meshx"
TAG = "1"
ISTIO_USER = "1337:1337"


def _build(folder: Path, needed: Mapping[str, Path]) -> None:
    for short_name, image in _images(needed).items():
        docker_archive.write(image, folder / f"{short_name}.tar")


def _images(needed: Mapping[str, Path]) -> dict[str, Image]:
    echo = {"/usr/local/bin/echo": needed["echo"] / "echo"}
    bootstrap = istio_module() / "tools/packaging/common/envoy_bootstrap.json"
    return {
        "pause": Image(full_name("pause"), echo, ["/usr/local/bin/echo", "pause"], user="65535:65535"),
        "echo": Image(full_name("echo"), echo, ["/usr/local/bin/echo"], ["serve", "0.0.0.0:8080"]),
        "coredns": Image(full_name("coredns"), {"/coredns": needed["coredns"] / "coredns"}, ["/coredns"]),
        # This and the next as pilot/docker/Dockerfile.pilot and Dockerfile.proxyv2 of istio.io/istio have them, on
        # "distroless": Istio's own variant without a shell.
        "pilot": Image(
            full_name("pilot"),
            {"/usr/local/bin/pilot-discovery": needed["istio"] / "pilot-discovery"},
            ["/usr/local/bin/pilot-discovery"],
            user=ISTIO_USER,
        ),
        "proxyv2": Image(
            full_name("proxyv2"),
            {
                "/usr/local/bin/pilot-agent": needed["istio"] / "pilot-agent",
                "/usr/local/bin/envoy": needed["envoy"] / "envoy",
                "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json": bootstrap,
            },
            ["/usr/local/bin/pilot-agent"],
            tree=needed["image-root"] / "root",
        ),
    }


def full_name(short_name: str) -> str:
    """An image's repository and tag."""
    return f"{REPOSITORY}/{short_name}:{TAG}"


RECIPE = Recipe(
    name="images",
    build=_build,
    files=(Path(__file__), Path(docker_archive.__file__), TOOLS / "istio" / "go.sum"),
    needs=("echo", "coredns", "istio", "envoy", "image-root"),
)
