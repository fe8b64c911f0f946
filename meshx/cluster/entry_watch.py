"""The WorkloadEntries of a namespace as they change: one watch for all machines that wait for istiod.

Otherwise a hundred machines that join at once would each ask the API server again and again.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator, Mapping
from typing import Any

from meshx.cluster.cluster_client import NOT_ALLOWED, Cluster, ClusterError
from meshx.cluster.cluster_objects import changes, found, listed, part
from meshx.cluster.registration import EntryHealth, entries_path, health_of, read_entry
from meshx.plugin_base.waiting import Wait

WATCH_SECONDS = 50
"""How long one watch lasts before a new one begins."""


class EntryWatch:
    """A namespace's entries, as the cluster has them."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._path = entries_path(namespace)
        self._lock = threading.Lock()
        self._users = 0
        self._runs = False
        self.namespace = namespace
        self.entries: dict[str, dict[str, Any]] | None = None
        """By name; None while there is no watch. Each list makes a new one."""
        self.changes = 0
        """How many changes there were so far: a waiter looks again once there are more."""

    @contextlib.contextmanager
    def used(self, cluster: Cluster) -> Generator[WatchedEntries]:
        """Watch for the length of the block. `cluster` is the operation's, for its own requests."""
        with self._lock:
            self._users += 1
            if not self._runs:
                self._runs = True
                threading.Thread(target=self._run, name=self._path, daemon=True).start()
        try:
            yield WatchedEntries(self, cluster)
        finally:
            with self._lock:
                self._users -= 1

    def take(self, entry: dict[str, Any]) -> None:
        """Take in an entry as the cluster has it, unless a later state of it is known."""
        name = entry["metadata"]["name"]
        with self._lock:
            if self.entries is not None and _version(entry) >= _version(self.entries.get(name) or {}):
                self.entries[name] = entry
                self.changes += 1

    def drop(self, name: str) -> None:
        """Take in that there is no such entry."""
        with self._lock:
            if self.entries is not None and self.entries.pop(name, None) is not None:
                self.changes += 1

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
                # A waiter learns of it from its own request.
                with self._lock:
                    self.entries = None
                if error.status in NOT_ALLOWED:
                    return
                wait.pause()
                if not self._is_used():
                    return

    def _is_used(self) -> bool:
        """Whether anybody waits; if not, this thread must end, since the next waiter starts another."""
        with self._lock:
            if self._users == 0:
                self._runs, self.entries = False, None
            return self._runs

    def _list(self) -> str:
        page = found(self._cluster, self._path) or {}
        entries = {entry["metadata"]["name"]: entry for entry in page.get("items") or ()}
        with self._lock:
            self.entries = entries
            self.changes += 1
        return str(part(page, "metadata").get("resourceVersion", ""))

    def _heard(self, event: Mapping[str, Any]) -> str:
        """Take an event in, and return its resource version."""
        about: dict[str, Any] = event["object"]
        if event["type"] == "ERROR":
            raise ClusterError(f"watching {self._path}: {about.get('message')}", int(about.get("code") or 0))
        if event["type"] == "DELETED":
            self.drop(about["metadata"]["name"])
        elif event["type"] != "BOOKMARK":
            self.take(about)
        return str(about["metadata"]["resourceVersion"])


class WatchedEntries:
    """The entries as one operation sees them; without a watch each look is a request to the cluster.

    A watch may lag behind what this process itself wrote, so the first look at each list is compared with the cluster.
    """

    def __init__(self, watch: EntryWatch, cluster: Cluster) -> None:
        self._watch = watch
        self._cluster = cluster
        self._compared: object = None
        self._seen = 0

    def health(self, name: str) -> EntryHealth | None:
        """The health of an entry, None if there is no such entry; ClusterError."""
        self._seen = self._watch.changes
        known = self._watch.entries
        if known is not None and known is self._compared:
            entry = known.get(name)
        elif (entry := read_entry(self._cluster, self._watch.namespace, name)) is not None:
            self._watch.take(entry)
        else:
            self._watch.drop(name)
        self._compared = known
        return None if entry is None else health_of(entry)

    def all(self) -> list[dict[str, Any]]:
        """All entries; ClusterError."""
        self._seen = self._watch.changes
        known = self._watch.entries
        if known is not None and known is self._compared:
            return list(known.values())
        entries = list(listed(self._cluster, entries_path(self._watch.namespace)))
        for entry in entries:
            self._watch.take(entry)
        self._compared = known
        return entries

    def news(self) -> bool:
        """Whether anything changed since the last look."""
        return self._watch.changes != self._seen


def entry_watch(cluster: Cluster, namespace: str) -> EntryWatch:
    """The watch of a namespace, shared by all who use this cluster's connection."""
    with cluster.api.lock:
        watch = cluster.api.watches.get(namespace)
        if watch is None:
            watch = cluster.api.watches[namespace] = EntryWatch(cluster.impatient(), namespace)
        return watch


def _version(entry: Mapping[str, Any]) -> int:
    """Its resource version; a later one is greater (KEP-5504; before that was written, etcd's revision)."""
    return int(part(entry, "metadata").get("resourceVersion") or 0)
