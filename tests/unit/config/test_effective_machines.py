"""What holds for a machine: its own keys, then its workload's, then the stack's."""

BASTION_KEY = {"hostKeyFile": "id.pub"}


def test_a_machine_that_says_little_takes_everything_from_the_stack(loaded, values, project):
    first = loaded(values).machines[0]
    assert (first.ssh.host, first.ssh.port, first.ssh.user) == ("10.77.0.11", 22, "root")
    assert first.ssh.private_key_file.path == project / "id"
    assert first.ssh.host_key == (project / "id.pub").read_text().strip()
    assert (first.ssh.bastion, first.network, first.labels) == (None, "network1", {"version": "v1"})


def test_a_machines_own_keys_stand_above_the_stacks(loaded, values):
    values["ssh"] |= {"user": "debian", "port": 2222, "connectTimeoutSeconds": 3}
    own, other = values["workloads"][0]["machines"]
    own["labels"] = {"version": "v2", "zone": "a"}
    own["ssh"] |= {"host": "vm-1.example.com", "user": "admin", "port": 22}
    first, second = loaded(values).machines
    assert (first.ssh.host, first.ssh.port, first.ssh.user) == ("vm-1.example.com", 22, "admin")
    assert (second.ssh.host, second.ssh.port, second.ssh.user) == (other["address"], 2222, "debian")
    assert (first.labels, second.labels) == ({"version": "v2", "zone": "a"}, {"version": "v1"})
    assert first.ssh.connect_timeout_seconds == 3


def test_a_bastion_is_logged_in_to_as_the_machines_user_unless_it_has_one(loaded, values):
    values["ssh"] |= {"user": "debian", "bastion": {"host": "bastion.example.com", **BASTION_KEY}}
    values["workloads"][0]["machines"][1]["ssh"]["bastion"] = {"host": "10.0.0.9", "user": "jump", **BASTION_KEY}
    first, second = (machine.ssh.bastion for machine in loaded(values).machines)
    assert (first.host, first.port, first.user) == ("bastion.example.com", 22, "debian")
    assert (second.host, second.user) == ("10.0.0.9", "jump")
    assert first.host_key.startswith("ssh-ed25519 ")


def test_a_machine_is_on_its_own_network_else_on_its_workloads_else_on_the_one_that_the_mesh_names(loaded, values):
    del values["mesh"]["network"]
    values["mesh"]["install"] = {"controlPlane": False}
    values["workloads"][0]["machines"][1]["network"] = "network2"
    configuration = loaded(values).on_network("theirs")
    assert [machine.network for machine in configuration.machines] == ["theirs", "network2"]
    assert configuration.network_of(configuration.workloads[0]) == "theirs"
    values["workloads"][0]["network"] = "network3"
    assert [machine.network for machine in loaded(values).on_network("theirs").machines] == ["network3", "network2"]
    assert [machine.network for machine in loaded(values).machines] == ["network3", "network2"]


def test_names_of_a_machine_follow_from_its_workload(loaded, values):
    values["workloads"][0]["serviceAccount"] = "web"
    machine = loaded(values).machines[0]
    assert (machine.logical_name, machine.name_in_workload) == ("vm-1", "vm/vmhttp/vm-1")
    assert machine.workload.account == "web"
    assert machine.service_host == "vm-1.vmhttp.vm.svc.cluster.local"
    assert machine.workload.host == "vmhttp.vm.svc.cluster.local"


def test_the_service_account_is_named_after_the_workload_unless_it_has_a_name(loaded, values):
    assert loaded(values).workloads[0].account == "vmhttp"


def test_a_stack_may_have_a_control_plane_and_no_machines_yet(loaded, values):
    for key in ("sidecar", "ssh", "workloads"):
        del values[key]
    assert loaded(values).machines == ()


def test_the_empty_defaults_that_pulumi_fills_in_count_as_left_out(loaded, values):
    values |= {"sshPrivateKey": "", "labels": {}, "tokens": {}}
    assert loaded(values).tokens.lifetime_seconds == 3600
    assert loaded({**values, "sidecar": {}, "workloads": []}).sidecar is None


def test_a_machine_may_have_a_package_of_its_own(loaded, values, project):
    (project / "istio-sidecar-next.deb").write_bytes(b"the next one")
    values["workloads"][0]["machines"][1]["sidecar"] = {"file": "istio-sidecar-next.deb"}
    first, second = loaded(values).machines
    assert first.sidecar.file.path == project / "istio-sidecar.deb"
    assert second.sidecar.file.path == project / "istio-sidecar-next.deb"


def test_the_stacks_package_may_be_missing_where_every_machine_has_its_own(loaded, values):
    for machine in values["workloads"][0]["machines"]:
        machine["sidecar"] = values["sidecar"]
    del values["sidecar"]
    assert all(machine.sidecar for machine in loaded(values).machines)


def test_the_lifetime_of_certificates_is_the_meshs_own_unless_it_is_written(loaded, values):
    assert loaded(values).certificates.lifetime_seconds is None
    assert loaded({**values, "certificates": {"lifetimeSeconds": 604800}}).certificates.lifetime_seconds == 604800
