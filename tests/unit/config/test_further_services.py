"""Several Services on one machine: they are one workload's, since a machine has one identity."""

import copy

ADMIN = {"name": "admin", "ports": [{"name": "http-admin", "port": 80, "targetPort": 9000}]}
ONE_IDENTITY = (
    "vm-1 is a machine of another workload already: a machine has one proxy, and a proxy has one identity -> the "
    "machine under one workload, with the other's name and ports under that one's `services`\n"
)


def test_a_workload_serves_its_own_service_and_further_ones(loaded, values):
    values["workloads"][0]["services"] = [ADMIN]
    (workload,) = loaded(values).workloads
    assert [one.host for one in workload.served] == ["vmhttp.vm.svc.cluster.local", "admin.vm.svc.cluster.local"]
    assert [port.listens_on for port in workload.listening] == [8080, 9000]
    assert workload.effective_probe.tcp.port == 8080


def test_a_machine_under_two_workloads_is_refused_with_the_way_to_several_services(refused, values):
    second = {**copy.deepcopy(values["workloads"][0]), "name": "admin"}
    second["machines"] = second["machines"][:1]
    values["workloads"].append(second)
    assert refused(values) == {"meshx:workloads[1].machines[0]": ONE_IDENTITY}


def test_it_is_the_same_machine_by_its_address_whatever_its_name(refused, values):
    second = {**copy.deepcopy(values["workloads"][0]), "name": "admin"}
    second["machines"] = [{**second["machines"][0], "name": "also-vm-1"}]
    values["workloads"].append(second)
    assert refused(values) == {"meshx:workloads[1].machines[0]": ONE_IDENTITY.replace("vm-1 is", "also-vm-1 is")}


def test_machines_of_networks_apart_may_have_one_address(loaded, values):
    second = {**copy.deepcopy(values["workloads"][0]), "name": "admin", "network": "network2"}
    second["machines"] = [{**second["machines"][0], "name": "vm-9"}]
    values["workloads"].append(second)
    assert len(loaded(values).machines) == 3
