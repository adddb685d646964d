# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the test_*.sh beside it: a copy of the tree to break, and a count of what passed.
#
# Files and objects keep their times, so that make compiles in the copy only what a test changes;
# paths in the dependency files are relative and hold there. BUILD is the folder to start from.
set -u
export LC_ALL=C
: "${BUILD:=build}"
: "${CC:=gcc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
skipped=0

# copy_tree: prints the path of a new copy, without git, with the objects in its build/
copy_tree() {
    copy=$(mktemp -d "$work/copy.XXXXXX")
    sh tests/lint/files.sh | tar -cf - -T - | tar -xf - -C "$copy"
    copy_objects "$copy"
    echo "$copy"
}

copy_objects() {
    mkdir -p "$1/build"
    (
        cd "$BUILD" || exit 1
        for part in algorithms models sim analysis tests generated libessaim_*.a; do
            [ ! -e "$part" ] || find "$part" -name '*.[oda]' -o -name '*.list' -o -name '*.c'
        done | tar -cf - -T -
    ) | tar -xf - -C "$1/build"
}

# check NAME COMMAND…: the command must succeed; its output is shown where it does not
check() {
    name=$1
    shift
    echo "  $name"
    if "$@" >"$work/output" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "  FAILED $name"
        sed 's/^/      /' "$work/output"
    fi
}

note() {
    echo "      $*"
}

# finish NAME: the closing line that tests/run.sh sums
finish() {
    echo "$1: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}

# make in a copy, with the compiler of the objects it starts from
make_in() (
    cd "$1" && shift && MAKEFLAGS='' make --no-print-directory BUILD=build CC="$CC" "$@"
)
