"""A policy pack that says how it was started."""

import sys

print(*sys.orig_argv[1:5])
