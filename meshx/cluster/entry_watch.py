"""The WorkloadEntries of a namespace as they change: one watch for all machines that wait for istiod's word.

A hundred machines that join at once would otherwise ask the API server each for itself, again and again.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator, Mapping
from typing import Any

from meshx.cluster.cluster_client import Cluster, ClusterError
from meshx.cluster.cluster_objects import changes, found, listed, part
from meshx.cluster.registration import EntryHealth, entries_path, health_of, read_entry
from meshx.plugin_base.waiting import Wait

WATCH_SECONDS = 50
"""How long one watch lasts before it is begun anew."""
_FORBIDDEN = (401, 403)


class EntryWatch:
    """What the cluster has of a namespace's entries. While it can't be watched, each question goes to the cluster."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._path = entries_path(namespace)
        self._lock = threading.Lock()
        self._users = 0
        self._runs = False
        self._entries: dict[str, dict[str, Any]] | None = None
        """By name; None while there is no watch."""
        self.changes = 0
        """How many there were so far: whoever waits looks again once there are more."""

    def health(self, cluster: Cluster, name: str) -> EntryHealth | None:
        """The health of an entry, None where there is no such entry; ClusterError, of `cluster`'s operation."""
        with self._lock:
            entry = self._entries.get(name) if self._entries is not None else None
            if self._entries is not None:
                return None if entry is None else health_of(entry)
        entry = read_entry(cluster, self._namespace, name)
        return None if entry is None else health_of(entry)

    def all(self, cluster: Cluster) -> list[dict[str, Any]]:
        """All entries; ClusterError, as above."""
        with self._lock:
            if self._entries is not None:
                return list(self._entries.values())
        return list(listed(cluster, self._path))

    @contextlib.contextmanager
    def used(self, cluster: Cluster, name: str | None = None) -> Generator[EntryWatch]:
        """Watch for the length of the block, which begins with what the cluster has now of `name`, or of all.

        The watch itself may lag behind what this very process has written. Raises ClusterError.
        """
        with self._lock:
            self._users += 1
            if not self._runs:
                self._runs = True
                threading.Thread(target=self._run, name=self._path, daemon=True).start()
        try:
            self._compare_with(cluster, name)
            yield self
        finally:
            with self._lock:
                self._users -= 1

    def _compare_with(self, cluster: Cluster, name: str | None) -> None:
        with self._lock:
            if self._entries is None:
                return
        present = listed(cluster, self._path) if name is None else [read_entry(cluster, self._namespace, name)]
        for entry in present:
            if entry is not None:
                self._take(entry)
            elif name is not None:
                self._drop(name)

    def _run(self) -> None:
        wait = Wait(threading.Event(), first=0.5, most=10.0)
        while True:
            try:
                version = self._list()
                while True:
                    if not self._is_used():
                        return
                    for event in changes(self._cluster, self._path, version, WATCH_SECONDS):
                        version = self._heard(event) or version
                    wait = Wait(threading.Event(), first=0.5, most=10.0)
            except ClusterError as error:
                # Whoever asks is told of it by the answer to its own question.
                with self._lock:
                    self._entries = None
                if error.status in _FORBIDDEN:
                    return
                wait.pause()
                if not self._is_used():
                    return

    def _is_used(self) -> bool:
        """Whether anybody waits; else this thread has to end, for the next one begins another."""
        with self._lock:
            if self._users == 0:
                self._runs, self._entries = False, None
            return self._runs

    def _list(self) -> str:
        page = found(self._cluster, self._path) or {}
        entries = {entry["metadata"]["name"]: entry for entry in page.get("items") or ()}
        with self._lock:
            self._entries = entries
            self.changes += 1
        return str(part(page, "metadata").get("resourceVersion", ""))

    def _heard(self, event: Mapping[str, Any]) -> str:
        """Take an event in, and return the resource version that it brings."""
        about: dict[str, Any] = event["object"]
        if event["type"] == "ERROR":
            raise ClusterError(f"watching {self._path}: {about.get('message')}", int(about.get("code") or 0))
        if event["type"] == "DELETED":
            self._drop(about["metadata"]["name"])
        elif event["type"] != "BOOKMARK":
            self._take(about)
        return str(about["metadata"]["resourceVersion"])

    def _take(self, entry: dict[str, Any]) -> None:
        name = entry["metadata"]["name"]
        with self._lock:
            if self._entries is not None and _version(entry) >= _version(self._entries.get(name) or {}):
                self._entries[name] = entry
                self.changes += 1

    def _drop(self, name: str) -> None:
        with self._lock:
            if self._entries is not None and self._entries.pop(name, None) is not None:
                self.changes += 1


def entry_watch(cluster: Cluster, namespace: str) -> EntryWatch:
    """The watch of a namespace, one for all who use this cluster's connection."""
    with cluster.api.lock:
        watch = cluster.api.watches.get(namespace)
        if watch is None:
            watch = cluster.api.watches[namespace] = EntryWatch(cluster.impatient(), namespace)
        return watch


def _version(entry: Mapping[str, Any]) -> int:
    """Its resource version, of which a later one is greater (KEP-5504; etcd's revision before that was written)."""
    return int(part(entry, "metadata").get("resourceVersion") or 0)
