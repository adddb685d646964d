#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/golden/run.sh sees a change of output, of exit status, and a file that no case owns.
. tests/build/copy.sh
mkdir -p "$work/tests/golden"
cp tests/golden/run.sh "$work/tests/golden"
cases=$work/tests/golden/cases.txt
golden() (cd "$work" && sh tests/golden/run.sh "$@")
differs() { ! golden; }

printf '# comment\n\nhello|echo hello; echo oops >&2; echo $OUT; false\n' >"$cases"
check "rewriting writes" golden --rewrite
written() { printf 'hello\noops\n$OUT\n[exit 1]\n' | diff - "$work/tests/golden/hello.out"; }
check "both streams, no path of this machine, the exit status" written
check "the same output passes" golden
printf 'hello|echo goodbye; false\n' >"$cases"
check "another output is seen" differs
printf 'hello|echo hello; echo oops >&2; echo $OUT\n' >"$cases"
check "another exit status is seen" differs
printf 'other|echo\n' >"$cases"
golden --rewrite >/dev/null
check "a file without a case is seen" differs
finish golden
