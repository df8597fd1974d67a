#!/bin/sh
# Prints the path of a usable uv: the machine's own, or one fetched into .venv/uv with whatever this Python has.
set -eu
here=$1
python=$2
if command -v uv >/dev/null 2>&1; then command -v uv; exit 0; fi
if [ ! -x "$here/bin/uv" ]; then
    mkdir -p "$here"
    {
        "$python" -m pip --version >/dev/null 2>&1 || "$python" -m venv "$here/pip" || {
            # Debian keeps ensurepip in a package of its own.
            "$(dirname "$0")/system-libraries.sh" python3-venv python3-pip
            "$python" -m venv "$here/pip"
        }
        pip="$python -m pip"
        [ -x "$here/pip/bin/python" ] && pip="$here/pip/bin/python -m pip"
        $pip install --quiet --disable-pip-version-check --target "$here" "uv>=0.9"
    } >&2
fi
echo "$here/bin/uv"
