#!/usr/bin/env bash
# Makes .venv with the pinned requirements. Does nothing where it is made of them already.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=${PYTHON3:-python3}
if ! command -v "$python" >/dev/null; then
    echo "error: python3 is missing: install Python 3.10 or later" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    echo "error: $("$python" --version) is too old: meshx needs Python 3.10 or later (name one with PYTHON3=...)" >&2
    exit 1
fi
# Debian keeps what `venv` needs in a package of its own.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        echo "installing python3-venv"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    else
        echo "error: Python's venv is missing: install it (on Debian: apt-get install python3-venv)" >&2
        exit 1
    fi
fi
echo "making .venv with the pinned requirements (a minute or two the first time)"
"$python" -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check --no-compile -r requirements-dev.txt
# Compiled once here, by all processors where pip would use one, and not at the start of every plugin: see docs on what
# importing costs.
.venv/bin/python -m compileall -q -j 0 .venv/lib >/dev/null || true
touch .venv/ready
