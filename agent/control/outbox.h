/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The outbox: a directory of the reports that wait for delivery, each a document io.ecsguest.outbox/1 in a
 * file named by its sequence. agentd puts them there (daemon/outbox.h), the reporter takes them away; neither
 * trusts what it finds. */

#include "base/files.h"

#define OUTBOX_SCHEMA "io.ecsguest.outbox/1"
#define OUTBOX_ENTRIES_MAX ((size_t) 64)
#define OUTBOX_BYTES_MAX ((size_t) 8 * 1024 * 1024)
/* A directory with more names than this is not listed to its end. */
#define OUTBOX_NAMES_MAX ((size_t) 4096)
/* Digits, so that names sort like numbers; JSON has integers up to 2^53. */
#define OUTBOX_NAME_SIZE (sizeof("0000000000000000.json"))
#define OUTBOX_SEQUENCE_MAX ((uint64_t) 1 << 52)

struct outbox_entry {
        uint64_t sequence;
        uint64_t bytes;
        struct file_identity identity;
};

struct outbox_list {
        struct outbox_entry *items; /* in the order of their sequences */
        size_t n;
};

void outbox_name(uint64_t sequence, char ret[static OUTBOX_NAME_SIZE]);
/* 0 for a name that is none of an entry. */
uint64_t outbox_sequence(const char *name);
/* Regular files with such names; whatever else there is is passed over. */
_must_check_ int outbox_list(int directory, struct outbox_list *ret);
void outbox_list_done(struct outbox_list *list);
#define _cleanup_outbox_list_ _cleanup_(outbox_list_done)

struct json_object;

/* What was put there. */
struct outbox_event {
        char *id;
        uint64_t sequence;
        char *time;
        bool asked;                   /* somebody wants it to be sent: who was left alone is tried again */
        struct json_object *document; /* the report is part of it */
        struct json_object *report;   /* borrowed */
};

/* -EBADMSG for what is no entry, with the cause (static text); -ENOENT when it has gone meanwhile. */
_must_check_ int outbox_read(int directory, const struct outbox_entry *entry, struct outbox_event *ret,
                             const char **reterr_cause);
void outbox_event_done(struct outbox_event *event);
#define _cleanup_outbox_event_ _cleanup_(outbox_event_done)

/* Takes an entry away, unless another one has come into its place. Whether it was. */
bool outbox_remove(int directory, const struct outbox_entry *entry);
