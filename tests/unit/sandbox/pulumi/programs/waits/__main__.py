"""A plugin that waits until it is interrupted, and leaves a file that says so."""

import time
from pathlib import Path

try:
    print(1, flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    Path("interrupted").touch()
