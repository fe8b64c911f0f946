"""The process of the policy pack. The engine starts this folder with Python."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # Started as a folder, Python looks for modules here first; they are to be found as policy's only.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

    from policy.pack import serve

    serve()
