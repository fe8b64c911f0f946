"""Secrets stand in files and keys of their own, and are in no message."""

import pytest

from meshx.config.errors.problems import ConfigurationError
from meshx.config.loading import load

PRIVATE_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n"


def test_the_private_key_may_be_a_secret_of_the_stack(values, project):
    del values["ssh"]
    configuration = load({**values, "sshPrivateKey": PRIVATE_KEY}, project, encrypted={"sshPrivateKey"})
    assert configuration.ssh_private_key.get_secret_value() == PRIVATE_KEY
    assert configuration.machines[0].ssh.private_key_file is None
    assert "c2VjcmV0" not in repr(configuration)


def test_a_secret_in_plain_text_is_refused_without_being_shown(values, project):
    with pytest.raises(ConfigurationError) as raised:
        load({**values, "sshPrivateKey": PRIVATE_KEY}, project, encrypted=())
    assert "pulumi config set --secret meshx:sshPrivateKey" in str(raised.value)
    assert "c2VjcmV0" not in str(raised.value)


def test_a_secret_inside_a_structure_is_refused_without_a_word_of_what_else_is_in_it(values, project):
    values["cluster"]["context"] = "hunter2 "
    values["cluster"]["token"] = "hunter2"
    with pytest.raises(ConfigurationError) as raised:
        load(values, project, encrypted={"cluster"})
    assert [problem.path for problem in raised.value.problems] == ["meshx:cluster"]
    assert "hunter2" not in str(raised.value)


def test_a_private_key_in_the_wrong_place_is_not_shown(values, project):
    values["ssh"] = {"privateKeyFile": PRIVATE_KEY, "user": PRIVATE_KEY, "bastion": {"host": PRIVATE_KEY}}
    values["workloads"][0]["machines"][0]["ssh"] = {"hostKey": PRIVATE_KEY, "hostKeyFile": "id"}
    values["workloads"][0]["machines"][1] |= {"address": PRIVATE_KEY, "name": PRIVATE_KEY}
    values["sidecar"] = PRIVATE_KEY
    with pytest.raises(ConfigurationError) as raised:
        load(values, project)
    assert len(raised.value.problems) >= 7
    assert "c2VjcmV0" not in str(raised.value)


def test_a_secret_that_is_no_private_key_is_refused_without_being_shown(values, project):
    del values["ssh"]
    with pytest.raises(ConfigurationError) as raised:
        load({**values, "sshPrivateKey": "hunter2"}, project, encrypted={"sshPrivateKey"})
    assert [problem.path for problem in raised.value.problems] == ["meshx:sshPrivateKey"]
    assert "hunter2" not in str(raised.value)


def test_the_private_key_comes_from_one_place(values, project):
    with pytest.raises(ConfigurationError) as raised:
        load({**values, "sshPrivateKey": PRIVATE_KEY}, project)
    assert [problem.path for problem in raised.value.problems] == ["meshx:ssh.privateKeyFile"]


@pytest.mark.parametrize(("key", "file"), [("trustKey", "ca-key.pem"), ("sshPrivateKey", "keys/id.key")])
def test_a_files_name_in_the_place_of_a_secret_is_not_called_a_secret(values, project, key, file):
    with pytest.raises(ConfigurationError) as raised:
        load({**values, key: file}, project, encrypted=())
    assert f"the key's whole text: `pulumi config set --secret meshx:{key}" in str(raised.value)
    assert "treat it as known" not in str(raised.value)


def test_what_is_no_secret_may_stand_in_plain_text(values, project):
    with pytest.raises(ConfigurationError, match="write: in plain text, if it is no secret; else the name of a file"):
        load({**values, "rollout": {"maxUnavailable": 1}}, project, encrypted={"rollout"})
