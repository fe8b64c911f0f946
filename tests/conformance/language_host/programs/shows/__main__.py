"""A plugin that says what it was started with, complains, and fails."""

import json
import os
import sys
from pathlib import Path

print(json.dumps([sys.argv[1:], dict(os.environ), str(Path.cwd())]))
print("bad", file=sys.stderr)
sys.exit(7)
