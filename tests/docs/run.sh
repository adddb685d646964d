#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh [--rewrite] [PAGE.md…]: hold the pages against the tree. Default: all pages of the tree.
#
#   ```sh                      each command is run in a copy of the tree and must succeed
#   <!-- file: PATH -->        the fence below is written to PATH in that copy
#   <!-- prints: COMMAND -->   the fence below is what COMMAND prints; --rewrite replaces it
#   `algorithms/base/view.h`   files, functions, constants and make targets that are named exist
#
# A page has one copy, and its parts act on it from top to bottom. ESS_DOCS_FAST=1: `make run` and
# `make test` are only checked to be targets, since whoever sets it runs them anyway; `make check`
# always is, since it may be what runs this. Commands that need real data are skipped without it.
. tests/build/copy.sh
: "${ESS_DOCS_FAST:=0}"
: "${DOCS_TIMEOUT_S:=300}"
tree=$PWD
rewrite=
[ "${1:-}" != --rewrite ] || { rewrite=yes && shift; }
pages=${*:-$(sh tests/lint/files.sh | grep '\.md$')}
data=${ESSAIM_DATA:-../shared/data}
if [ -d "$data" ]; then data=$(cd "$data" && pwd); else data=; fi

pass() {
    passed=$((passed + 1))
    echo "  PASS $*"
}
fail() {
    failed=$((failed + 1))
    echo "  FAIL $*"
    [ ! -s "$work/output" ] || sed 's/^/      /' "$work/output"
}
skip() {
    skipped=$((skipped + 1))
    echo "  SKIP $*"
}

# In the copy, as a reader would type it: nothing of the make that runs this test shines through.
in_copy() (
    cd "$copy" && unset BUILD MAKEFLAGS MFLAGS MAKELEVEL && export CC
    [ -z "$data" ] || export ESSAIM_DATA="$data"
    timeout "$DOCS_TIMEOUT_S" sh -c "$1" </dev/null
)

is_target() {
    # The backslash of a continued rule head is not looked for: no target of the pages has one.
    grep -qE "^$1:" "$tree/Makefile"
}

run_command() {
    : >"$work/output"
    case $1 in
    make\ *)
        target=$(echo "$1" | tr ' ' '\n' | sed -n '2,${/^[A-Z]*=/d;/^#/q;/^[a-z]/{p;q;};}')
        is_target "$target" || { fail "$1: the Makefile has no target '$target'"; return; }
        case $ESS_DOCS_FAST$target in
        ?check | 1run | 1test) pass "$1 (a target; not run here)" && return ;;
        esac
        ;;
    *ESSAIM_DATA*)
        [ -n "$data" ] || { skip "$1: no real data (set ESSAIM_DATA)"; return; }
        ;;
    esac
    if in_copy "$1" >"$work/output" 2>&1; then pass "$1"; else fail "$1 (exit status $?)"; fi
}

# $1: the command, $2: the fence's body, $3: its number among the page's parts
compare_output() {
    in_copy "$1" >"$work/printed" 2>"$work/errors" || {
        cat "$work/printed" "$work/errors" >"$work/output"
        fail "$1 (exit status $?)"
        return
    }
    if diff -u "$2" "$work/printed" >"$work/output"; then
        pass "$1: prints what the page says"
    elif [ -n "$rewrite" ]; then
        cp "$work/printed" "$3.new"
        pass "$1: output replaced in the page"
    else
        fail "$1: prints something else; sh tests/docs/run.sh --rewrite takes it over"
    fi
}

act_on_part() {
    first=$(head -n 1 "$1")
    case $1 in
    *.run) run_command "$first" ;;
    *.file) mkdir -p "$copy/$(dirname "$first")" && sed 1d "$1" >"$copy/$first" ;;
    *.prints) sed 1d "$1" >"$work/body" && compare_output "$first" "$work/body" "$1" ;;
    esac
}

act_on_page() {
    parts=$work/parts/$1
    mkdir -p "$parts"
    sh tests/docs/parts.sh "$1" "$parts" 2>"$work/output"
    [ ! -s "$work/output" ] || fail "$1 is well formed"
    copy=$tree
    [ -n "$(ls "$parts")" ] || return 0
    copy=$(copy_tree)
    # Objects that come from another folder must still know the headers they depend on.
    find "$copy/build" -name '*.d' -exec sed -i "s|$BUILD/|build/|g" {} +
    make_in "$copy" -j2 all >"$work/output" 2>&1 || { fail "the copy for $1 builds"; return 0; }
    for part in "$parts"/*; do
        act_on_part "$part"
    done
    if ls "$parts" | grep -q '\.new$'; then
        sh tests/docs/parts.sh --replace "$1" "$parts" >"$work/page" && cat "$work/page" >"$1"
    fi
}

for page in $pages; do
    echo "$page"
    act_on_page "$page"
    if sh tests/docs/names.sh "$page" "$copy" >"$work/output"; then
        pass "$page: $(tail -n 1 "$work/output")"
    else
        fail "$page names what does not exist"
    fi
    [ "$copy" = "$tree" ] || rm -rf "$copy"
done
finish docs
