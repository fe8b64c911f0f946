"""A plugin that says its process, waits until it is interrupted, and leaves a file that says so."""

import os
import time
from pathlib import Path

try:
    print(os.getpid(), flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    Path("interrupted").touch()
