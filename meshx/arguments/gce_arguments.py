"""Arguments of a mesh: gce. Written by `python -m meshx.config.argument_types` from the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import pulumi
    from typing_extensions import NotRequired


class GceDefaultsArgs(TypedDict):
    """Defaults for instances of Compute Engine."""

    project: NotRequired[str]
    """The project of everything that the stack makes. Required if there is an instance."""
    zone: NotRequired[str]
    """The zone of named machines."""
    region: NotRequired[str]
    """The region of groups. Left out: the region of `zone`."""
    machine_type: NotRequired[str]
    """The machine type."""
    image: NotRequired[str]
    """The boot image: Debian or Ubuntu, or RHEL and its kin; with `curl`."""
    disk_gb: NotRequired[int]
    """The size of the boot disk, in GB."""
    vpc: NotRequired[str]
    """The VPC network of the firewall rules."""
    subnetwork: NotRequired[str]
    """The subnetwork of the instances' addresses."""
    tags: NotRequired[Sequence[str]]
    """Network tags beside those of meshx's own firewall rules."""
    labels: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Labels of everything in Google Cloud that can have labels."""
    deletion_protection: NotRequired[bool]
    """Google refuses to delete the named instances, also for `pulumi destroy`."""


class MachineGceArgs(TypedDict):
    """An instance of Compute Engine, which joins by itself, without SSH."""

    machine_type: NotRequired[str]
    """The machine type. Left out: `meshx:gce.machineType`."""
    image: NotRequired[str]
    """The boot image. Left out: `meshx:gce.image`."""
    disk_gb: NotRequired[int]
    """The size of the boot disk, in GB. Left out: `meshx:gce.diskGb`."""
    subnetwork: NotRequired[str]
    """The subnetwork. Left out: `meshx:gce.subnetwork`."""
    vpc: NotRequired[str]
    """The VPC network of that subnetwork. Left out: `meshx:gce.vpc`."""
    tags: NotRequired[Sequence[str]]
    """Network tags beside those of `meshx:gce.tags`."""
    startup: NotRequired[str | PathLike[str]]
    """Your own script, run as root at each boot once the instance has joined. Put no secret in it: everybody who may
    read the instance's metadata can read it."""
    zone: NotRequired[str]
    """The zone. Left out: `meshx:gce.zone`."""
    deletion_protection: NotRequired[bool]
    """Google refuses to delete it. Left out: `meshx:gce.deletionProtection`."""
    adopt: NotRequired[bool]
    """Take over the existing instance of this name, as it is. The next `up` without this key sets what is written
    here, and the instance joins."""


class GroupGceArgs(TypedDict):
    """The instances of a group, all alike, spread over the zones of a region."""

    machine_type: NotRequired[str]
    """The machine type. Left out: `meshx:gce.machineType`."""
    image: NotRequired[str]
    """The boot image. Left out: `meshx:gce.image`."""
    disk_gb: NotRequired[int]
    """The size of the boot disk, in GB. Left out: `meshx:gce.diskGb`."""
    subnetwork: NotRequired[str]
    """The subnetwork. Left out: `meshx:gce.subnetwork`."""
    vpc: NotRequired[str]
    """The VPC network of that subnetwork. Left out: `meshx:gce.vpc`."""
    tags: NotRequired[Sequence[str]]
    """Network tags beside those of `meshx:gce.tags`."""
    startup: NotRequired[str | PathLike[str]]
    """Your own script, run as root at each boot once the instance has joined. Put no secret in it: everybody who may
    read the instance's metadata can read it."""
    region: NotRequired[str]
    """The region. Left out: `meshx:gce.region`."""
    zones: NotRequired[Sequence[str]]
    """The zones of the region to use. Left out: all."""


class AutoscalingArgs(TypedDict):
    """The limits of a group that scales with its load."""

    min_size: int
    """The smallest number of instances."""
    max_size: int
    """The greatest number of instances."""
    cpu_percent: NotRequired[int]
    """The target CPU load, in percent."""


class GroupArgs(TypedDict):
    """A managed group of instances in place of named machines. Google may recreate them at any time; they register
    themselves."""

    gce: NotRequired[GroupGceArgs]
    """The settings of its instances."""
    size: NotRequired[int]
    """How many instances it keeps. Required without `autoscaling`."""
    autoscaling: NotRequired[AutoscalingArgs]
    """Limits between which its load scales it, in place of `size`."""
