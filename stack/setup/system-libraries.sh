#!/bin/sh
# Installs the system libraries that wheels cannot carry: what Open3D links to, and bubblewrap for the
# processing room. Without root or sudo it prints the exact command and goes on: `heritwin doctor` says
# what will not work until it is run.
set -u
libraries="libusb-1.0-0 libegl1 libgl1 libx11-6 libgomp1 bubblewrap"
missing=""
for package in $libraries "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
command="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
    run=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    run="sudo"
else
    echo "heritwin: system packages are missing. Run: sudo apt-get update && sudo $command" >&2
    exit 0
fi
echo "heritwin: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# The package lists of a fresh image are empty or old; the first try tells.
if ! $run $command >/dev/null 2>&1; then
    $run apt-get update -qq && $run $command >&2 || {
        echo "heritwin: could not install. Run: sudo apt-get update && sudo $command" >&2
        exit 0
    }
fi
