#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh [--rewrite]: compare what the program prints with what it printed when last reviewed.
#
# tests/golden/cases.txt holds `name|command` lines, run from the top of the tree by sh with
# $BUILD/essaim reachable as `essaim` and an empty folder as $OUT. What both streams say, and the
# exit status, is compared with tests/golden/NAME.out.
set -eu
export LC_ALL=C
folder=tests/golden
PATH=$PWD/${BUILD:-build}:$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rewrite=
[ "${1:-}" != --rewrite ] || rewrite=yes

count=0
failed=0
names=$work/names
: >"$names"
[ -f $folder/cases.txt ] || { echo "golden: there is no $folder/cases.txt" && exit 1; }
while IFS='|' read -r name command; do
    case $name in '' | '#'*) continue ;; esac
    count=$((count + 1))
    echo "$name.out" >>"$names"
    OUT=$work/out-$name
    export OUT
    mkdir "$OUT"
    status=0
    sh -c "$command" >"$work/text" 2>&1 </dev/null || status=$?
    # A path of this machine must not get into a golden file.
    sed "s|$OUT|\$OUT|g" "$work/text" >"$work/$name.out"
    echo "[exit $status]" >>"$work/$name.out"
    if [ -n "$rewrite" ]; then
        cp "$work/$name.out" "$folder/$name.out"
    elif ! diff -u "$folder/$name.out" "$work/$name.out"; then
        echo "golden: $name differs; the command is: $command"
        failed=$((failed + 1))
    fi
done <$folder/cases.txt

for file in "$folder"/*.out; do
    [ -f "$file" ] || continue
    grep -qx "$(basename "$file")" "$names" && continue
    echo "golden: $file belongs to no case"
    failed=$((failed + 1))
done
if [ -n "$rewrite" ]; then
    echo "golden: $count cases written; review them with git diff $folder"
else
    echo "golden: $count cases, $failed differ"
fi
[ "$failed" -eq 0 ]
