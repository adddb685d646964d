#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# names.sh PAGE TREE: what a page names in `backticks` must exist in TREE: files (from the top, from
# the page's folder or from algorithms/; * and <name> stand for anything), ess_ and ESS_ names,
# functions written with (), and targets written `make target`. Prints what does not; the last line
# counts what was looked up.
set -eu
export LC_ALL=C
page=$1
cd "$2"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=$(dirname "$page")

# Fences are commands and output, which run.sh looks after.
awk '/^```/ { inside = !inside; next } !inside' "$page" | grep -o '`[^`]*`' | tr -d '`' |
    sort -u >"$work/names" || true
sh tests/lint/files.sh | grep -E '\.(c|h|sh)$|^Makefile$' | tr '\n' '\0' |
    xargs -0 grep -ohE '[A-Za-z_][A-Za-z0-9_]*' | sort -u >"$work/words"
sed -n 's/^\([a-z-]*\):.*/\1/p' Makefile | sort -u >"$work/targets"

exists() {
    for place in "$1" "$folder/$1" "algorithms/$1"; do
        # Unquoted, for its wildcards.
        for file in $place; do
            [ ! -e "$file" ] || return 0
        done
    done
    return 1
}

found=0
missing=0
look_up() {
    found=$((found + 1))
    "$@" || { echo "$page: \`$name\` does not exist"; missing=$((missing + 1)); }
}
is_word() {
    case $1 in
    *\*) grep -q "^${1%\*}" "$work/words" ;;
    *) grep -qx "$1" "$work/words" ;;
    esac
}
is_somewhere() { [ -n "$(find . -path ./build -prune -o -name "$1" -print | head -n 1)" ]; }

while IFS= read -r name; do
    pattern=$(echo "$name" | sed 's/<[a-z]*>/*/g')
    case $pattern in
    make\ *) look_up grep -qx "$(echo "$pattern" | cut -d ' ' -f 2)" "$work/targets" ;;
    *\ * | .[a-z] | .[a-z][a-z] | /* | ../* | build/* | results/* | '$'* | '<'*) ;;
    *.c | *.h | *.sh | *.json | *.md | *.csv | *.txt | */)
        case $pattern in
        */*) look_up exists "$pattern" ;;
        *.c | *.h | *.sh) look_up is_somewhere "$pattern" ;;
        *.md) look_up exists "$pattern" ;;
        esac
        ;;
    ess_* | ESS_* | *'()') look_up is_word "$(echo "$pattern" | sed 's/(.*//; s/[].[].*//')" ;;
    esac
done <"$work/names"
echo "$found names looked up, $missing missing"
[ "$missing" -eq 0 ]
