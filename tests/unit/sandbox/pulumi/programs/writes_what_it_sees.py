"""An executor that writes its words and its environment to a file in its folder of work."""

import json
import os
import sys
from pathlib import Path

folder = Path(sys.argv[sys.argv.index("--pwd") + 1])
(folder / "seen.json").write_text(json.dumps([sys.argv[1:], dict(os.environ)]))
