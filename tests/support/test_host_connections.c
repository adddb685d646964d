/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections of the test host: each direction keeps its order; they break, and are cut. */
#include "test_host_parts.h"

bool ess_host_is_cut(const struct ess_host *host, uint32_t a, uint32_t b) {
    return host->now_ns < host->cut_until_ns[a][b] || host->peers[a].silent ||
           host->peers[b].silent;
}

int64_t ess_host_arrival(struct ess_host *host, uint32_t from, uint32_t to) {
    int64_t at_ns = host->now_ns + ess_host_random_delay(host);
    if (at_ns < host->cut_until_ns[from][to]) {
        at_ns = host->cut_until_ns[from][to] + ess_host_random_delay(host);
    }
    if (at_ns <= host->channel_free_ns[from][to]) {
        at_ns = host->channel_free_ns[from][to] + 1;
    }
    host->channel_free_ns[from][to] = at_ns;
    return at_ns;
}

void ess_host_break_connection(struct ess_host *host, uint32_t a, uint32_t b) {
    host->channel[a][b]++;
    host->channel[b][a]++;
    for (size_t i = 0; i < host->post_count; i++) {
        struct ess_host_post *post = &host->posts[i];
        bool between =
            (post->peer == a && post->other == b) || (post->peer == b && post->other == a);
        if (post->open && !post->ending && !post->arithmetic && !post->compute && between) {
            ess_host_end_post(
                host, i, ESS_FAILURE_RESET, host->now_ns + ess_host_random_delay(host));
        }
    }
    for (int side = 0; side < 2; side++) {
        uint32_t peer = side ? b : a;
        ess_host_push(
            host, (struct ess_host_item){.at_ns = host->now_ns + ess_host_random_delay(host),
                      .kind = ESS_ITEM_RESET,
                      .peer = peer,
                      .from = side ? a : b,
                      .life = host->peers[peer].life});
    }
    host->peers[a].connected[b] = host->peers[b].connected[a] = false;
}

/* A cut that outlasted the transport's patience: both ends give the connection up. What they post
 * meanwhile fails after the same time again, while the cut lasts. */
void ess_host_give_up(struct ess_host *host, const struct ess_host_item *item) {
    if (host->now_ns >= host->cut_until_ns[item->peer][item->from]) {
        return;
    }
    ess_host_break_connection(host, item->peer, item->from);
    ess_host_push(
        host, (struct ess_host_item){.at_ns = host->now_ns + host->world->transport_timeout_ns,
                  .kind = ESS_ITEM_HEAL,
                  .peer = item->peer,
                  .from = item->from});
}
