#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# deps.sh with stand-ins for dpkg, apt and sudo: what it installs, as whom, and when it does not.
. tests/build/copy.sh
fake=$work/fake
mkdir "$fake"
tool() {
    printf '#!/bin/sh\n%s\n' "$2" >"$fake/$1"
    chmod +x "$fake/$1"
}
for name in sh grep echo env cat; do
    ln -s "$(command -v "$name")" "$fake/$name"
done
tool dpkg-query 'shift 3 || exit 1
    for package; do case " $HAVE " in *" $package "*) echo "$package installed" ;; esac; done'
tool apt-get 'echo "apt-get $*" >>"$TRACE"'
tool id 'echo "$WHO"'
build='build-essential libgsl-dev libcjson-dev libigraph-dev libcunit1-dev'
build="$build libsqlite3-dev libglpk-dev zlib1g-dev"

# deps WHO HAVE GROUP…
deps() {
    export WHO="$1" HAVE="$2" TRACE="$work/trace"
    shift 2
    : >"$TRACE"
    PATH=$fake sh tests/build/deps.sh "$@" >"$work/text" 2>&1 </dev/null
}
shows() {
    cat "$work/text" "$work/trace"
    grep -q -- "$1" "$work/text" "$work/trace"
}
nothing_to_do() { deps 1000 "$build" build && [ ! -s "$work/text" ] && [ ! -s "$work/trace" ]; }
check "nothing is missing: silent, no network" nothing_to_do
installs_one() { deps 0 "${build% *}" build && shows 'will install with apt: zlib1g-dev$'; }
check "says what it will install" installs_one
check "refreshes the lists first" shows 'apt-get update'
check "installs only what is missing" shows 'install -y --no-install-recommends zlib1g-dev$'
more_for_check() { deps 0 "$build" build check && shows 'install.*clang-tidy-14'; }
check "make check needs more" more_for_check
no_sudo() { ! deps 1000 "" build && [ ! -s "$work/trace" ]; }
check "neither root nor sudo: fails and installs nothing" no_sudo
check "and prints the line to type" shows "sudo sh -c 'apt-get update && apt-get install -y bui"
tool sudo '[ "$1" != -n ] || shift; "$@"'
ln -s "$(command -v true)" "$fake/true"
with_sudo() { deps 1000 "" build && shows 'apt-get install'; }
check "with sudo it installs" with_sudo
tool sudo 'exit 1'
refused() { ! deps 1000 "" build && shows 'may type'; }
check "sudo that refuses: fails with the line to type" refused
tool apt-get 'exit 100'
no_network() { ! deps 0 "" build && shows 'may type'; }
check "apt that fails: fails with the line to type" no_network
finish deps
