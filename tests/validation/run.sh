#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh PERCENT: runs that share of the kept reference runs anew and compares, then runs our models
# on all cases and scores them. BUILD is the build folder; ESS_VALIDATE_SEED picks the share. What
# is not installed or not allowed here is said and passed over. Nothing is installed.
set -eu
percent=$1
BUILD=${BUILD:-build}
export BUILD
programs=$BUILD/tests/validation
cases=$BUILD/validation/cases
table=analysis/validation/references.csv
mkdir -p "$cases" "$BUILD/peers"
rm -f "$cases"/*.txt "$BUILD"/validation/*.csv
"$programs/netcase" write "$cases"

# A tool's driver is built where the tool is there.
build_driver() { # FOLDER HEADER FLAGS TARGET PROGRAM
    if echo "#include <$2>" | g++ -std=c++17 $3 -E -x c++ - >/dev/null 2>&1; then
        make --no-print-directory -s -C "tests/peers/$1" "$4" OUT="$(cd "$BUILD" && pwd)/peers" \
            LIBRARIES="$(cd "$BUILD" && pwd)"
    else
        echo "validate: $1 is not installed (make validate-deps); its rows are passed over"
        rm -f "$BUILD/peers/$5"
    fi
}
build_driver ns3 ns3/core-module.h "$(pkg-config --cflags ns3-core 2>/dev/null || true)" all \
    ns3_netcase
build_driver simgrid simgrid/s4u.hpp "" netcase sg_netcase

status=0
seed=${ESS_VALIDATE_SEED:-$(date +%s)}
echo "validate: $percent % of $table, seed $seed"
"$programs/references" check "$percent" "$seed" "$cases" "$table" || status=1

for model in fluid-ideal fluid-linux fluid-ns3 packet-linux packet-ns3; do
    "$programs/references" run "$model" "$cases" "$BUILD/validation/$model.csv" \
        >"$BUILD/validation/$model.log" 2>&1 || {
        echo "validate: no results of $model: $(tail -n 1 "$BUILD/validation/$model.log")"
        rm -f "$BUILD/validation/$model.csv"
    }
done
set -- "$BUILD"/validation/*.csv
[ -e "$1" ] || set --
"$programs/score" "$BUILD/validation.json" "$table" "$@"
exit $status
