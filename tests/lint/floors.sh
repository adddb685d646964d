#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# floors.sh: a file includes from its own floor or below (ARCHITECTURE.md), a library's header
# stands only where it is converted. The table says it all: files that begin so | may include.
set -eu
export LC_ALL=C
sh tests/lint/files.sh | grep -E '^(algorithms|sim|models|analysis|runtime)/.*\.[ch]$' |
    xargs awk '
    function floor(name, allowed) { floors[++count] = name; below[name] = allowed }
    BEGIN {
        base = "algorithms/base/"
        ground = "algorithms/ sim/engine/ models/"
        middle = ground " sim/scenario/ sim/world/"
        # The longest beginning is listed first.
        floor("algorithms/base/", base)
        floor("algorithms/", "algorithms/")
        floor("sim/engine/", "algorithms/ sim/engine/")
        floor("models/", base " sim/engine/ models/")
        floor("sim/scenario/", middle)
        floor("sim/world/", middle)
        floor("analysis/", "algorithms/ models/ sim/scenario/ analysis/")
        floor("sim/", middle " analysis/ sim/")
        floor("runtime/", "algorithms/ runtime/")
    }
    function report(what) { print FILENAME ":" FNR ": " what; bad = 1 }
    function begins(text, beginning) { return substr(text, 1, length(beginning)) == beginning }
    function exists(path,    line, answer) {
        if (path in known) return known[path]
        answer = (getline line < path) >= 0
        close(path)
        return known[path] = answer
    }
    function check_own(name,    path, i, parts, n) {
        path = exists("algorithms/" name) ? "algorithms/" name : name
        if (name !~ /\// || name ~ /\.\./ || !exists(path)) {
            report("includes \"" name "\", which is no path from the top or from algorithms/")
            return
        }
        n = split(below[here], parts, " ")
        for (i = 1; i <= n; i++) if (begins(path, parts[i])) return
        report(here " may not include \"" name "\"; it may include from " below[here])
    }
    function check_library(name) {
        if (name ~ /cJSON\.h$/ && FILENAME != "sim/scenario/json.c")
            report("includes " name "; only sim/scenario/json.c may")
        # Ways are found in one file, graph files are read in the other.
        if (name ~ /^igraph/ && FILENAME !~ /^models\/network\/(routes|graph_file)\.c$/)
            report("includes " name "; only models/network/routes.c and graph_file.c may")
        if (name ~ /^glpk/ && FILENAME != "analysis/bounds/linear_program.c")
            report("includes " name "; only analysis/bounds/linear_program.c may")
        if (name ~ /^gsl\// && FILENAME !~ /^(models|analysis|sim\/engine)\//)
            report("includes " name "; only models/, analysis/ and sim/engine/ may")
    }
    FNR == 1 {
        for (i = 1; i <= count && !begins(FILENAME, floors[i]); i++);
        here = floors[i]
    }
    /^[ \t]*#[ \t]*include/ {
        name = $0
        sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
        kind = substr(name, 1, 1)
        name = substr(name, 2)
        sub(/[">].*/, "", name)
        check_library(name)
        if (kind == "\"") check_own(name)
    }
    END { exit bad }' || exit 1
