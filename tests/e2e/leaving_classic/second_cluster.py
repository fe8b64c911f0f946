"""A second cluster beside the sandbox's: an API server and etcd of their own, with no node and no controller."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3
from kubernetes import client, config

from sandbox.kubernetes.apiserver import PKI, PORT
from sandbox.kubernetes.configuration import program
from sandbox.kubernetes.control_plane import KUBECONFIG
from sandbox.kubernetes.kubeconfig import kubeconfig
from sandbox.network.addresses import NODE_ADDRESS
from sandbox.paths import STATE

CONTEXT = "the-old-one"
PORT_OF_SECOND = PORT + 1
READY_SECONDS = 90


def both_clusters(folder: Path) -> Path:
    """A kubeconfig with the contexts of both."""
    both = json.loads(KUBECONFIG.read_text())
    second = json.loads(kubeconfig("admin", f"https://{NODE_ADDRESS}:{PORT_OF_SECOND}", CONTEXT, PKI))
    second["users"][0]["name"] = second["contexts"][0]["context"]["user"] = f"admin-of-{CONTEXT}"
    for key in ("clusters", "users", "contexts"):
        both[key] += second[key]
    file = folder / "kubeconfig"
    file.write_text(json.dumps(both))
    file.chmod(0o600)
    return file


@contextmanager
def second_cluster(folder: Path) -> Iterator[client.ApiClient]:
    """Run it until the block ends; what is in it goes with its folder."""
    moved = {
        f"--secure-port={PORT}": f"--secure-port={PORT_OF_SECOND}",
        ":2379": ":12379",
        ":2380": ":12380",
        str(STATE / "etcd"): str(folder / "etcd"),
    }
    running = [_started(program("etcd", "etcd"), moved, folder / "etcd.log")]
    try:
        running.append(_started(program("kube-apiserver"), moved, folder / "kube-apiserver.log"))
        api = _client(both_clusters(folder))
        _await(api, folder / "kube-apiserver.log")
        yield api
    finally:
        for one in reversed(running):
            one.terminate()
            one.wait(30)


def _started(command: list[str], moved: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    words = []
    for word in command:
        changed = word
        # The program's own path is none of its settings.
        if word.startswith("--"):
            for old, new in moved.items():
                changed = changed.replace(old, new)
        words.append(changed)
    return subprocess.Popen(words, stdout=log.open("wb"), stderr=subprocess.STDOUT)


def _client(file: Path) -> client.ApiClient:
    made: client.ApiClient = config.new_client_from_config(config_file=str(file), context=CONTEXT)
    made.rest_client.pool_manager.connection_pool_kw["retries"] = urllib3.Retry(0)
    return made


def _await(api: client.ApiClient, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            # It makes this namespace itself, with a UID of its own.
            client.CoreV1Api(api).read_namespace("kube-system", _request_timeout=3)
        except (client.ApiException, urllib3.exceptions.HTTPError):
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.5)
        else:
            return
