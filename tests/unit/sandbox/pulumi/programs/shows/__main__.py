"""A plugin that says what it was started with, complains, and fails."""

import os
import sys
from pathlib import Path

print(sys.argv[1:], Path.cwd(), os.environ.get("GIVEN"))
print("bad", file=sys.stderr)
sys.exit(7)
