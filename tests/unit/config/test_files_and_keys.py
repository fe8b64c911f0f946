"""Files that the configuration names, and the keys by which machines are reached and known."""

import pytest


@pytest.mark.parametrize(
    ("section", "key"), [("cluster", "kubeconfigFile"), ("sidecar", "file"), ("ssh", "privateKeyFile")]
)
@pytest.mark.parametrize("name", ["missing", "charts", "~nobody-of-that-name/x", "a\0b", "x" * 5000, ""])
def test_a_file_that_is_not_there_is_refused_whatever_its_name(refused, values, section, key, name):
    values[section][key] = name
    said = refused(values)[f"meshx:{section}.{key}"]
    assert "there is no file" in said or "expected the path of a file" in said


def test_a_file_that_is_not_there_is_told_by_its_name_and_where_it_was_looked_for(refused, values, project):
    values["ssh"]["privateKeyFile"] = "missing"
    assert f"there is no file 'missing', looked for from {project}" in refused(values)["meshx:ssh.privateKeyFile"]


def test_paths_start_from_the_project_the_root_or_home(loaded, values, project, monkeypatch):
    monkeypatch.setenv("HOME", str(project))
    for written in ("id", str(project / "id"), "~/id"):
        values["ssh"]["privateKeyFile"] = written
        file = loaded(values).ssh.private_key_file
        assert (file.written, file.path) == (written, project / "id")


def test_a_public_key_is_no_key_to_log_in_with(refused, values):
    values["ssh"]["privateKeyFile"] = "id.pub"
    assert "the file without .pub" in refused(values)["meshx:ssh.privateKeyFile"]


def test_without_any_key_the_machines_are_named_that_can_not_be_logged_in_to(refused, values):
    del values["ssh"]
    values["workloads"][0]["machines"][1]["ssh"]["privateKeyFile"] = "id"
    said = refused(values)["meshx:ssh.privateKeyFile"]
    assert "for vm-1 ->" in said


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


def test_a_bastion_without_a_known_host_key_is_refused_always(refused, values):
    values["ssh"] |= {"bastion": {"host": "bastion.example.com"}, "acceptUnknownHostKey": True}
    assert "pretend to be the bastion" in refused(values)["meshx:ssh.bastion.hostKey"]


def test_a_host_key_may_have_the_comment_that_its_file_has(loaded, values, project):
    key = (project / "id.pub").read_text().strip()
    values["workloads"][0]["machines"][0]["ssh"] = {"hostKey": f"{key} root@vm-1"}
    assert loaded(values).machines[0].ssh.host_key == key


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda key: key.removeprefix("ssh-ed25519 "), "is not an SSH public key"),
        (lambda key: key[:40], "cut off or mistyped"),
        (lambda key: key[:-1] + "!", "cut off or mistyped"),
        (lambda key: key.replace("ssh-ed25519 ", "ssh-rsa "), "is not a key of that type"),
        (lambda key: f"vm-1 {key}", "is not an SSH public key"),
        (lambda _: "-----BEGIN OPENSSH PRIVATE KEY-----", "nobody but the machine may have"),
    ],
)
def test_a_host_key_that_is_none_is_told_what_it_is(refused, values, project, change, said):
    values["workloads"][0]["machines"][0]["ssh"] = {"hostKey": change((project / "id.pub").read_text().strip())}
    assert said in refused(values)["meshx:workloads[0].machines[0].ssh.hostKey"]


def test_a_host_key_file_has_one_key_in_it(refused, values, project):
    (project / "two.pub").write_text((project / "id.pub").read_text().strip() + "\n" + "ssh-rsa AAAA\n")
    values["workloads"][0]["machines"][0]["ssh"] = {"hostKeyFile": "two.pub"}
    assert "has 2 keys in it" in refused(values)["meshx:workloads[0].machines[0].ssh.hostKeyFile"]


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


@pytest.mark.parametrize(
    ("sidecar", "path", "said"),
    [
        (None, "", "every machine gets Istio's proxy"),
        ({"sha256": "ab" * 32}, "", "does not say where the package is"),
        (
            {"file": "istio-sidecar.deb", "url": "https://x.example/a.deb", "sha256": "ab" * 32},
            ".url",
            "one of the two",
        ),
        ({"url": "https://x.example/a.deb"}, ".sha256", "would run as root"),
        ({"url": "x.example/a.deb", "sha256": "ab" * 32}, ".url", "is not the URL of a package"),
        ({"url": "https://x.example/a.rpm", "sha256": "ab" * 32}, ".url", "not supported yet"),
        ({"file": "kubeconfig"}, ".file", "is not a Debian package"),
        ({"file": "istio-sidecar.deb", "sha256": "abc"}, ".sha256", "is not a SHA-256 sum"),
    ],
)
def test_a_package_that_is_missing_or_could_be_any_is_refused(refused, values, sidecar, path, said):
    values["sidecar"] = sidecar
    assert said in refused(values)[f"meshx:sidecar{path}"]


def test_a_sum_is_taken_in_capitals_too(loaded, values):
    values["sidecar"] = {"url": "https://x.example/a.deb?x=1", "sha256": "AB" * 32}
    assert loaded(values).sidecar.sha256 == "ab" * 32
