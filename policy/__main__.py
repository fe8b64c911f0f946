"""The process of the policy pack. The engine starts this folder with Python."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # Python puts the started folder first on the path; these modules must be importable only as policy's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

    from meshx_policy.pack import serve

    serve()
