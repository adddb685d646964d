/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/world/world_parts.h"

#include <string.h>

#include "base/random.h"

/* ---- time -------------------------------------------------------------------------------------
 */

/* One deadline event a peer. One that would come too early is left where it is and looked at again
 * when it fires: heartbeats keep moving deadlines back, which would be most of the queue's work. */
static void schedule_deadline(struct ess_world *world, uint32_t peer) {
    struct agent *agent = &world->agents[peer];
    int64_t deadline_ns = ess_peer_next_deadline(agent->state);
    int64_t at_ns;
    bool pending = agent->deadline_event != ESS_EVENT_NONE;
    /* A pending event that comes no later than needed is left where it is. */
    if (deadline_ns == ESS_TIME_NEVER || (pending && deadline_ns >= agent->deadline_local_ns)) {
        return;
    }
    agent->deadline_local_ns = deadline_ns;
    at_ns = ess_local_clock_reaches(&agent->clock, deadline_ns);
    if (at_ns < world->engine.now_ns) {
        at_ns = world->engine.now_ns;
    }
    if (pending) {
        ess_engine_cancel(&world->engine, agent->deadline_event);
    }
    agent->deadline_event =
        ess_engine_schedule(&world->engine, at_ns, CLASS_DEADLINE, EVENT_DEADLINE, peer, 0);
}

static void on_deadline(void *context, uint32_t peer, uint64_t argument) {
    struct ess_world *world = context;
    struct agent *agent = &world->agents[peer];
    int64_t deadline_ns;
    (void)argument;
    agent->deadline_event = ESS_EVENT_NONE;
    if (!agent->alive || agent->paused) {
        return;
    }
    deadline_ns = ess_peer_next_deadline(agent->state);
    if (ess_local_clock_read(&agent->clock, world->engine.now_ns) < deadline_ns) {
        schedule_deadline(world, peer);
        return;
    }
    ess_agent_hand_over(world, peer, (struct ess_event){.kind = ESS_EVENT_DEADLINE}, NULL);
}

/* ---- work -------------------------------------------------------------------------------------
 */

static void note_work(struct agent *agent) {
    agent->ledger.has_work = agent->machine.lanes[ESS_MACHINE_COMPUTE].count > 0;
}

static void schedule_machine(struct ess_world *world, uint32_t peer) {
    struct agent *agent = &world->agents[peer];
    int64_t at_ns = ess_machine_next_finish(&agent->machine);
    note_work(agent);
    if (agent->machine_event != ESS_EVENT_NONE) {
        ess_engine_cancel(&world->engine, agent->machine_event);
        agent->machine_event = ESS_EVENT_NONE;
    }
    if (at_ns != ESS_MACHINE_NEVER) {
        agent->machine_event =
            ess_engine_schedule(&world->engine, at_ns, CLASS_DELIVERY, EVENT_MACHINE, peer, 0);
    }
}

static void on_machine(void *context, uint32_t peer, uint64_t argument) {
    struct ess_world *world = context;
    struct agent *agent = &world->agents[peer];
    uint32_t life = agent->life;
    uint64_t token;
    (void)argument;
    agent->machine_event = ESS_EVENT_NONE;
    ess_ledger_advance(world, peer);
    while (
        agent->life == life && ess_machine_finish(&agent->machine, world->engine.now_ns, &token)) {
        ess_agent_hand_over(world, peer,
            (struct ess_event){.kind = ESS_EVENT_FINISHED, .peer = peer, .token = token}, NULL);
    }
    note_work(agent);
    if (agent->life == life) {
        schedule_machine(world, peer);
    }
}

/* Bytes that an operation on a region moves through memory. */
static double bytes_touched(
    const struct ess_world *world, const struct ess_arithmetic *arithmetic) {
    double bytes = (double)arithmetic->to.size_bytes;
    switch (arithmetic->kind) {
    case ESS_ARITHMETIC_ZERO:
        return bytes;
    case ESS_ARITHMETIC_COPY:
    case ESS_ARITHMETIC_SCALE:
        return 2 * bytes;
    case ESS_ARITHMETIC_APPLY: {
        /* The sums are read; the share of the state that belongs to them is read and written. */
        double vector = (double)world->job.elements * world->job.element_bytes;
        return bytes + 2 * bytes * (double)world->job.state_bytes / vector;
    }
    }
    return bytes;
}

/* ---- actions ----------------------------------------------------------------------------------
 */

static void carry_out(struct ess_world *world, uint32_t peer, const struct ess_action *action) {
    struct agent *agent = &world->agents[peer];
    int64_t now_ns = world->engine.now_ns;
    switch (action->kind) {
    case ESS_ACTION_MESSAGE:
        ess_mail_message(world, peer, action->peer, &action->message);
        break;
    case ESS_ACTION_VIEW:
        ess_mail_view(world, peer, action->peer, action->view);
        break;
    case ESS_ACTION_SEND:
    case ESS_ACTION_RECEIVE:
        ess_exchange_post(world, peer, action);
        break;
    case ESS_ACTION_CANCEL:
        ess_exchange_cancel(world, peer, action->epoch);
        break;
    case ESS_ACTION_COMPUTE:
        ess_machine_start_work(&agent->machine, now_ns, action->work.work_flop, action->token);
        schedule_machine(world, peer);
        break;
    case ESS_ACTION_ARITHMETIC:
        ess_machine_start_arithmetic(
            &agent->machine, now_ns, bytes_touched(world, &action->arithmetic), action->token);
        schedule_machine(world, peer);
        break;
    case ESS_ACTION_REPORT:
        ess_ledger_report(world, peer, action);
        break;
    case ESS_ACTION_DONE:
        if (peer == world->coordinator) {
            world->ended = true;
            world->outcome->end = action->status == ESS_STATUS_COMPLETE ? ESS_WORLD_JOB_COMPLETE
                                                                        : ESS_WORLD_PARAMETERS_LOST;
            ess_engine_stop(&world->engine);
        }
        break;
    }
}

/* ---- events -----------------------------------------------------------------------------------
 */

/* Simplification: what reaches a paused process is kept without bound, as a kernel with large
 * buffers would. */
static void hold_event(struct ess_world *world, struct agent *agent, const struct ess_event *event,
    struct view_copy *view, uint32_t epoch) {
    struct held_event *held;
    agent->held = ess_arena_reserve(&world->arena, agent->held, &agent->held_capacity,
        agent->held_count + 1, sizeof *agent->held);
    held = &agent->held[agent->held_count++];
    held->event = *event;
    held->epoch = epoch;
    held->view = view;
    if (view) {
        view->references++;
    }
    if (event->size > 0) {
        memcpy(held->bytes, event->bytes, event->size);
    }
}

/* A view that is only said again is not adopted: the peer keeps using the one it has. */
static void adopt_view(struct agent *agent, struct view_copy *view) {
    const struct ess_view *held = agent->view ? &agent->view->view : NULL;
    if (held && held->life == view->view.life && held->epoch >= view->view.epoch) {
        return;
    }
    view->references++;
    ess_view_release(agent->view);
    agent->view = view;
}

static void end_peer(struct ess_world *world, uint32_t peer) {
    struct agent *agent = &world->agents[peer];
    agent->alive = false;
    agent->life++;
    agent->paused = false;
    for (size_t i = 0; i < agent->held_count; i++) {
        ess_view_release(agent->held[i].view);
    }
    agent->held_count = 0;
    ess_exchange_drop_all(world, peer);
    ess_view_release(agent->view);
    agent->view = NULL;
}

void ess_agent_hand_over(
    struct ess_world *world, uint32_t peer, struct ess_event event, struct view_copy *view) {
    struct agent *agent = &world->agents[peer];
    enum ess_step_result result = ESS_MORE;
    if (agent->paused) {
        hold_event(world, agent, &event, view, UINT32_MAX);
        return;
    }
    event.now_ns = ess_local_clock_read(&agent->clock, world->engine.now_ns);
    event.view = view ? &view->view : NULL;
    ess_ledger_advance(world, peer);
    if (view) {
        agent->ledger.operations_active = 0; /* a view ends what was in flight */
    }
    while (result == ESS_MORE) {
        int64_t deadline_ns = world->options->observer ? ess_peer_next_deadline(agent->state) : 0;
        world->actions.count = 0;
        result = ess_peer_step(agent->state, &event, &world->actions);
        world->outcome->step_calls++;
        if (world->options->observer) {
            world->options->observer(world->options->observer_context, peer, deadline_ns, &event,
                &world->actions, result);
        }
        if (view) {
            adopt_view(agent, view);
            view = NULL;
        }
        for (uint32_t i = 0; i < world->actions.count; i++) {
            carry_out(world, peer, &world->actions.items[i]);
        }
        if (result == ESS_MORE) {
            event = (struct ess_event){.now_ns = event.now_ns, .kind = ESS_EVENT_CONTINUE};
        }
    }
    if (result == ESS_DONE) {
        end_peer(world, peer);
        return;
    }
    schedule_deadline(world, peer);
}

/* ---- life -------------------------------------------------------------------------------------
 */

void ess_agent_boot(struct ess_world *world, uint32_t peer) {
    struct agent *agent = &world->agents[peer];
    if (agent->silent) {
        /* The machine is back with a new kernel: it answers what still comes for its former life.
         */
        agent->silent = false;
        ess_connections_break_all(world, peer);
    }
    agent->alive = true;
    agent->config.incarnation++;
    ess_peer_init(agent->state, &agent->config);
    ess_ledger_advance(world, peer);
    ess_ledger_boot(world, peer);
    ess_machine_boot(&agent->machine, world->engine.now_ns);
    if (world->options->observer) {
        world->options->observer(world->options->observer_context, peer, 0, NULL, NULL, ESS_WAIT);
    }
    ess_agent_hand_over(world, peer, (struct ess_event){.kind = ESS_EVENT_START}, NULL);
}

void ess_agent_depart(struct ess_world *world, uint32_t peer, bool silently) {
    struct agent *agent = &world->agents[peer];
    bool had_peer = agent->alive;
    ess_ledger_advance(world, peer);
    ess_machine_crash(&agent->machine, world->engine.now_ns);
    schedule_machine(world, peer);
    if (had_peer) {
        ess_ledger_death(world, peer);
        end_peer(world, peer);
    }
    agent->ledger.up = false;
    agent->silent = silently;
    if (!silently) {
        ess_connections_break_all(world, peer);
    }
    if (had_peer && peer == world->coordinator) {
        world->coordinator_lost = true;
    }
}

void ess_agent_pause(struct ess_world *world, uint32_t peer) {
    struct agent *agent = &world->agents[peer];
    if (!agent->alive || agent->paused) {
        return;
    }
    ess_ledger_advance(world, peer);
    ess_machine_pause(&agent->machine, world->engine.now_ns);
    schedule_machine(world, peer);
    agent->paused = true;
}

void ess_agent_hand_over_end(
    struct ess_world *world, uint32_t peer, struct ess_event event, uint32_t epoch) {
    struct agent *agent = &world->agents[peer];
    if (agent->paused) {
        hold_event(world, agent, &event, NULL, epoch);
        return;
    }
    ess_agent_hand_over(world, peer, event, NULL);
}

void ess_agent_cancel_held(struct ess_world *world, uint32_t peer, uint32_t epoch) {
    struct agent *agent = &world->agents[peer];
    for (size_t i = 0; i < agent->held_count; i++) {
        if (agent->held[i].epoch < epoch) {
            agent->held[i].event.kind = ESS_EVENT_FAILED;
            agent->held[i].event.reason = ESS_FAILURE_CANCELLED;
        }
    }
}

void ess_agent_resume(struct ess_world *world, uint32_t peer) {
    struct agent *agent = &world->agents[peer];
    uint32_t life = agent->life;
    if (!agent->paused) {
        return;
    }
    ess_ledger_advance(world, peer);
    agent->paused = false;
    ess_machine_resume(&agent->machine, world->engine.now_ns);
    schedule_machine(world, peer);
    for (size_t i = 0; i < agent->held_count && agent->life == life; i++) {
        struct held_event held = agent->held[i];
        agent->held[i].view = NULL;
        held.event.bytes = held.bytes;
        ess_agent_hand_over(world, peer, held.event, held.view);
        ess_view_release(held.view);
    }
    agent->held_count = 0;
    if (agent->life == life) {
        schedule_deadline(world, peer);
    }
}

void ess_agent_register(struct ess_world *world) {
    ess_engine_register(&world->engine, EVENT_MACHINE, on_machine);
    ess_engine_register(&world->engine, EVENT_DEADLINE, on_deadline);
}
