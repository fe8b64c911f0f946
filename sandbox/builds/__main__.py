"""`python -m sandbox.builds`: install what the host lacks, build all artifacts, and list them."""

import os
import sys
import time
from pathlib import Path

from sandbox.builds import BuildError, host
from sandbox.builds.schedule import build_all


def main() -> int:
    """Build all, print one line an artifact; if one fails, the exit code is 1, with the reason on standard error."""
    start = time.monotonic()
    try:
        host.install_packages(_say)
        results = build_all(_say)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    _say(f"{'artifact':<16} {'MiB':>6} {'seconds':>8}")
    for result in sorted(results, key=lambda result: result.name):
        how = "built" if result.built else "cached"
        _say(f"{result.name:<16} {_bytes_below(result.folder) / 2**20:>6.0f} {result.seconds:>8.1f} {how}")
    _say(f"all in {time.monotonic() - start:.0f} s")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _bytes_below(folder: Path) -> int:
    # os.walk, unlike rglob, follows no links to folders on any version of Python.
    return sum(Path(top, name).lstat().st_size for top, _, names in os.walk(folder) for name in names)


if __name__ == "__main__":
    sys.exit(main())
