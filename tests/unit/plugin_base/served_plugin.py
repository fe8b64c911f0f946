"""A plugin as a process of its own, whose create waits until it is cancelled."""

from meshx.plugin_base.custom_resource import Operation, ResourceError
from meshx.plugin_base.property_values import Properties
from meshx.plugin_base.serving import serve
from tests.unit.plugin_base.plugin_for_tests import PluginForTests


def wait_to_be_cancelled(news: Properties, operation: Operation) -> tuple[str, Properties]:
    """Say that it has begun, and that it was not let to the end."""
    print("creating", flush=True)
    operation.cancelled.wait(30)
    raise ResourceError("cancelled half way")


if __name__ == "__main__":
    plugin = PluginForTests()
    plugin.resource.on["create"] = wait_to_be_cancelled
    serve(plugin)
