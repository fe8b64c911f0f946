"""Machines in files of their own are as if they stood in the stack's file; mistakes are told by file and line."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load
from meshx.config.moved_settings import moved_settings
from meshx.config.stack_networks import stack_networks

Values = dict[str, Any]
Files = dict[str, str | bytes]
MACHINES: list[Values] = [
    {
        "name": "vm-2",
        "address": "10.77.0.12",
        "labels": {"rack": "r1", "example.com/row.of": "7"},
        "ssh": {"hostKeyFile": "id.pub", "port": 2222},
    },
    {"name": "no", "address": "10.77.0.13", "ssh": {"acceptUnknownHostKey": True}, "renewAs": ["a@example.com", "117"]},
]
AS_CSV = """\
name,address,labels.rack,labels.example.com/row.of,ssh.hostKeyFile,ssh.port,ssh.acceptUnknownHostKey,renewAs
vm-2,10.77.0.12,r1,7,id.pub,2222,,
no,10.77.0.13,,,,,TRUE,a@example.com 117
"""
AS_YAML = """\
- name: vm-2
  address: 10.77.0.12
  labels: &rack {rack: r1, example.com/row.of: "7"}
  ssh:
    hostKeyFile: id.pub
    port: 2222
- name: no  # a text, as in the stack's file
  address: 10.77.0.13
  ssh: {acceptUnknownHostKey: true}
  renewAs: [a@example.com, "117"]
"""


@pytest.fixture
def values(values: Values) -> Values:
    """One machine in the stack's file, and more in files."""
    values["networks"] = [{"name": "network1", "apiServer": "endpoint"}]
    workload = values["workloads"][0]
    workload["machines"] = workload["machines"][:1]
    workload["machinesFrom"] = ["inventory/*"]
    return values


@pytest.fixture
def said(project: Path, values: Values, inventory: Callable[[Files], None]) -> Callable[[Files], str]:
    """What is said of files that are not to stand: the whole message but for its first line."""

    def message(files: Files) -> str:
        inventory(files)
        with pytest.raises(ConfigurationError) as raised:
            load(values, project)
        return str(raised.value).partition("\n")[2]

    return message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", AS_CSV),
        ("a.CSV", "\ufeff" + AS_CSV.replace(",", ";").replace("\n", "\r\n")),
        ("a.csv", AS_CSV.replace(",", "\t") + "\t\t\t\t\t\t\t\n\n"),
        ("a.yml", AS_YAML),
        ("a.json", json.dumps(MACHINES)),
        ("a.json", json.dumps(MACHINES, indent="\t")),
    ],
    ids=["CSV", "a spreadsheet's CSV", "with tabs", "YAML", "JSON", "JSON with tabs"],
)
def test_machines_of_a_file_are_as_if_they_stood_in_the_stacks_file(
    name: str, content: str, loaded: Callable[[Values], Any], values: Values, inventory: Callable[[Files], None]
) -> None:
    inventory({name: content})
    found = loaded(values)
    workload = values["workloads"][0]
    workload["machines"] += MACHINES
    del workload["machinesFrom"]
    assert [machine.__dict__ | {"workload": 0} for machine in found.machines] == [
        machine.__dict__ | {"workload": 0} for machine in loaded(values).machines
    ]
    assert [machine.name for machine in found.machines] == ["vm-1", "vm-2", "no"]


def test_machines_come_in_the_order_of_the_patterns_then_of_names_then_of_lines(
    loaded: Callable[[Values], Any], values: Values, inventory: Callable[[Files], None]
) -> None:
    def row(number: int) -> str:
        return f"m-{number},10.77.1.{number},id.pub\n"

    head = "name,address,ssh.hostKeyFile\n"
    inventory({"c.csv": head + row(9) + row(3), "b.csv": head + row(5), "a.csv": head + row(7), ".a.csv.swp": "x"})
    values["workloads"][0]["machinesFrom"] = ["inventory/c.csv", "inventory/*.csv"]
    assert [machine.name for machine in loaded(values).machines] == ["vm-1", "m-9", "m-3", "m-7", "m-5"]
    values["workloads"][0].pop("machines")
    assert [machine.name for machine in loaded(values).machines] == ["m-9", "m-3", "m-7", "m-5"]


def test_what_is_written_is_left_as_it_is(
    loaded: Callable[[Values], Any], values: Values, inventory: Callable[[Files], None]
) -> None:
    inventory({"a.yaml": AS_YAML})
    before = copy.deepcopy(values)
    loaded(values)
    assert values == before


def test_a_list_in_a_file_may_be_empty_and_a_group_left_to_the_defaults(
    loaded: Callable[[Values], Any], values: Values, inventory: Callable[[Files], None]
) -> None:
    values["gce"] = {"project": "my-project", "zone": "europe-west1-b"}
    values["sidecar"] = {"url": "https://example.com/istio-sidecar.deb", "sha256": "0" * 64}
    values["networks"] = [{"name": "network1", "apiServer": "gateway"}]
    inventory({"a.yaml": "[]\n", "b.json": "[]", "c.csv": "name,address\n", "d.csv": GCE})
    new = loaded(values).machines[1:]
    assert [(one.gce.zone, one.gce.shape.tags, one.gce.shape.disk_gb) for one in new] == [
        ("europe-west1-b", (), 10),
        ("europe-west1-c", ("ssh", "web"), 20),
    ]


GCE = """\
name,address,gce.zone,gce.tags,gce.diskGb,gce
vm-3,10.132.0.7,,,,{}
vm-4,10.132.0.8,europe-west1-c,ssh web,20,{}
"""


def test_all_that_is_wrong_is_told_at_once_by_file_and_line(said: Callable[[Files], str]) -> None:
    yaml_file = AS_YAML.replace("10.77.0.12", "10.77.0.11").replace("port: 2222", "port: 22x")
    csv_file = "name,address,ssh.hostKeyFile\n\nvm-2,10.77.0.300,id.pub\nvm-4,10.77.0.14\nvm-5,10.77.0.15,gone.pub\n"
    lines = said({"a.yaml": yaml_file, "b.csv": csv_file}).splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "inventory/a.yaml:2 address",
        "inventory/a.yaml:6 ssh.port",
        "inventory/b.csv:3 address",
        "inventory/b.csv:3 name",
        "inventory/b.csv:5 ssh.hostKeyFile",
        "inventory/b.csv:4",
    ]
    assert "    the address 10.77.0.11 is taken by meshx:workloads[0].machines[0].address" in lines
    assert "    the machine's name vm-2 is taken by inventory/a.yaml:1 name" in lines


@pytest.mark.parametrize(
    ("name", "content", "place", "wrong"),
    [
        ("a.yaml", "", ":1", "it is empty"),
        ("a.yaml", "# none\n\nname: vm-2\n", ":3", "it has no list of machines"),
        ("a.yaml", "- name: a\n- b: c: d\n", ":2", "it is no YAML: mapping values are not allowed in this context"),
        ("a.yaml", "- name: a\n  tab: \x07\n", ":2", "it is no YAML: control characters are not allowed"),
        ("a.yaml", "- &a [*a]\n", ":1", "an alias stands within what it is an alias of"),
        ("a.yaml", "- {? [a] : b}\n", ":1", "a key is a list or a group"),
        ("a.yaml", "- name: vm-2\n  name: vm-3\n", ":2 name", "the key stands here twice"),
        ("a.yaml", "- name: !!int vm-2\n", ":1 name", "the value is not what its tag"),
        ("a.yaml", "- vm-2\n", ":1", "expected a group of keys"),
        ("a.yaml", AS_YAML.replace("rack: r1", "rack: 1"), ":3 labels.rack", "found the number 1"),
        ("a.yaml", AS_YAML.replace("2222", "010"), ":6 ssh.port", "found the text '010'"),
        ("a.yaml", AS_YAML.replace("true}", "yes}"), ":9 ssh.acceptUnknownHostKey", "found the text 'yes'"),
        ("a.yaml", "- name: vm-2\n\n  serviceAccount: x\n", ":3 serviceAccount", "one workload is one identity"),
        ("a.yaml", "- name: vm-2\n", ":1 address", "missing"),
        ("a.json", '[\n{"name": "vm-2"},\n]', ":3", "it is no JSON"),
        ("a.json", "[" * 100_000, ":1", "it is nested too deeply"),
        ("a.json", '[\n{"name": "\\ud83d\\ude00"}]', ":2 name", "'\U0001f600' is not a DNS label"),
        ("a.csv", "", ":1", "it is empty"),
        ("a.csv", "name,adress\nvm-2,10.77.0.12\n", ":1 adress", 'unknown key "adress"'),
        ("a.csv", "name\nvm-2\n", ":1 address", "the header has no address"),
        ("a.csv", "name,address,name\n", ":1 name", "the key stands in the header twice"),
        ("a.csv", "name,address,ports\n", ":1 ports", "the workload has the ports"),
        ("a.csv", "name,address,ssh.prt\n", ":1 ssh.prt", 'unknown key "prt"'),
        ("a.csv", "name,address\nvm-2,10.77.0.12,x\n", ":2", "the row has 3 cells, and the header 2"),
        ("a.csv", "name,address,\nvm-2,10.77.0.12,x\n", ":2", "a cell has no key above it in the header"),
        ("a.csv", 'name,address\nvm-2,10.77.0.12\nvm-3,"10\n\n', ":3", "it is no CSV: unexpected end of data"),
        ("a.csv", "name,address,ssh\nvm-2,10.77.0.12,x\n", ":2 ssh", "expected a group of keys"),
        ("a.csv", "name,address,ssh.port\nvm-2,10.77.0.12,x\n", ":2 ssh.port", "found the text 'x'"),
        ("a.csv", b"name,address\nvm-2,10.77.0.12\nv\xe4m,1\n", ":3", "it is no text in UTF-8"),
        ("a.csv", AS_CSV.encode("utf-16"), ":1", "it is no text in UTF-8"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_line_and_a_remedy(
    name: str, content: str | bytes, place: str, wrong: str, said: Callable[[Files], str]
) -> None:
    lines = said({name: content}).splitlines()
    told = dict(zip(lines[::3], zip(lines[1::3], lines[2::3], strict=True), strict=True))
    found, remedy = told[f"inventory/{name}{place}"]
    assert wrong in found
    assert remedy.startswith("    write: ") and len(remedy) > len("    write: ")


@pytest.mark.parametrize(
    ("named", "wrong", "remedy"),
    [
        (
            ["inventory/shop.yaml"],
            "there is no file 'inventory/shop.yaml', looked for from",
            "that exists, relative to",
        ),
        (["inventory/*.yml"], "no file matches 'inventory/*.yml', looked for from", "a pattern that matches"),
        (["inventory"], "'inventory' is a folder", "inventory/*.yaml for its files"),
        (["inventory/a.txt"], "ends with none of .yaml, .yml, .json or .csv", "files with such a name alone"),
        (["~nobody-here/a.yaml"], "there is no file '~nobody-here/a.yaml'", "that exists"),
        (["inventory/\0.yaml"], "expected a line of text", "a text in one line"),
        ([""], "found an empty text", "a text in one line"),
        ([7], "expected a text, found the number 7", "in quotes"),
        (
            "inventory/a.csv",
            "expected a list of paths and patterns, found the text",
            'machinesFrom: ["inventory/shop.y',
        ),
        ({}, "expected a list of paths and patterns, found a group of keys", 'machinesFrom: ["inventory/shop.yaml"'),
    ],
)
def test_a_mistake_in_the_key_is_told_with_its_path(
    named: object, wrong: str, remedy: str, values: Values, said: Callable[[Files], str]
) -> None:
    values["workloads"][0]["machinesFrom"] = named
    place, found, written = said({"a.txt": "x"}).splitlines()
    assert place == f"meshx:workloads[0].machinesFrom{'[0]' if isinstance(named, list) else ''}"
    assert wrong in found and remedy in written


def test_a_file_is_read_for_one_workload(
    values: Values, refused: Callable[[Values], dict[str, str]], inventory: Callable[[Files], None]
) -> None:
    inventory({"a.yaml": AS_YAML})
    values["workloads"].append({"name": "other", "namespace": "vm", "machinesFrom": ["inventory/a.yaml"]})
    assert refused(values) == {
        "meshx:workloads[1].machinesFrom[0]": "inventory/a.yaml is read for meshx:workloads[0].machinesFrom[0] already"
        " -> each machine in the files of one workload\n"
    }


def test_a_file_that_may_not_be_read_is_told(
    values: Values,
    refused: Callable[[Values], dict[str, str]],
    inventory: Callable[[Files], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inventory({"a.yaml": AS_YAML})

    def deny(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", deny)
    assert "it can't be read: Permission denied" in refused(values)["inventory/a.yaml:1"]


def test_what_is_found_once_the_mesh_was_asked_is_told_by_file_and_line(
    project: Path, values: Values, inventory: Callable[[Files], None]
) -> None:
    inventory({"a.yaml": AS_YAML.replace("- name: no", "- network: far\n  name: no")})
    del values["mesh"]["network"]
    values["networks"] = [{"name": "far", "apiServer": "endpoint"}]
    values["mesh"] |= {"install": {"controlPlane": False, "gateway": False}, "chart": {}}
    configuration = load(values, project).on_network("network1")
    with pytest.raises(ConfigurationError) as raised:
        stack_networks(configuration, frozenset())
    assert [problem.path for problem in raised.value.problems] == ["inventory/a.yaml:7 network"]


def test_an_old_place_of_artefacts_is_warned_of_by_file_and_line(
    loaded: Callable[[Values], Any], values: Values, inventory: Callable[[Files], None]
) -> None:
    old = "https://storage.googleapis.com/istio-release/releases/1.20.0/deb/istio-sidecar.deb"
    inventory({"a.yaml": AS_YAML + f"  sidecar:\n    url: {old}\n    sha256: {'0' * 64}\n"})
    (moved,) = moved_settings(loaded(values))
    assert moved.setting == "inventory/a.yaml:12 sidecar.url"


def test_the_pages_example_stands(
    project: Path, values: Values, loaded: Callable[[Values], Any], inventory: Callable[[Files], None]
) -> None:
    page = (Path(__file__).parents[3] / "docs" / "machines.md").read_text()
    chapter = page.partition("\n## Many machines")[2].partition("\n## ")[0]
    stack, shop, rows = (text for _, text in re.findall(r"```(yaml)?\n(.*?)```", chapter, re.DOTALL))
    inventory({"shop.yaml": shop, "more.csv": rows})
    (project / "keys").mkdir()
    for number in (1, 2):
        (project / "keys" / f"shop-{number}.pub").write_text((project / "id.pub").read_text())
    (workload,) = yaml.safe_load(stack)["meshx:workloads"]
    found = loaded({**values, "workloads": [workload]}).machines
    assert [(one.name, one.ssh.host, one.labels["rack"]) for one in found] == [
        ("shop-1", "shop-1.example.com", "r1"),
        ("shop-2", "shop-2.example.com", "r1"),
        ("shop-3", "10.132.0.13", "r2"),
    ]
    assert found[2].renew_as == ("vm@my-project.iam.gserviceaccount.com", "117249582048193840210")


def test_a_machine_of_a_file_is_revoked_by_a_column(
    loaded: Callable[[Values], Any], values: Values, inventory: Callable[[Files], None]
) -> None:
    inventory({"a.csv": "name,address,ssh.hostKeyFile,revoked\nvm-2,10.77.0.12,id.pub,TRUE\nvm-3,10.77.0.13,id.pub,\n"})
    found = loaded(values)
    assert [machine.name for machine in found.machines] == ["vm-1", "vm-3"]
    assert [machine.name for machine in found.revoked_machines] == ["vm-2"]
    assert found.workloads[0].account == f"{found.workloads[0].name}.r1"


def test_numbers_in_a_list_are_read_as_numbers_and_what_is_none_is_told(
    loaded: Callable[[Values], Any], values: Values, inventory: Callable[[Files], None]
) -> None:
    head = "name,address,ssh.hostKeyFile,excludeOutboundPorts,excludeOutboundRanges,weight\n"
    inventory({"a.csv": f"{head}vm-2,10.77.0.12,id.pub,111 2049,10.9.0.0/24 10.8.0.5,3\n"})
    found = loaded(values).machines[-1]
    assert (found.uncaptured.outbound_ports, found.weight) == ((111, 2049), 3)
    assert found.uncaptured.outbound_ranges == ("10.9.0.0/24", "10.8.0.5/32")
    inventory({"a.csv": f"{head}vm-2,10.77.0.12,id.pub,111 nfs,,\n"})
    with pytest.raises(ConfigurationError, match=r"found the text 'nfs'"):
        loaded(values)
