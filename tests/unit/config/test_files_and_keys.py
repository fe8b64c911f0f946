"""Files that the configuration names, and the keys by which machines are reached and known."""

import pytest


@pytest.mark.parametrize(
    ("section", "key"), [("cluster", "kubeconfigFile"), ("sidecar", "file"), ("ssh", "privateKeyFile")]
)
@pytest.mark.parametrize("name", ["missing", "~nobody-of-that-name/x", "a\0b", "x" * 5000, ""])
def test_a_file_that_is_not_there_is_refused_whatever_its_name(refused, values, section, key, name):
    values[section][key] = name
    said = refused(values)[f"meshx:{section}.{key}"]
    assert "there is no file" in said or "expected the path of a file" in said


def test_paths_start_from_the_project_the_root_or_home(loaded, values, project, monkeypatch):
    monkeypatch.setenv("HOME", str(project))
    for written in ("id", str(project / "id"), "~/id"):
        values["ssh"]["privateKeyFile"] = written
        file = loaded(values).ssh.private_key_file
        assert (file.written, file.path) == (written, project / "id")


def test_without_any_key_the_machines_are_named_that_can_not_be_logged_in_to(refused, values):
    del values["ssh"]
    values["workloads"][0]["machines"][1]["ssh"]["privateKeyFile"] = "id"
    said = refused(values)["meshx:ssh.privateKeyFile"]
    assert "to log in to vm-1 with ->" in said


def test_the_name_of_a_variable_is_a_key_to_log_in_with(loaded, values):
    values["ssh"] = {"privateKeyVariable": "MESHX_SSH_PRIVATE_KEY"}
    assert loaded(values).ssh.private_key_variable == "MESHX_SSH_PRIVATE_KEY"


def test_a_machine_without_a_known_host_key_is_refused_unless_the_stack_says_so(refused, loaded, values):
    machine = values["workloads"][0]["machines"][0]
    machine["ssh"] = {}
    assert "acceptUnknownHostKey: true" in refused(values)["meshx:workloads[0].machines[0].ssh.hostKey"]
    del machine["ssh"]
    assert "meshx:workloads[0].machines[0].ssh.hostKey" in refused(values)
    machine["ssh"] = {"acceptUnknownHostKey": True}
    assert [bool(machine.ssh.host_key) for machine in loaded(values).machines] == [False, True]
    values["ssh"]["acceptUnknownHostKey"] = True
    machine["ssh"] = {"acceptUnknownHostKey": False}
    assert "meshx:workloads[0].machines[0].ssh.hostKey" in refused(values)


def test_a_host_key_may_have_the_comment_that_its_file_has(loaded, values, project):
    key = (project / "id.pub").read_text().strip()
    values["workloads"][0]["machines"][0]["ssh"] = {"hostKey": f"{key} root@vm-1"}
    assert loaded(values).machines[0].ssh.host_key == key


RSA = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDX"
SCANNED = """\
# vm-1:22 SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7
vm-1 {rsa}
# vm-1:22 SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7
vm-1 {key}
"""


@pytest.mark.parametrize(
    "line",
    [
        "{key}",
        "{key} root@vm-1",
        "vm-1 {key}",
        "vm-1.example.com,10.77.0.11 {key} a comment",
        "[vm-1.example.com]:2222 {key}",
        "|1|sYJbwvJe8hXt0kq1TR7Hq9sZyBk=|Rb5uKCKFzmBg4cAn9qkEC2p3wQU= {key}",
        SCANNED,
    ],
    ids=["public", "with a comment", "scanned", "two names", "a port", "hashed", "all that ssh-keyscan prints"],
)
@pytest.mark.parametrize("where", ["hostKey", "hostKeyFile"])
def test_a_host_key_is_taken_as_ssh_keyscan_and_known_hosts_write_it(loaded, values, project, line, where):
    key = (project / "id.pub").read_text().strip()
    written = line.format(key=key, rsa=RSA)
    (project / "scanned").write_text(written)
    values["workloads"][0]["machines"][0]["ssh"] = {where: written if where == "hostKey" else "scanned"}
    assert loaded(values).machines[0].ssh.host_key == key


def test_a_bastion_has_a_key_of_its_own_or_the_machines(loaded, values, project):
    (project / "bastion-key").write_text((project / "id").read_text())
    bastion = {"host": "bastion.example.com", "hostKeyFile": "id.pub"}
    values["ssh"]["bastion"] = bastion
    assert loaded(values).machines[0].ssh.bastion_key_file is None
    bastion["privateKeyFile"] = "bastion-key"
    assert loaded(values).machines[0].ssh.bastion_key_file.written == "bastion-key"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda key: key.removeprefix("ssh-ed25519 "), "is not an SSH public key"),
        (lambda key: key[:40], "cut off or mistyped"),
        (lambda key: key[:-1] + "!", "cut off or mistyped"),
        (lambda key: key.replace("ssh-ed25519 ", "ssh-rsa "), "is not a key of that type"),
        (lambda _: "-----BEGIN OPENSSH PRIVATE KEY-----", "nobody but the machine may have"),
    ],
)
def test_a_host_key_that_is_none_is_told_what_it_is(refused, values, project, change, said):
    values["workloads"][0]["machines"][0]["ssh"] = {"hostKey": change((project / "id.pub").read_text().strip())}
    assert said in refused(values)["meshx:workloads[0].machines[0].ssh.hostKey"]


def test_a_host_key_is_given_in_one_way(refused, values, project):
    machine = values["workloads"][0]["machines"][0]
    machine["ssh"] |= {"hostKey": (project / "id.pub").read_text().strip()}
    assert "one of the two" in refused(values)["meshx:workloads[0].machines[0].ssh.hostKeyFile"]


def test_a_context_that_the_kubeconfig_does_not_have_is_answered_with_those_that_it_has(refused, values):
    values["cluster"]["context"] = "somwhere"
    assert "context: somewhere (it has somewhere, elsewhere)" in refused(values)["meshx:cluster.context"]


@pytest.mark.parametrize("content", ["", "a: [", "[1, 2]", "contexts: {}", "\0", "contexts: [{name: 7}]"])
def test_a_file_that_is_no_kubeconfig_is_refused_as_such(refused, values, project, content):
    (project / "other").write_text(content)
    values["cluster"]["kubeconfigFile"] = "other"
    assert "is not a kubeconfig" in refused(values)["meshx:cluster.kubeconfigFile"]


def test_a_sum_is_taken_in_capitals_too(loaded, values):
    values["sidecar"] = {"url": "https://x.example/a.deb?x=1", "sha256": "AB" * 32}
    assert loaded(values).sidecar.sha256 == "ab" * 32


def test_of_many_machines_without_a_key_the_first_are_named(refused, values):
    machine = values["workloads"][0]["machines"][0]
    del values["ssh"]["privateKeyFile"]
    values["workloads"][0]["machines"] = [
        {**machine, "name": f"m-{number}", "address": f"10.77.1.{number}"} for number in range(1, 201)
    ]
    assert "log in to m-1, m-2, m-3 and 197 more with" in refused(values)["meshx:ssh.privateKeyFile"]
