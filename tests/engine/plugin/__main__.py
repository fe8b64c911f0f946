"""A plugin of one resource, `thing:index:Thing`, to try the base and the language host with the real engine."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[3])

    from meshx.plugin_base.serving import serve
    from tests.engine.plugin.thing import ThingPlugin

    serve(ThingPlugin())
