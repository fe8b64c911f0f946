"""An executor that waits until it is interrupted, and says so by a file; or that does not heed it, as configured."""

import json
import os
import signal
import sys
import time
from pathlib import Path

folder = Path(sys.argv[sys.argv.index("--pwd") + 1])
if "heeds" in json.loads(os.environ.get("PULUMI_CONFIG", "{}")):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
try:
    (folder / "waiting").touch()
    time.sleep(60)
except KeyboardInterrupt:
    (folder / "interrupted").touch()
    raise
