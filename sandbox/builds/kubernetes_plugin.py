"""What Pulumi's plugin for Kubernetes has embedded: its schema and the names of Terraform's resources.

Its module has both as they are before a release; its Makefile (target `k8sprovider`) makes of them what its own main.go
embeds, and that is not in the module. Ours embeds the same, made here.
"""

import json
from pathlib import Path

from sandbox.builds.go_command import module_folder

TOOL = "pulumi-kubernetes"
MODULE = "github.com/pulumi/pulumi-kubernetes/provider/v4"
VERSION = "4.25.0"
"""The release that the pinned commit of the module is."""

SCHEMA = "schema-embed.json"
MAPPING = "terraform-mapping-embed.json"


def embedded_files() -> dict[str, bytes]:
    """What main.go embeds, by file name: the schema with the plugin's version in it, and the mapping."""
    return embedded_from(module_folder(MODULE, TOOL) / "cmd" / "pulumi-resource-kubernetes")


def embedded_from(folder: Path) -> dict[str, bytes]:
    """The same out of `folder`, which holds schema.json and terraform-mapping.json."""
    schema = json.loads((folder / "schema.json").read_text())
    mapping = json.loads((folder / "terraform-mapping.json").read_text())
    return {SCHEMA: _compact({**schema, "version": VERSION}), MAPPING: _compact(mapping)}


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
