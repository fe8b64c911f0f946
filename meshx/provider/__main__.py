"""The process of meshx's plugin. The language host starts this folder with Python."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # If Python starts a folder, it looks for modules there first; these are to be found as meshx.provider's only.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

    from meshx.plugin_base.sdk_messages import load_messages_only

    load_messages_only()

    from meshx.plugin_base.serving import serve
    from meshx.provider.meshx_plugin import MeshxPlugin

    serve(MeshxPlugin())
