"""meshx:gce and the `gce` of a machine or a group: Google Compute Engine instances that join by themselves."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from meshx.config.errors.words import Words, quote, refuse
from meshx.config.leaves import Kind, Leaf
from meshx.config.section import Listed, Section
from meshx.config.values.files import ProjectFile, existing_file, readable_text
from meshx.config.values.patterns import matching
from meshx.rollout.effect import COMMAND, IN_TEMPLATES, INSTANCE, NOTHING, REJOIN, RESTART

_NAME = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
_PROJECT = r"([a-z0-9.-]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]"
_LINK = r"(https://(www|compute)\.googleapis\.com/compute/v1/)?"
OTHER_SYSTEMS = ("suse-", "opensuse-", "windows-", "cos-")
"""What the projects of public images begin with that meshx can't join."""
IMAGES_OF = {
    "deb": ("debian-", "ubuntu-"),
    "rpm": ("rhel-", "centos-", "rocky-linux-", "almalinux-", "fedora-", "oracle-linux-"),
}
"""What the projects of public images begin with, by the packages that their systems take."""
DEFAULT_IMAGE = "debian-cloud/debian-12"
LONGEST_STARTUP = 65536

project_id = matching(
    _PROJECT,
    "is not the id of a project",
    "6 to 30 lower-case letters, digits and '-', as `gcloud projects list` shows it, such as my-project",
)
"""The id of a project, a domain before it where it has one."""


def zone_name(text: str) -> str:
    """A zone: a region and a letter."""
    if not re.fullmatch(r"[a-z]+(-[a-z]+)+[0-9]+-[a-z]", text):
        hint = f"{text}-b" if re.fullmatch(r"[a-z]+(-[a-z]+)+[0-9]+", text) else "europe-west1-b"
        refuse(f"{quote(text)} is not a zone", f"a region and a letter, such as {hint}")
    return text


def region_name(text: str) -> str:
    """A region, such as europe-west1."""
    if not re.fullmatch(r"[a-z]+(-[a-z]+)+[0-9]+", text):
        hint = text.rpartition("-")[0] if re.fullmatch(r"[a-z]+(-[a-z]+)+[0-9]+-[a-z]", text) else "europe-west1"
        refuse(f"{quote(text)} is not a region", f"a region without a zone's letter, such as {hint}")
    return text


machine_type = matching(
    r"[a-z][a-z0-9]*-[a-z0-9]+(-[a-z0-9]+)*", "is not a machine type", "such as e2-small or n2-custom-2-4096"
)
"""A machine type by its name, custom ones too."""


def image_name(text: str) -> str:
    """A boot image by project and name or family, or by its path; systems that meshx can't join are refused."""
    short = rf"({_PROJECT}/)?{_NAME}"
    path = rf"{_LINK}projects/{_PROJECT}/global/images/(family/)?{_NAME}"
    if not re.fullmatch(rf"{short}|{path}", text):
        refuse(
            f"{quote(text)} is not an image",
            "a project and an image or family, such as debian-cloud/debian-12, or "
            "projects/<project>/global/images/<image>",
        )
    project = re.sub(rf"^{_LINK}projects/", "", text).partition("/")[0]
    if project.startswith(OTHER_SYSTEMS):
        refuse(
            f"{quote(text)} is of a system that Istio has no package for",
            "such as debian-cloud/debian-12, or rhel-cloud/rhel-9",
        )
    return text


def image_family(text: str) -> str:
    """The family of an image's packages, "deb" or "rpm"; "" for an image that is not of a public project."""
    project = re.sub(rf"^{_LINK}projects/", "", text).partition("/")[0]
    return next((family for family, begins in IMAGES_OF.items() if project.startswith(begins)), "")


subnetwork_name = matching(
    rf"{_NAME}|{_LINK}projects/{_PROJECT}/regions/[-a-z0-9]+/subnetworks/{_NAME}",
    "is not a subnetwork",
    "its name, or projects/<project>/regions/<region>/subnetworks/<name>",
)
"""A subnetwork by its name, or by its path."""

vpc_name = matching(
    rf"{_NAME}|{_LINK}projects/{_PROJECT}/global/networks/{_NAME}",
    "is not a VPC network",
    "its name, or projects/<project>/global/networks/<name>",
)
"""A VPC network by its name, or by its path."""

network_tag = matching(_NAME, "is not a network tag", "1 to 63 lower-case letters, digits and '-', a letter first")
"""A network tag (RFC 1035)."""


def label_key(text: str) -> str:
    """The key of a label in Google Cloud."""
    if not re.fullmatch(r"[a-z][-a-z0-9_]{0,62}", text):
        refuse(f"{quote(text)} is not the key of a label in Google Cloud", "lower-case letters, digits, '-' and '_'")
    if text.startswith("meshx-"):
        refuse(f"the label {text} is meshx's own", "a label of your own, such as team")
    return text


label_value = matching(
    r"[-a-z0-9_]{0,63}", "is not the value of a label in Google Cloud", "lower-case letters, digits, '-' and '_'"
)
"""The value of a label in Google Cloud; it may be empty."""


def _startup(file: ProjectFile) -> ProjectFile:
    text = readable_text(file)
    if len(text.encode()) > LONGEST_STARTUP:
        refuse(f"{quote(file.written)} is longer than {LONGEST_STARTUP} bytes", "a script that fetches the rest")
    if "\0" in text:
        refuse(f"{quote(file.written)} is not a script: it is no text", "a script for the instance's bash")
    return file


Project = Annotated[str, AfterValidator(project_id), Words("the id of a project (text)")]
Zone = Annotated[str, AfterValidator(zone_name), Words("a zone (text)")]
Region = Annotated[str, AfterValidator(region_name), Words("a region (text)")]
MachineType = Annotated[str, AfterValidator(machine_type), Words("a machine type (text)")]
Image = Annotated[str, AfterValidator(image_name), Words("an image (text)")]
Subnetwork = Annotated[str, AfterValidator(subnetwork_name), Words("a subnetwork (text)")]
Vpc = Annotated[str, AfterValidator(vpc_name), Words("a VPC network (text)")]
NetworkTag = Annotated[str, AfterValidator(network_tag), Words("a network tag (text)")]
GceLabels = Annotated[
    dict[
        Annotated[str, AfterValidator(label_key), Words("the key of a label (text)")],
        Annotated[str, AfterValidator(label_value), Words("the value of a label (text)"), Leaf(Kind.LABEL)],
    ],
    Words("a group of labels, each a key and a text"),
]
StartupFile = Annotated[
    ProjectFile, AfterValidator(_startup), BeforeValidator(existing_file), Words("the path of a file (text)")
]


class GceDefaults(Section):
    """Defaults for instances of Compute Engine."""

    project: Annotated[Project | None, INSTANCE] = Field(
        default=None,
        description="The project of everything that the stack makes. Required if there is an instance.",
        examples=["my-project"],
    )
    zone: Annotated[Zone | None, INSTANCE] = Field(
        default=None, description="The zone of named machines.", examples=["europe-west1-b"]
    )
    region: Annotated[Region | None, IN_TEMPLATES] = Field(
        default=None, description="The region of groups. Left out: the region of `zone`.", examples=["europe-west1"]
    )
    machine_type: Annotated[MachineType, RESTART] = Field(default="e2-small", description="The machine type.")
    image: Annotated[Image, INSTANCE] = Field(
        default=DEFAULT_IMAGE, description="The boot image: Debian or Ubuntu, or RHEL and its kin; with `curl`."
    )
    disk_gb: Annotated[int, INSTANCE] = Field(
        default=10, ge=10, le=65536, description="The size of the boot disk, in GB."
    )
    vpc: Annotated[Vpc, NOTHING] = Field(default="default", description="The VPC network of the firewall rules.")
    subnetwork: Annotated[Subnetwork, INSTANCE] = Field(
        default="default", description="The subnetwork of the instances' addresses."
    )
    tags: Annotated[Listed[NetworkTag], IN_TEMPLATES] = Field(
        default=(), description="Network tags beside those of meshx's own firewall rules.", examples=[["ssh"]]
    )
    labels: Annotated[GceLabels, IN_TEMPLATES] = Field(
        default_factory=dict,
        description="Labels of everything in Google Cloud that can have labels.",
        examples=[{"team": "payments"}],
    )
    deletion_protection: Annotated[bool, NOTHING] = Field(
        default=False, description="Google refuses to delete the named instances, also for `pulumi destroy`."
    )


class InstanceKeys(Section):
    """What one instance, or all of a group, may have of its own."""

    machine_type: Annotated[MachineType | None, RESTART] = Field(
        default=None, description="The machine type. Left out: `meshx:gce.machineType`.", examples=["e2-medium"]
    )
    image: Annotated[Image | None, INSTANCE] = Field(
        default=None, description="The boot image. Left out: `meshx:gce.image`.", examples=["debian-cloud/debian-12"]
    )
    disk_gb: Annotated[int | None, INSTANCE] = Field(
        default=None,
        ge=10,
        le=65536,
        description="The size of the boot disk, in GB. Left out: `meshx:gce.diskGb`.",
        examples=[20],
    )
    subnetwork: Annotated[Subnetwork | None, INSTANCE] = Field(
        default=None, description="The subnetwork. Left out: `meshx:gce.subnetwork`.", examples=["europe"]
    )
    vpc: Annotated[Vpc | None, NOTHING] = Field(
        default=None, description="The VPC network of that subnetwork. Left out: `meshx:gce.vpc`.", examples=["shop"]
    )
    tags: Annotated[Listed[NetworkTag], IN_TEMPLATES] = Field(
        default=(), description="Network tags beside those of `meshx:gce.tags`."
    )
    startup: Annotated[StartupFile | None, COMMAND] = Field(
        default=None,
        description="Your own script, run as root at each boot once the instance has joined. Put no secret in it: "
        "everybody who may read the instance's metadata can read it.",
        examples=["scripts/start-server.sh"],
    )


class MachineGce(InstanceKeys):
    """An instance of Compute Engine, which joins by itself, without SSH."""

    zone: Annotated[Zone | None, INSTANCE] = Field(
        default=None, description="The zone. Left out: `meshx:gce.zone`.", examples=["europe-west1-b"]
    )
    deletion_protection: Annotated[bool | None, NOTHING] = Field(
        default=None,
        description="Google refuses to delete it. Left out: `meshx:gce.deletionProtection`.",
        examples=[True],
    )
    adopt: Annotated[bool, REJOIN] = Field(
        default=False,
        description="Take over the existing instance of this name, as it is. The next `up` without this key sets "
        "what is written here, and the instance joins.",
    )


class GroupGce(InstanceKeys):
    """The instances of a group, all alike, spread over the zones of a region."""

    region: Annotated[Region | None, INSTANCE] = Field(
        default=None, description="The region. Left out: `meshx:gce.region`.", examples=["europe-west1"]
    )
    zones: Annotated[Listed[Zone], INSTANCE] = Field(
        default=(), description="The zones of the region to use. Left out: all.", examples=[["europe-west1-b"]]
    )


class AutoscalingConfiguration(Section):
    """The limits of a group that scales with its load."""

    min_size: Annotated[int, NOTHING] = Field(
        ge=1, le=2000, description="The smallest number of instances.", examples=[2]
    )
    max_size: Annotated[int, NOTHING] = Field(
        ge=1, le=2000, description="The greatest number of instances.", examples=[10]
    )
    cpu_percent: Annotated[int, NOTHING] = Field(
        default=60, ge=1, le=100, description="The target CPU load, in percent."
    )


class GroupConfiguration(Section):
    """A managed group of instances in place of named machines. Google may recreate them at any time; they register
    themselves."""

    gce: GroupGce = Field(default_factory=GroupGce, description="The settings of its instances.")
    size: Annotated[int | None, NOTHING] = Field(
        default=None,
        ge=1,
        le=2000,
        description="How many instances it keeps. Required without `autoscaling`.",
        examples=[3],
    )
    autoscaling: Annotated[AutoscalingConfiguration | None, NOTHING] = Field(
        default=None, description="Limits between which its load scales it, in place of `size`."
    )
