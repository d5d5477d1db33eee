/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection/witness.h"

struct witness_log *witness_log_new(void)
{
    struct witness_log *log = g_new0(struct witness_log, 1);
    log->all = g_array_new(FALSE, FALSE, sizeof(struct witness));
    return log;
}

void witness_log_free(struct witness_log *log)
{
    if (log == NULL)
        return;
    g_array_free(log->all, TRUE);
    if (log->more != NULL)
        g_array_free(log->more, TRUE);
    g_free(log);
}

void witness_log_keep_all(struct witness_log *log)
{
    if (log->more == NULL)
        log->more = g_array_new(FALSE, FALSE, sizeof(struct witness));
}

void witness_log_add(struct witness_log *log, struct witness witness)
{
    g_array_append_val(log->all, witness);
}

void witness_log_add_more(struct witness_log *log, struct witness witness)
{
    if (log->more != NULL)
        g_array_append_val(log->more, witness);
}

void witness_log_set_kind(struct witness_log *log, guint index, enum witness_kind kind)
{
    g_array_index(log->all, struct witness, index).kind = (uint8_t)kind;
}
