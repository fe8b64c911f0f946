"""One Join with the inputs that the stack's configuration has, and its provider with the settings from there."""

import json

import pulumi

from meshx.components.resources.join import Join
from meshx.stack.meshx_provider import MachinesProvider

config = pulumi.Config("join")
provider = MachinesProvider("machines", json.loads(config.require("settings")))
Join("vm-1", json.loads(config.require("inputs")), pulumi.ResourceOptions(provider=provider))
