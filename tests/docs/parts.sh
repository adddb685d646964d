#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# parts.sh PAGE FOLDER: cut a page into FOLDER/NNN.run, NNN.file and NNN.prints, in its order; the
# first line of each is the command or path, the rest the fence's body.
# parts.sh --replace PAGE FOLDER: print the page with the body of each part of which there is a
# NNN.prints.new taken from that.
set -eu
export LC_ALL=C
replace=0
[ "$1" != --replace ] || { replace=1 && shift; }
awk -v folder="$2" -v replace="$replace" '
    function part(kind, first) {
        path = sprintf("%s/%03d.%s", folder, ++count, kind)
        if (!replace) print first > path
    }
    function take_over(    line) {
        while ((getline line < (path ".new")) > 0) { print line; taken = 1 }
    }
    replace && !(taken && !/^```/) { print }
    /^<!-- (file|prints): .* -->$/ {
        kind = $2
        sub(/:$/, "", kind)
        argument = $0
        sub(/^<!-- [a-z]*: /, "", argument)
        sub(/ -->$/, "", argument)
        next
    }
    /^```/ && !inside {
        inside = 1
        shell = $0 == "```sh" && !kind
        if (kind) part(kind, argument)
        if (replace && kind == "prints") take_over()
        next
    }
    /^```/ { close(path); inside = shell = taken = 0; kind = command = ""; next }
    !inside && NF && kind {
        print "no fence follows " kind ": " argument > "/dev/stderr"
        kind = ""
    }
    inside && kind { if (!replace) print > path; next }
    !shell || (!command && (/^#/ || !NF)) { next }
    { command = command $0 }
    /\\$/ { sub(/\\$/, "", command); next }
    { part("run", command); close(path); command = "" }
' "$1"
