"""The DNS stub against a stand-in of the cluster's API: what is written, when, and what is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from meshx.plugin_base.custom_resource import Operation, ResourceError, Severity
from meshx.plugin_base.property_values import UNKNOWN
from meshx.provider.dns_stub_resource import DnsStub
from tests.unit.cluster.test_corefile import KUBEADM, PART
from tests.unit.stand_ins.api_stand_in import ApiServer, StandInApi

CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/kube-system/deployments"
DAEMON_SETS = "/apis/apps/v1/namespaces/kube-system/daemonsets"
SERVICES = "/api/v1/namespaces/kube-system/services"
INPUTS: dict[str, Any] = {
    "domain": "global",
    "servers": ["10.0.0.53", "10.0.0.54:5353"],
    "kind": "auto",
    "owner": "meshx.dev",
}


@dataclass
class ClusterWithDns(StandInApi):
    """ConfigMaps of kube-system by name and the Deployments of its DNS; patches as the server applies them."""

    config_maps: dict[str, dict[str, Any]] = field(default_factory=dict)
    deployments: list[dict[str, Any]] = field(default_factory=list)
    daemon_sets: list[dict[str, Any]] = field(default_factory=list)
    services: list[dict[str, Any]] = field(default_factory=list)
    meanwhile: list[Callable[[dict[str, Any]], None]] = field(default_factory=list)
    """What others do right before our writes, one by one."""

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer."""
        self.requests.append((method, path, body))
        lists = {DEPLOYMENTS: self.deployments, DAEMON_SETS: self.daemon_sets, SERVICES: self.services}
        if path in lists:
            return 200, {"items": lists[path], "metadata": {}}
        if method == "POST":
            return 201, self.put(body["metadata"]["name"], body["data"], body["metadata"].get("annotations"))
        name = path.rpartition("/")[2]
        if name not in self.config_maps:
            return 404, {"message": f"configmaps {name} not found"}
        if method == "DELETE":
            return 200, self.config_maps.pop(name)
        if method == "PATCH":
            if self.meanwhile:
                self.meanwhile.pop(0)(self.config_maps[name])
            return self._patched(self.config_maps[name], body)
        return 200, self.config_maps[name]

    def put(self, name: str, data: dict[str, str] | None, annotations: Any = None) -> dict[str, Any]:
        metadata = {"name": name, "resourceVersion": "1", **({"annotations": annotations} if annotations else {})}
        self.config_maps[name] = {"metadata": metadata, **({"data": data} if data else {})}
        return self.config_maps[name]

    def runs(self, container: str, replicas: int = 1) -> None:
        spec = {"containers": [{"name": container, "image": f"registry.example/{container}:1"}]}
        self.deployments.append({"metadata": {}, "spec": {"replicas": replicas, "template": {"spec": spec}}})

    @staticmethod
    def _patched(config_map: dict[str, Any], operations: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        for operation in operations:
            *way, last = [part.replace("~1", "/") for part in operation["path"].split("/")[1:]]
            place = config_map
            for part in way:
                place = place[part]
            if operation["op"] == "test":
                if place.get(last) != operation["value"]:
                    return 422, {"message": "the server rejected our request due to an error in our request"}
            elif operation["op"] == "remove":
                del place[last]
            else:
                place[last] = operation["value"]
        changed(config_map)
        return 200, config_map


def changed(config_map: dict[str, Any]) -> None:
    """Count a change, as the server does."""
    config_map["metadata"]["resourceVersion"] = str(int(config_map["metadata"]["resourceVersion"]) + 1)


@dataclass
class Scene:
    """The resource, its cluster, and what was said."""

    resource: DnsStub
    cluster: ClusterWithDns
    said: list[tuple[Severity, str]] = field(default_factory=list)

    def operation(self, preview: bool = False) -> Operation:
        def log(severity: Severity, message: str) -> None:
            self.said.append((severity, message))

        return Operation(urn="u", type="meshx:index:DnsStub", name="dns-stub", preview=preview, log=log)

    def create(self, **inputs: Any) -> dict[str, Any]:
        return self.resource.create({**INPUTS, **inputs}, self.operation())[1]

    def corefile(self) -> str:
        return str(self.cluster.config_maps["coredns"]["data"]["Corefile"])

    def stub_domains(self) -> Any:
        return json.loads(self.cluster.config_maps["kube-dns"]["data"]["stubDomains"])

    def delete(self, state: dict[str, Any]) -> None:
        self.resource.delete("dns-stub", state, INPUTS, self.operation())


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    cluster = ClusterWithDns()
    server = ApiServer(cluster)
    yield Scene(DnsStub({"kubeconfigFile": str(cluster.kubeconfig(tmp_path)), "context": "tests"}), cluster)
    server.close()


@pytest.fixture
def coredns(scene: Scene) -> Scene:
    scene.cluster.runs("coredns")
    scene.cluster.put("coredns", {"Corefile": KUBEADM, "NodeHosts": "10.0.0.1 node"})
    return scene


@pytest.fixture
def kube_dns(scene: Scene) -> Scene:
    scene.cluster.runs("kubedns")
    scene.cluster.put("kube-dns", {"stubDomains": '{"corp": ["10.0.0.1"]}', "upstreamNameservers": '["8.8.8.8"]'})
    return scene


def test_coredns_gets_a_block_and_loses_it_again(coredns: Scene) -> None:
    state = coredns.create()
    assert coredns.corefile() == KUBEADM + PART
    assert (state["servedBy"], state["configMap"], state["madeConfigMap"]) == ("coredns", "kube-system/coredns", False)
    coredns.delete(state)
    assert coredns.cluster.config_maps["coredns"]["data"] == {"Corefile": KUBEADM, "NodeHosts": "10.0.0.1 node"}


def test_kube_dns_gets_a_stub_domain_and_loses_it_again(kube_dns: Scene) -> None:
    state = kube_dns.create()
    assert kube_dns.stub_domains() == {"corp": ["10.0.0.1"], "global": INPUTS["servers"]}
    assert state["servedBy"] == "kube-dns"
    kube_dns.delete(state)
    assert kube_dns.stub_domains() == {"corp": ["10.0.0.1"]}
    there = kube_dns.cluster.config_maps["kube-dns"]
    assert "annotations" not in there["metadata"]
    assert there["data"]["upstreamNameservers"] == '["8.8.8.8"]'


@pytest.mark.parametrize("data", [None, {"upstreamNameservers": "[]"}])
def test_kube_dns_without_stub_domains_is_left_as_it_was(scene: Scene, data: dict[str, str] | None) -> None:
    scene.cluster.runs("kubedns")
    before = json.dumps(scene.cluster.put("kube-dns", data, {"theirs": "x"}).get("data"))
    scene.delete(scene.create())
    there = scene.cluster.config_maps["kube-dns"]
    assert json.dumps(there.get("data") or None) == before
    assert there["metadata"]["annotations"] == {"theirs": "x"}


def test_kube_dns_without_a_config_map_gets_one_that_goes_again_unless_others_use_it(scene: Scene) -> None:
    scene.cluster.runs("kubedns")
    state = scene.create()
    assert state["madeConfigMap"]
    assert scene.stub_domains() == {"global": INPUTS["servers"]}
    scene.delete(state)
    assert "kube-dns" not in scene.cluster.config_maps
    state = scene.create()
    scene.cluster.config_maps["kube-dns"]["data"]["upstreamNameservers"] = "[]"
    scene.delete(state)
    assert scene.cluster.config_maps["kube-dns"]["data"] == {"upstreamNameservers": "[]"}


def test_what_others_write_at_the_same_moment_stays(coredns: Scene) -> None:
    def add(config_map: dict[str, Any]) -> None:
        config_map["data"]["Corefile"] += "example.org {\n    forward . 8.8.8.8\n}\n"
        changed(config_map)

    coredns.cluster.meanwhile = [add, add]
    coredns.create()
    assert coredns.corefile() == KUBEADM + "example.org {\n    forward . 8.8.8.8\n}\n" * 2 + PART
    assert len(coredns.cluster.asked("PATCH")) == 3


def test_every_write_says_which_version_it_is_of(coredns: Scene) -> None:
    coredns.delete(coredns.create())
    (first, second) = [body for method, _, body in coredns.cluster.requests if method == "PATCH"]
    assert first[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "1"}
    assert second[0] == {"op": "test", "path": "/metadata/resourceVersion", "value": "2"}


def test_what_others_changed_since_then_stays_when_ours_is_taken_out(coredns: Scene) -> None:
    state = coredns.create()
    there = coredns.cluster.config_maps["coredns"]["data"]
    there["Corefile"] = there["Corefile"].replace("cache 30\n    loop", "cache 60\n    loop") + "a.example {\n}\n"
    coredns.delete(state)
    assert coredns.corefile() == KUBEADM.replace("cache 30", "cache 60") + "a.example {\n}\n"


def test_a_run_that_was_killed_after_the_write_is_gone_on_with(coredns: Scene) -> None:
    coredns.create()
    assert coredns.corefile() == KUBEADM + PART
    coredns.create()
    assert coredns.corefile() == KUBEADM + PART


def test_a_second_deletion_finds_nothing_to_do(coredns: Scene) -> None:
    state = coredns.create()
    coredns.delete(state)
    coredns.cluster.requests.clear()
    coredns.delete(state)
    assert coredns.cluster.asked("PATCH") == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"servers": ["10.0.0.99"]}, PART.replace("10.0.0.53 10.0.0.54:5353", "10.0.0.99")),
        ({"domain": "corp"}, PART.replace("global", "corp")),
    ],
)
def test_a_change_is_one_write_in_place(coredns: Scene, change: dict[str, Any], expected: str) -> None:
    state = coredns.create()
    news = {**INPUTS, **change}
    assert not coredns.resource.diff("dns-stub", state, INPUTS, news, coredns.operation()).replaces
    coredns.cluster.requests.clear()
    coredns.resource.update("dns-stub", state, INPUTS, news, coredns.operation())
    assert coredns.corefile() == KUBEADM + expected
    assert len(coredns.cluster.asked("PATCH")) == 1


def test_a_cluster_that_changes_its_dns_takes_the_part_along(coredns: Scene) -> None:
    state = coredns.create()
    coredns.cluster.deployments.clear()
    coredns.cluster.runs("kubedns")
    after = coredns.resource.update("dns-stub", state, INPUTS, INPUTS, coredns.operation())
    assert after["servedBy"] == "kube-dns"
    assert coredns.corefile() == KUBEADM
    assert coredns.stub_domains() == {"global": INPUTS["servers"]}


def test_a_refresh_shows_other_servers_and_that_the_part_is_gone(coredns: Scene) -> None:
    state = coredns.create()
    there = coredns.cluster.config_maps["coredns"]["data"]
    there["Corefile"] = there["Corefile"].replace("10.0.0.53", "10.9.9.9")
    found = coredns.resource.read("dns-stub", INPUTS, state, coredns.operation())
    assert found.inputs["servers"] == ["10.9.9.9", "10.0.0.54:5353"]
    there["Corefile"] = KUBEADM
    assert coredns.resource.read("dns-stub", INPUTS, state, coredns.operation()).id == ""


def test_a_refresh_that_cannot_look_keeps_the_last_state_and_says_so(coredns: Scene) -> None:
    state = coredns.create()
    coredns.cluster.config_maps["coredns"]["data"]["Corefile"] = coredns.corefile().removesuffix("}\n")
    found = coredns.resource.read("dns-stub", INPUTS, state, coredns.operation())
    assert (found.id, found.outputs) == ("dns-stub", state)
    assert coredns.said[-1][0] is Severity.WARNING


def test_a_preview_says_what_will_change_and_writes_nothing(coredns: Scene) -> None:
    coredns.resource.create(dict(INPUTS), coredns.operation(preview=True))
    assert coredns.corefile() == KUBEADM
    assert coredns.said == [(Severity.INFO, "coredns in kube-system/coredns will forward global; all else in it stays")]


@pytest.mark.parametrize("dns", ["coredns", "kube_dns"])
def test_a_preview_needs_to_know_no_server_yet(request: pytest.FixtureRequest, dns: str) -> None:
    scene: Scene = request.getfixturevalue(dns)
    _, outputs = scene.resource.create({**INPUTS, "servers": [UNKNOWN]}, scene.operation(preview=True))
    assert outputs["servers"] == [UNKNOWN]
    assert "will forward global" in scene.said[-1][1]


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(
    ("corefile", "words"),
    [
        (".:53 {\n", r"Corefile of ConfigMap kube-system/coredns is left as it is: the block of .:53 is not closed"),
        ("import custom/*.server\n", r"imports server blocks from elsewhere.*coredns-custom"),
        ("global {\n}\n", r"another server block serves global"),
    ],
)
def test_a_corefile_that_cannot_take_the_part_is_refused_and_left_alone(
    coredns: Scene, preview: bool, corefile: str, words: str
) -> None:
    coredns.cluster.config_maps["coredns"]["data"]["Corefile"] = corefile
    with pytest.raises(ResourceError, match=words):
        coredns.resource.create(dict(INPUTS), coredns.operation(preview=preview))
    assert coredns.corefile() == corefile
    assert not coredns.cluster.asked("PATCH")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ('["global"]', "is not a JSON object of domains"),
        ('{"global": ["10.0.0.9"]}', "global is forwarded already, to 10.0.0.9, by others"),
    ],
)
def test_stub_domains_that_cannot_take_the_part_are_refused_and_left_alone(
    kube_dns: Scene, text: str, words: str
) -> None:
    kube_dns.cluster.config_maps["kube-dns"]["data"]["stubDomains"] = text
    with pytest.raises(ResourceError, match=words):
        kube_dns.create()
    assert kube_dns.cluster.config_maps["kube-dns"]["data"]["stubDomains"] == text


def test_a_cluster_whose_dns_is_in_no_config_map_is_refused_with_the_remedy(scene: Scene) -> None:
    scene.cluster.runs("kubedns", replicas=0)
    with pytest.raises(ResourceError, match=r"is in no ConfigMap.*Cloud DNS for GKE.*--forwarding-targets"):
        scene.create()


def test_coredns_without_its_config_map_is_refused(scene: Scene) -> None:
    scene.cluster.runs("coredns")
    with pytest.raises(ResourceError, match="its ConfigMap kube-system/coredns is missing"):
        scene.create()


def test_coredns_that_does_not_reload_is_told_to_be_restarted(coredns: Scene) -> None:
    coredns.cluster.config_maps["coredns"]["data"]["Corefile"] = KUBEADM.replace("    reload\n", "")
    coredns.create()
    assert "rollout restart deployment coredns" in coredns.said[-1][1]


def test_the_kind_that_is_written_is_not_looked_for(kube_dns: Scene) -> None:
    kube_dns.cluster.deployments.clear()
    assert kube_dns.create(kind="kube-dns")["servedBy"] == "kube-dns"


NODE_LOCAL = """\
cluster.local:53 {
    bind 169.254.20.10
    forward . __PILLAR__CLUSTER__DNS__
}
.:53 {
    bind 169.254.20.10
    forward . __PILLAR__UPSTREAM__SERVERS__
}
"""


def caches(scene: Scene, corefile: str = NODE_LOCAL, mounted: tuple[str, ...] = ("node-local-dns",)) -> None:
    """A cache of DNS on every node."""
    image = "registry.k8s.io/dns/k8s-dns-node-cache:1.26.4"
    spec = {
        "containers": [{"name": "node-cache", "image": image}],
        "volumes": [{"name": name, "configMap": {"name": name}} for name in mounted],
    }
    scene.cluster.daemon_sets.append({"metadata": {"name": "node-local-dns"}, "spec": {"template": {"spec": spec}}})
    scene.cluster.put("node-local-dns", {"Corefile": corefile})


def warnings(scene: Scene) -> list[str]:
    return [message for severity, message in scene.said if severity is Severity.WARNING]


@pytest.mark.parametrize("preview", [True, False])
def test_a_cache_that_never_asks_where_the_domain_is_forwarded_is_told_with_the_remedy(
    coredns: Scene, preview: bool
) -> None:
    caches(coredns)
    coredns.resource.create(INPUTS, coredns.operation(preview))
    assert warnings(coredns) == [
        "pods ask a cache on their node first (DaemonSet kube-system/node-local-dns), and for names below global it "
        "asks __PILLAR__UPSTREAM__SERVERS__, never coredns, where the domain is forwarded: pods do not find these "
        "names. Remedy: give Corefile of ConfigMap kube-system/node-local-dns a block for global:53, with the lines of "
        "its others and `forward . 10.0.0.53 10.0.0.54:5353`"
    ]


@pytest.mark.parametrize(
    "corefile",
    [
        NODE_LOCAL.replace("__PILLAR__UPSTREAM__SERVERS__", "__PILLAR__CLUSTER__DNS__"),
        NODE_LOCAL.replace("__PILLAR__UPSTREAM__SERVERS__", "10.96.0.10"),
        NODE_LOCAL + "global:53 {\n    forward . 10.0.0.53\n}\n",
    ],
)
def test_a_cache_that_asks_the_clusters_dns_or_the_servers_is_well(coredns: Scene, corefile: str) -> None:
    coredns.cluster.services.append({"spec": {"selector": {"k8s-app": "kube-dns"}, "clusterIP": "10.96.0.10"}})
    caches(coredns, corefile)
    coredns.create()
    assert warnings(coredns) == []


def test_a_cache_that_reads_the_stub_domains_of_kube_dns_is_well_with_them(coredns: Scene, kube_dns: Scene) -> None:
    caches(coredns, mounted=("kube-dns", "node-local-dns"))
    coredns.create()
    assert [one.rpartition("Remedy: ")[2] for one in warnings(coredns)] == [
        "write meshx:dns.kind: kube-dns, whose stub domains the cache reads as well"
    ]
    coredns.said.clear()
    coredns.create(kind="kube-dns")
    assert warnings(coredns) == []


def test_names_that_others_serve_below_the_domain_are_told(coredns: Scene) -> None:
    coredns.cluster.put("coredns", {"Corefile": KUBEADM + "bar.global:53 {\n    errors\n}\n"})
    coredns.create()
    assert warnings(coredns) == [
        "names below bar.global are not asked of 10.0.0.53, 10.0.0.54:5353: they have blocks of others in Corefile of "
        "ConfigMap kube-system/coredns. Where that is not meant, take those out"
    ]
