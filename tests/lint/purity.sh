#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# purity.sh ARCHIVE: what a policy is made of. ARCHIVE is the plain build of algorithms/ (no
# sanitizers, which add symbols of their own). The same archive is deployed, so it may ask its host
# for nothing but the names below, and may keep nothing between calls.
set -eu
export LC_ALL=C
archive=$1
functions='memcpy memmove memset memcmp strcmp strncmp strlen sqrt floor ceil fabs fmin fmax'
headers='stdbool.h stddef.h stdint.h string.h math.h limits.h'
status=0
found() {
    [ -z "$1" ] || { echo "$1"; status=1; }
}

# Symbols that no member defines. nm is asked for source lines, which is slow, only on a finding.
undefined=$({ nm -g --defined-only "$archive"; echo "==="; nm -u "$archive"; } |
    awk -v allowed="$functions" '
        BEGIN { split(allowed, list, " "); for (i in list) known[list[i]] = 1 }
        /^===$/ { second = 1; next }
        !second && NF == 3 { known[$3] = 1; next }
        second && ($1 == "U" || $1 == "w" || $1 == "v") && !($2 in known) { print $2 }' | sort -u)
for symbol in $undefined; do
    place=$(nm -u -l "$archive" 2>/dev/null | awk -v symbol="$symbol" '
        /\.o:$/ { member = $1 }
        $2 == symbol { place = NF > 2 ? $NF ":" : member; print place; exit }')
    found "${place#"$PWD/"} uses $symbol, which a policy may not"
done

found "$(nm -g --defined-only "$archive" | awk '
    /\.o:$/ { member = $1 }
    NF == 3 && $3 !~ /^ess_/ { print member " the public name " $3 " does not begin with ess_" }')"

# Constant tables of pointers are in .data.rel.ro and are fine; every other writable section is
# state that two peers in one process would share.
found "$(size -A "$archive" | awk '
    /\.o .*:$/ { member = $1 }
    /^\.(data|bss|tdata|tbss)/ && $1 !~ /^\.data\.rel\.ro/ && $2 > 0 {
        print member ": " $2 " bytes in " $1 ": a variable that outlives a call" }')"

for file in $(sh tests/lint/files.sh | grep '^algorithms/.*\.[ch]$'); do
    found "$(awk -v file="$file" -v allowed="$headers" '
        BEGIN { split(allowed, list, " "); for (i in list) known["<" list[i] ">"] = 1 }
        function report(what) { print file ":" FNR ": " what }
        # The guard is the first directive of a header, and its next line defines the same name.
        /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else)/ {
            if (!directives && file ~ /\.h$/ && $1 == "#ifndef") {
                guard = $2
            } else {
                report("conditional compilation, which makes two policies of one")
            }
        }
        /^[ \t]*#/ { directives++ }
        guard && directives == 2 && /^[ \t]*#/ && !($1 == "#define" && $2 == guard) {
            report("the guard " guard " is not defined on the next line")
        }
        /^[ \t]*#[ \t]*include/ {
            name = $0
            sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
            sub(/[ \t].*/, "", name)
            if (name ~ /^</ && !(name in known)) {
                report("includes " name "; a policy may include " allowed)
            }
            if (name ~ /^"/) {
                path = substr(name, 2, length(name) - 2)
                if (path !~ /\// || path ~ /\.\./ || (getline line < ("algorithms/" path)) < 0) {
                    report("includes " name ", not a \"folder/name.h\" of algorithms/")
                }
                close("algorithms/" path)
            }
        }' "$file")"
done
exit $status
