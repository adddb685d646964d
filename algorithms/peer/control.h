/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_PEER_CONTROL_H
#define ESS_PEER_CONTROL_H

/* Control messages between workers and the coordinator: one fixed layout of 34 bytes, little
 * endian. */

#include "base/contract.h"

enum ess_control_kind {
    /* Worker to coordinator. Each doubles as a heartbeat; the last but two are repeated until the
     * group moves on, so that a message lost with its connection is made good. */
    ESS_CONTROL_JOIN = 1,  /* incarnation, site */
    ESS_CONTROL_HEARTBEAT, /* epoch, step, bits: stripes fetched */
    ESS_CONTROL_STEP_DONE, /* epoch, step: all operations are complete here */
    ESS_CONTROL_SURVEYED,  /* epoch, step, bits: operations complete here */
    ESS_CONTROL_SUSPECT,   /* epoch, other: peer whose connection failed */
    ESS_CONTROL_LEAVE,     /* this worker is gone after this message */
    /* Coordinator to worker. */
    ESS_CONTROL_ALIVE,   /* answer to a message that asked for one */
    ESS_CONTROL_STEP,    /* epoch, step: begin it; the one before is committed */
    ESS_CONTROL_RESUME,  /* epoch, step, bits: operations that stay; do the others again */
    ESS_CONTROL_EVICTED, /* incarnation: not a member */
    ESS_CONTROL_FINISH   /* epoch, step: committed, and the last */
};

struct ess_control {
    enum ess_control_kind kind;
    bool answer; /* the sender wants to hear ESS_CONTROL_ALIVE */
    uint32_t incarnation;
    uint32_t epoch;
    uint32_t site;
    uint32_t other; /* peer; from the coordinator: its own incarnation */
    uint64_t step;
    uint64_t bits;
};

#define ESS_CONTROL_BYTES 34

/* Add a message action. The caller has checked that there is room for one. */
void ess_control_add(struct ess_actions *actions, uint32_t peer, const struct ess_control *control);

/* Decode; false for anything that ess_control_add() cannot have made. */
bool ess_control_decode(const uint8_t *bytes, uint32_t size, struct ess_control *control);

#endif
