#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# replay.sh PROGRAM…: run each fuzz program (…/fuzz_NAME) over tests/fuzz/corpus/NAME.
set -eu
for program; do
    name=$(basename "$program")
    name=${name#fuzz_}
    corpus=tests/fuzz/corpus/$name
    if ! [ -d "$corpus" ] || [ -z "$(ls "$corpus")" ]; then
        echo "tests/fuzz/fuzz_$name.c: has no corpus in $corpus"
        exit 1
    fi
    output=$("$program" "$corpus" 2>&1) || {
        echo "$output" | tail -n 60
        echo "fuzz $name: the last input named above breaks it"
        exit 1
    }
    echo "fuzz $name: $(echo "$output" | tail -n 1)"
done
