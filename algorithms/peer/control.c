/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/control.h"

#include "base/codec.h"

void ess_control_add(
    struct ess_actions *actions, uint32_t peer, const struct ess_control *control) {
    struct ess_action *action = ess_actions_add(actions, ESS_ACTION_MESSAGE);
    struct ess_writer writer = {action->message.bytes, ESS_MESSAGE_BYTES_MAX, 0, false};
    action->peer = peer;
    ess_write_integer(&writer, control->kind, 1);
    ess_write_integer(&writer, control->answer, 1);
    ess_write_integer(&writer, control->incarnation, 4);
    ess_write_integer(&writer, control->epoch, 4);
    ess_write_integer(&writer, control->site, 4);
    ess_write_integer(&writer, control->other, 4);
    ess_write_integer(&writer, control->step, 8);
    ess_write_integer(&writer, control->bits, 8);
    action->message.size_bytes = writer.size;
}

bool ess_control_decode(const uint8_t *bytes, uint32_t size, struct ess_control *control) {
    struct ess_reader reader = {bytes, size, 0, false};
    uint64_t kind = ess_read_integer(&reader, 1);
    uint64_t answer = ess_read_integer(&reader, 1);
    if (kind < ESS_CONTROL_JOIN || kind > ESS_CONTROL_FINISH || answer > 1) {
        return false;
    }
    control->kind = (enum ess_control_kind)kind;
    control->answer = answer != 0;
    control->incarnation = (uint32_t)ess_read_integer(&reader, 4);
    control->epoch = (uint32_t)ess_read_integer(&reader, 4);
    control->site = (uint32_t)ess_read_integer(&reader, 4);
    control->other = (uint32_t)ess_read_integer(&reader, 4);
    control->step = ess_read_integer(&reader, 8);
    control->bits = ess_read_integer(&reader, 8);
    return !reader.failed && size == ESS_CONTROL_BYTES;
}
