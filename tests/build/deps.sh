#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# deps.sh GROUP…: install with apt the packages of the groups (build, check, bench, validate) that
# are missing.
# Asks dpkg alone, so it takes no time and no network where everything is there.
set -eu

packages=
for group; do
    case $group in
    build) packages="$packages build-essential libgsl-dev libcjson-dev libigraph-dev
        libcunit1-dev libsqlite3-dev zlib1g-dev libglpk-dev" ;;
    # The numbered clang tools are named because layout and findings differ between versions.
    check) packages="$packages clang libclang-rt-14-dev clang-format-14 clang-tidy-14 cppcheck" ;;
    bench) packages="$packages g++ libsimgrid-dev libns3-dev pkg-config" ;;
    validate) packages="$packages g++ libsimgrid-dev libns3-dev pkg-config" ;;
    *)
        echo "deps: unknown group '$group'; there are: build check bench validate" >&2
        exit 2
        ;;
    esac
done
packages=$(echo $packages)

if ! command -v dpkg-query >/dev/null; then
    echo "deps: this is not Debian; install the counterparts of: $packages" >&2
    exit 0
fi

missing=
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $packages 2>/dev/null || true)
for package in $packages; do
    echo "$installed" | grep -qx "$package installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "deps: will install with apt:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
    # Without a terminal nobody can type a password: sudo must then do without one.
    [ -t 0 ] || as_root="sudo -n"
fi
by_hand() {
    echo "deps: cannot install here; a person with the right to may type:" >&2
    echo "    sudo sh -c 'apt-get update && apt-get install -y$missing'" >&2
    exit 1
}
if [ -n "$as_root" ] && ! { command -v sudo >/dev/null && $as_root true; }; then
    by_hand
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update || by_hand
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing ||
    by_hand
