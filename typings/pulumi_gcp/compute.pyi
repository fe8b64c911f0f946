from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

_Text = pulumi.Input[str]
_Group = Mapping[str, Any]

class Address(pulumi.CustomResource):
    address: pulumi.Output[str]
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: _Text,
        address: _Text | None = None,
        address_type: _Text | None = None,
        subnetwork: _Text | None = None,
        region: _Text | None = None,
        labels: Mapping[str, _Text] | None = None,
    ) -> None: ...

class Firewall(pulumi.CustomResource):
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: _Text,
        description: _Text | None = None,
        network: _Text,
        direction: _Text | None = None,
        allows: Sequence[_Group] | None = None,
        target_tags: Sequence[_Text] | None = None,
        source_ranges: Sequence[_Text] | None = None,
        source_tags: Sequence[_Text] | None = None,
        destination_ranges: Sequence[_Text] | None = None,
    ) -> None: ...

class Instance(pulumi.CustomResource):
    instance_id: pulumi.Output[str]
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: _Text,
        zone: _Text | None = None,
        machine_type: _Text,
        boot_disk: _Group,
        network_interfaces: Sequence[_Group],
        service_account: _Group | None = None,
        shielded_instance_config: _Group | None = None,
        tags: Sequence[_Text] | None = None,
        labels: Mapping[str, _Text] | None = None,
        metadata: Mapping[str, _Text] | None = None,
        allow_stopping_for_update: bool | None = None,
        deletion_protection: bool | None = None,
    ) -> None: ...

class RegionInstanceTemplate(pulumi.CustomResource):
    self_link: pulumi.Output[str]
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name_prefix: _Text | None = None,
        description: _Text | None = None,
        region: _Text | None = None,
        machine_type: _Text,
        disks: Sequence[_Group],
        network_interfaces: Sequence[_Group] | None = None,
        service_account: _Group | None = None,
        shielded_instance_config: _Group | None = None,
        tags: Sequence[_Text] | None = None,
        labels: Mapping[str, _Text] | None = None,
        metadata: Mapping[str, _Text] | None = None,
    ) -> None: ...

class HealthCheck(pulumi.CustomResource):
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: _Text,
        description: _Text | None = None,
        check_interval_sec: int | None = None,
        timeout_sec: int | None = None,
        healthy_threshold: int | None = None,
        unhealthy_threshold: int | None = None,
        http_health_check: _Group | None = None,
    ) -> None: ...

class RegionInstanceGroupManager(pulumi.CustomResource):
    name: pulumi.Output[str]
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: _Text,
        region: _Text | None = None,
        base_instance_name: _Text,
        distribution_policy_zones: Sequence[_Text] | None = None,
        target_size: int | None = None,
        versions: Sequence[_Group],
        update_policy: _Group | None = None,
        auto_healing_policies: _Group | None = None,
        wait_for_instances: bool | None = None,
        wait_for_instances_status: _Text | None = None,
    ) -> None: ...

class RegionAutoscaler(pulumi.CustomResource):
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: _Text,
        region: _Text | None = None,
        target: _Text,
        autoscaling_policy: _Group,
    ) -> None: ...
