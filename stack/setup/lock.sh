#!/bin/sh
# Writes or checks requirements.lock: every version and hash, no address, so that any mirror serves.
# usage: lock.sh write|check UV
set -eu
mode=$1; uv=$2
compile() {
    "$uv" pip compile pyproject.toml --quiet --group dev --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-emit-package heritwin-client --no-header "$@"
}
if [ "$mode" = write ]; then
    compile --upgrade --output-file requirements.lock
    exit 0
fi
fresh=$(mktemp); trap 'rm -f "$fresh"' EXIT
cp requirements.lock "$fresh"
compile --output-file "$fresh" >/dev/null
cmp -s requirements.lock "$fresh" || {
    diff -u requirements.lock "$fresh" | head -20
    echo "requirements.lock is not in step with pyproject.toml: run 'make lock'" >&2
    exit 1
}
