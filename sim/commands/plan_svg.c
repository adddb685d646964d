/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/plan_svg.h"

#include <math.h>
#include <string.h>

#include "sim/scenario/units.h"

enum {
    PANEL_WIDTH = 480,
    PANEL_HEIGHT = 500,
    COLUMNS = 3,
    TREES_MOST = 11, /* four rows of panels with the ring's */
    LABELS_MOST = 48,
    LEGEND_LINE = 20,
    LEGEND_MOST = 40,
    COLOURS = 10
};

#define RADIUS 165.0
#define FULL_TURN 6.283185307179586
#define RING_COLOUR "#444444"
#define SLOWEST_COLOUR "#d40000"

static const char *const site_colours[COLOURS] = {"#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd",
    "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf", "#d62728"};
static const char *const tree_colours[COLOURS] = {"#005f9e", "#b35806", "#1b7837", "#762a83",
    "#a50026", "#01665e", "#c51b7d", "#4d4d4d", "#8c6d00", "#3b3bb3"};

struct panel {
    const struct ess_plan_view *view;
    double x, y; /* of its centre */
    FILE *out;
};

/* ---- text ------------------------------------------------------------------------------------ */

static void put_text(const char *text, FILE *out) {
    for (; *text; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        default:
            fputc((unsigned char)*text < ' ' ? '?' : *text, out); /* no control characters in XML */
        }
    }
}

/* ---- places ---------------------------------------------------------------------------------- */

/* Sites are apart by the width of a machine; the first stands at the top. */
static double angle_of(const struct ess_plan_view *view, uint32_t rank) {
    const struct ess_group *group = &view->group;
    uint32_t gaps = group->site_count > 1 ? group->site_count : 0;
    double place = rank + (gaps ? group->members[rank].site : 0);
    return FULL_TURN * (place / (group->size + gaps) - 0.25);
}

static void place_of(
    const struct panel *panel, uint32_t rank, double radius, double *x, double *y) {
    double angle = angle_of(panel->view, rank);
    *x = panel->x + radius * cos(angle);
    *y = panel->y + radius * sin(angle);
}

static double dot_radius(const struct ess_plan_view *view) {
    double places = view->group.size + view->group.site_count;
    return fmax(1.5, fmin(9, 0.3 * FULL_TURN * RADIUS / places));
}

/* ---- parts of a panel ------------------------------------------------------------------------ */

static void draw_machines(const struct panel *panel, uint32_t root) {
    const struct ess_plan_view *view = panel->view;
    double radius = dot_radius(view);
    for (uint32_t rank = 0; rank < view->group.size; rank++) {
        const char *name = ess_plan_view_name(view, &view->group, rank);
        double x, y, cosine = cos(angle_of(view, rank));
        place_of(panel, rank, RADIUS, &x, &y);
        fprintf(panel->out,
            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\" stroke=\"%s\" "
            "stroke-width=\"%d\"><title>",
            x, y, radius, site_colours[view->group.members[rank].site % COLOURS],
            rank == root ? "#000000" : "#ffffff", rank == root ? 3 : 1);
        put_text(name, panel->out);
        fputs("</title></circle>\n", panel->out);
        if (view->group.size > LABELS_MOST) {
            continue;
        }
        place_of(panel, rank, RADIUS + 16, &x, &y);
        fprintf(panel->out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"11\" text-anchor=\"%s\">", x,
            y + 4,
            cosine > 0.2    ? "start"
            : cosine < -0.2 ? "end"
                            : "middle");
        put_text(name, panel->out);
        fputs("</text>\n", panel->out);
    }
}

/* Bent to its right, so that the two directions of a pair lie apart; it ends at the rim of the
 * machine, where an arrow's head is to be seen. */
static void draw_hop(const struct panel *panel, uint32_t from, uint32_t to, double width,
    const char *colour, const char *marker) {
    double x1, y1, x2, y2, xm, ym, length, cut = dot_radius(panel->view) + (marker ? 4 : 0);
    place_of(panel, from, RADIUS, &x1, &y1);
    place_of(panel, to, RADIUS, &x2, &y2);
    xm = (x1 + x2) / 2 - 0.1 * (y2 - y1);
    ym = (y1 + y2) / 2 + 0.1 * (x2 - x1);
    length = sqrt((x2 - xm) * (x2 - xm) + (y2 - ym) * (y2 - ym));
    if (length > cut) {
        x2 -= (x2 - xm) * cut / length;
        y2 -= (y2 - ym) * cut / length;
    }
    fprintf(panel->out,
        "<path d=\"M%.1f %.1f Q%.1f %.1f %.1f %.1f\" fill=\"none\" stroke=\"%s\" "
        "stroke-width=\"%.1f\" stroke-opacity=\"0.8\"",
        x1, y1, xm, ym, x2, y2, colour, width);
    if (marker) {
        fprintf(panel->out, " marker-end=\"url(#%s)\"", marker);
    }
    fputs("/>\n", panel->out);
}

static void draw_title(const struct panel *panel, const char *title, const char *colour) {
    fprintf(panel->out,
        "<text x=\"%.1f\" y=\"%.1f\" font-size=\"13\" text-anchor=\"middle\" fill=\"%s\">",
        panel->x, panel->y - 225, colour);
    put_text(title, panel->out);
    fputs("</text>\n", panel->out);
}

/* ---- panels ---------------------------------------------------------------------------------- */

static void draw_ring(const struct panel *panel) {
    const struct ess_plan_view *view = panel->view;
    uint32_t n = view->group.size;
    char title[512], rate[ESS_QUANTITY_TEXT_BYTES] = "nothing";
    double slowest, fastest = 0;
    for (uint32_t i = 0; i < n; i++) {
        fastest = fmax(fastest, ess_plan_view_hop_rate(view, i));
    }
    slowest = ess_plan_view_hop_rate(view, view->slowest_hop);
    if (slowest > 0) {
        ess_units_describe(slowest, ESS_DIMENSION_RATE, rate);
    }
    snprintf(title, sizeof title, "ring in the order \"%s\"; slowest hop, in red: %s",
        view->policies.order->name, rate);
    draw_title(panel, title, "#000000");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t from = view->ring[i], to = ess_plan_view_next(view, i);
        bool is_slowest = i == view->slowest_hop;
        double share = fastest > 0 ? fmax(0, ess_plan_view_rate(view, from, to)) / fastest : 0;
        draw_hop(panel, from, to, 1 + 5 * share, is_slowest ? SLOWEST_COLOUR : RING_COLOUR,
            is_slowest ? "slowest" : "hop");
    }
    draw_machines(panel, ESS_NONE);
}

static void draw_tree(const struct panel *panel, uint32_t number, uint32_t largest) {
    const struct ess_tree *tree = &panel->view->group.layout->trees[number];
    const char *colour = tree_colours[number % COLOURS];
    char title[512];
    snprintf(title, sizeof title, "tree %u: %.1f %% of the vector, root %s", number + 1,
        100.0 * tree->share / ESS_SHARE_WHOLE,
        ess_plan_view_name(panel->view, &panel->view->group, tree->root));
    draw_title(panel, title, colour);
    for (uint32_t rank = 0; rank < panel->view->group.size; rank++) {
        if (tree->parent[rank] != ESS_NONE) {
            draw_hop(
                panel, rank, tree->parent[rank], 1 + 3.0 * tree->share / largest, colour, NULL);
        }
    }
    draw_machines(panel, tree->root);
}

/* Sites by name where they are as told; found ones by the names of their first machines. */
static void draw_legend(const struct ess_plan_view *view, int y, uint32_t lines, FILE *out) {
    for (uint32_t site = 0; site < lines; site++, y += LEGEND_LINE) {
        uint32_t count = view->group.sites[site].count, first = view->group.sites[site].first;
        fprintf(out, "<rect x=\"20\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/>\n", y - 10,
            site_colours[site % COLOURS]);
        fprintf(out, "<text x=\"40\" y=\"%d\" font-size=\"12\">site %u: ", y, site + 1);
        put_text(ess_plan_view_name(view, &view->group, first), out);
        if (count > 1) {
            fputs(" to ", out);
            put_text(ess_plan_view_name(view, &view->group, first + count - 1), out);
        }
        fputs("</text>\n", out);
    }
    fprintf(out,
        "<text x=\"20\" y=\"%d\" font-size=\"12\">%u sites and %u trees in all. Width of arrows: "
        "rate of the hop; of a tree's lines: its share. From declared rates of each pair alone; "
        "shared links are not known.</text>\n",
        y + 4, view->group.site_count, view->group.layout->tree_count);
}

static void open_drawing(int width, int height, FILE *out) {
    static const char *const markers[][2] = {{"hop", RING_COLOUR}, {"slowest", SLOWEST_COLOUR}};
    fprintf(out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
        "%d\" font-family=\"sans-serif\">\n<defs>\n",
        width, height, width, height);
    for (size_t i = 0; i < 2; i++) {
        fprintf(out,
            "<marker id=\"%s\" viewBox=\"0 0 8 8\" refX=\"4\" refY=\"4\" markerWidth=\"9\" "
            "markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0 L8 4 "
            "L0 8 z\" fill=\"%s\"/></marker>\n",
            markers[i][0], markers[i][1]);
    }
    fprintf(out, "</defs>\n<rect x=\"0\" y=\"0\" width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
        width, height);
}

void ess_plan_svg(const struct ess_plan_view *view, FILE *out) {
    const struct ess_layout *layout = view->group.layout;
    uint32_t trees = layout->tree_count, largest = 1;
    uint32_t drawn = trees < TREES_MOST ? trees : TREES_MOST;
    uint32_t rows = (1 + drawn + COLUMNS - 1) / COLUMNS;
    uint32_t columns = 1 + drawn < COLUMNS ? 1 + drawn : COLUMNS;
    uint32_t lines = view->group.site_count < LEGEND_MOST ? view->group.site_count : LEGEND_MOST;
    int width = PANEL_WIDTH * (int)(columns < 2 ? 2 : columns); /* the last line has room */
    int height = PANEL_HEIGHT * (int)rows + LEGEND_LINE * (int)(lines + 2);
    for (uint32_t t = 0; t < drawn; t++) {
        largest = layout->trees[t].share > largest ? layout->trees[t].share : largest;
    }
    open_drawing(width, height, out);
    for (uint32_t i = 0; i <= drawn; i++) {
        uint32_t row = i / COLUMNS;
        struct panel panel = {
            view, PANEL_WIDTH * (0.5 + i % COLUMNS), PANEL_HEIGHT * (0.5 + row), out};
        if (i == 0) {
            draw_ring(&panel);
        } else {
            draw_tree(&panel, i - 1, largest);
        }
    }
    draw_legend(view, PANEL_HEIGHT * (int)rows + LEGEND_LINE, lines, out);
    fputs("</svg>\n", out);
}
