/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-internal.h"

#include <linux/fs.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {
        [ROOT_TRACE_READ] = "read",     [ROOT_TRACE_STAT] = "stat",   [ROOT_TRACE_LSTAT] = "lstat",
        [ROOT_TRACE_EXISTS] = "exists", [ROOT_TRACE_LINK] = "link",   [ROOT_TRACE_RESOLVE] = "resolve",
        [ROOT_TRACE_LIST] = "list",     [ROOT_TRACE_FLAGS] = "flags", [ROOT_TRACE_NOTE] = "note",
};
_Static_assert(ARRAY_SIZE(kind_names) == ROOT_TRACE_COUNT, "a name for each kind");

bool root_trace(const struct root *root, size_t i, struct root_trace *ret)
{
        const struct entry *entry;

        if (i >= root->n_entries)
                return false;

        entry = root->entries[i];
        *ret = (struct root_trace){ .kind = entry->kind, .path = entry->path, .error = entry->error };
        return true;
}

/* One key may be noted with two values, and both count: they are the entry's name together. */
int root_note(struct root *root, const char *key, const char *value)
{
        _cleanup_free_ char *name = string_format("%s=%s", key, value);
        struct entry *entry;
        bool new;

        return name ? entry_get(root, ROOT_TRACE_NOTE, name, &entry, &new) : -ENOMEM;
}

/* In decimal, without a NUL, so that it ends before end; returns where it starts. */
static char *write_number(char *end, size_t value)
{
        do
                *--end = (char) ('0' + value % 10);
        while ((value /= 10) > 0);

        return end;
}

/* There are hundreds of them in a scan: printf() would take longer than the hash. */
static void add_field(struct digest *digest, struct text text)
{
        char prefix[3 * sizeof(text.len) + 2], *end = prefix + sizeof(prefix), *start;

        end[-1] = ':';
        start = write_number(end - 1, text.len);
        *--start = ' ';
        digest_add(digest, start, (size_t) (end - start));
        digest_add(digest, text.data, text.len);
}

static void add_result(struct digest *digest, const struct entry *entry)
{
        char line[64] = "";
        mode_t mode = entry->stat.mode;

        switch (entry->kind) {
        case ROOT_TRACE_READ:
                add_field(digest, entry->file.content);
                break;
        case ROOT_TRACE_STAT:
        case ROOT_TRACE_LSTAT:
                (void) snprintf(line, sizeof(line), "%o %u %u", (unsigned) mode, (unsigned) entry->stat.uid,
                                (unsigned) entry->stat.gid);
                break;
        case ROOT_TRACE_EXISTS:
                (void) snprintf(line, sizeof(line), "%s", entry->exists ? "yes" : "no");
                break;
        case ROOT_TRACE_RESOLVE:
                (void) snprintf(line, sizeof(line), "%s", entry->exists ? "yes" : "no");
                add_field(digest, text_from_string(entry->string));
                break;
        case ROOT_TRACE_LINK:
                add_field(digest, text_from_string(entry->string));
                break;
        case ROOT_TRACE_LIST:
                for (size_t i = 0; i < entry->n_names; i++)
                        add_field(digest, text_from_string(entry->names[i]));
                break;
        case ROOT_TRACE_FLAGS:
                /* The others say how a file system stores a file. */
                (void) snprintf(line, sizeof(line), "%x", entry->flags & (FS_IMMUTABLE_FL | FS_APPEND_FL));
                break;
        case ROOT_TRACE_NOTE:
        case ROOT_TRACE_COUNT:
                break;
        }
        add_field(digest, text_from_string(line));
}

static void add_entry(struct digest *digest, const struct entry *entry)
{
        char number[3 * sizeof(size_t)], *end = number + sizeof(number);
        char *error = write_number(end, (size_t) -entry->error);

        add_field(digest, text_from_string(kind_names[entry->kind]));
        add_field(digest, text_from_string(entry->path));
        add_field(digest, (struct text){ error, (size_t) (end - error) });
        if (entry->error == 0)
                add_result(digest, entry);
        digest_add(digest, "\n", 1);
}

static int by_kind_and_path(const void *a, const void *b)
{
        const struct entry *x = *(struct entry *const *) a, *y = *(struct entry *const *) b;

        return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind) : strcmp(x->path, y->path);
}

int root_digest(struct root *root, char ret_hex[DIGEST_HEX_SIZE])
{
        _cleanup_digest_ struct digest *digest = NULL;
        _cleanup_free_ struct entry **sorted = NULL;
        int r;

        r = digest_new(&digest);
        if (r < 0)
                return r;

        sorted = calloc(root->n_entries + 1, sizeof(struct entry *));
        if (!sorted)
                return -ENOMEM;

        for (size_t i = 0; i < root->n_entries; i++)
                sorted[i] = root->entries[i];
        qsort(sorted, root->n_entries, sizeof(*sorted), by_kind_and_path);
        for (size_t i = 0; i < root->n_entries; i++)
                add_entry(digest, sorted[i]);

        return digest_finish(digest, ret_hex);
}
