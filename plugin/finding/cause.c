/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding/cause.h"

#include "finding/neighbours.h"

/* Which causes a finding can share with others. */
static enum cause_kind kind_of(enum finding_id id, enum direction side)
{
    switch (id) {
    case FINDING_ONE_WAY_TRAFFIC:
    case FINDING_CAPTURE_LOSS:
    case FINDING_DUPLICATE_CAPTURE:
    case FINDING_OFFLOAD_CAPTURE:
    case FINDING_ROLE_GUESSED:
        return CAUSE_CAPTURE;
    /* The host, or the way to it. */
    case FINDING_NO_RESPONSE:
    case FINDING_CONNECTION_REFUSED:
    case FINDING_HANDSHAKE_INCOMPLETE:
    case FINDING_STALE_CONNECTION:
    case FINDING_SYN_RETRIED:
    case FINDING_ICMP_ERROR:
    case FINDING_RETRIES_EXHAUSTED:
    case FINDING_LOSS_CLIENT_TO_SERVER:
    case FINDING_LOSS_SERVER_TO_CLIENT:
    case FINDING_SPURIOUS_RETRANSMISSIONS:
    case FINDING_SEQUENCE_REWRITTEN:
        return CAUSE_SERVER;
    case FINDING_HANDSHAKE_REJECTED:
    case FINDING_RESET_BY_CLIENT:
    case FINDING_SLOW_CLIENT:
        return CAUSE_CLIENT;
    case FINDING_FORGED_RESET:
    case FINDING_INJECTED_DATA:
    case FINDING_PATH_MTU_BLACKHOLE:
    case FINDING_PEER_GONE:
    case FINDING_CONNECTION_UNKNOWN:
    case FINDING_SLOW_HANDSHAKE:
    case FINDING_RESET_AFTER_CLOSE:
        return side == CLIENT_TO_SERVER ? CAUSE_CLIENT : CAUSE_SERVER;
    /* An application of the client's is one; those of a server are one for each port. */
    case FINDING_ZERO_WINDOW:
    case FINDING_WINDOW_LIMITED:
        return side == CLIENT_TO_SERVER ? CAUSE_CLIENT : CAUSE_NONE;
    default:
        return CAUSE_NONE;
    }
}

/* The client, or the server, of all @flows if that is one address, else NULL. */
static const struct endpoint *common_end(const struct finding_source *source, const GArray *flows,
                                         bool is_client)
{
    const struct endpoint *common = NULL;
    for (guint i = 0; i < flows->len; i++) {
        uint32_t number = g_array_index(flows, uint32_t, i);
        enum end client = (enum end)source->roles[number].client;
        const struct endpoint *end =
            &flow_table_at(source->flows, number)->ends[is_client ? client : end_peer(client)];
        if (common != NULL && !endpoint_same_address(common, end))
            return NULL;
        common = end;
    }
    return common;
}

static bool says_the_same(const struct icmp_error *a, const struct icmp_error *b)
{
    return endpoint_same_address(&a->reporter, &b->reporter) && a->is_v6 == b->is_v6 &&
           a->type == b->type && a->code == b->code && a->mtu == b->mtu;
}

/* What one router says of all @flows, or NULL. */
static const struct icmp_error *error_of(const struct rule_context *context, const GArray *flows)
{
    const struct icmp_error *common = NULL;
    for (guint i = 0; i < flows->len; i++) {
        unsigned count;
        const struct icmp_error *error =
            neighbours_error(context->neighbours, g_array_index(flows, uint32_t, i), &count);
        if (error == NULL || (common != NULL && !says_the_same(common, error)))
            return NULL;
        common = error;
    }
    return common;
}

struct finding_cause cause_of(const struct rule_context *context, enum finding_id id,
                              enum direction side, const GArray *flows)
{
    struct finding_cause cause = {.kind = kind_of(id, side)};
    if (id == FINDING_NO_RESPONSE || id == FINDING_PATH_MTU_BLACKHOLE || id == FINDING_ICMP_ERROR) {
        const struct icmp_error *error = error_of(context, flows);
        if (error != NULL)
            return (struct finding_cause){CAUSE_ROUTER, &error->reporter, error, NULL};
    }
    if (cause.kind != CAUSE_CLIENT && cause.kind != CAUSE_SERVER)
        return cause;
    cause.of = common_end(context->source, flows, cause.kind == CAUSE_CLIENT);
    if (cause.kind == CAUSE_SERVER)
        cause.client = common_end(context->source, flows, true);
    if (cause.of == NULL)
        cause.kind = CAUSE_NONE;
    return cause;
}

bool cause_equal(const struct finding_cause *a, const struct finding_cause *b)
{
    return a->kind == b->kind && a->kind != CAUSE_NONE &&
           (a->of == NULL || endpoint_same_address(a->of, b->of)) &&
           (a->error == NULL || says_the_same(a->error, b->error));
}
