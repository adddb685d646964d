# SPDX-License-Identifier: GPL-3.0-or-later
# The phase diagram of hierarchy.json, from the top of the tree:
#   essaim results results/sweep-hierarchy --metric steps_per_hour --best /policies/collective \
#       --format csv > best.csv
#   gnuplot -e "data='best.csv'; picture='hierarchy.svg'" scenarios/sweeps/hierarchy.gnuplot
set terminal svg size 760,440 font "sans,13" background "white"
set output picture
set datafile separator ","
set logscale xy
set xlabel "WAN bandwidth, Mbit/s"
set ylabel "mean time a machine stays, min"
set title "All-reduce with the most steps an hour (hollow: may be chance)"
set xrange [8:2500]
set yrange [1.5:120]
set key below
# The trace's mean session is 1.567 h; scale stretches it.
minutes(scale) = 94.0 * scale
rate(text) = word(text, 1) * (word(text, 2) eq "Gbit/s" ? 1000 : 1)
is(name, decided) = strcol(3) eq name && strcol(9) eq decided ? minutes($1) : NaN
array names[4] = ["hierarchical", "ring", "halving_doubling", "binomial"]
array labels[4] = ["hierarchical", "ring", "halving and doubling", "binomial"]
array colours[4] = ["#1b6ca8", "#d1495b", "#edae49", "#66a182"]
plot for [i=1:4] data skip 1 using (rate(strcol(2))):(is(names[i], "yes")) \
    with points pt 5 ps 1.4 lc rgb colours[i] title labels[i], \
    for [i=1:4] data skip 1 using (rate(strcol(2))):(is(names[i], "no")) \
    with points pt 4 ps 1.4 lc rgb colours[i] notitle
