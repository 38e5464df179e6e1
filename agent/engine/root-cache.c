/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-internal.h"

#include <string.h>

/* FNV-1a. Names come from one image, and an image that makes its names collide slows down its own scan. */
#define HASH_START 2166136261u

static uint32_t hash_add(uint32_t hash, char c)
{
        return (hash ^ (unsigned char) c) * 16777619u;
}

static uint32_t hash_key(enum root_trace_kind kind, const char *path)
{
        uint32_t hash = HASH_START ^ (uint32_t) kind;

        for (; *path; path++)
                hash = hash_add(hash, *path);

        return hash;
}

struct entry *entry_new(enum root_trace_kind kind, const char *path)
{
        size_t size = strlen(path) + 1;
        struct entry *entry = malloc(sizeof(*entry) + size);

        if (!entry)
                return NULL;

        *entry = (struct entry){ .kind = kind, .path = (char *) (entry + 1) };
        memcpy(entry->path, path, size);
        return entry;
}

int entry_get(struct root *root, enum root_trace_kind kind, const char *path, struct entry **ret,
              bool *ret_new)
{
        uint32_t hash = hash_key(kind, path);
        struct entry **bucket = &root->buckets[hash % ROOT_BUCKETS];
        struct entry *entry;

        for (entry = *bucket; entry; entry = entry->next)
                if (entry->hash == hash && entry->kind == kind && strcmp(entry->path, path) == 0) {
                        *ret = entry;
                        *ret_new = false;
                        return 0;
                }

        if (array_grow(&root->entries, root->n_entries, sizeof(*root->entries)) < 0)
                return -ENOMEM;

        entry = entry_new(kind, path);
        if (!entry)
                return -ENOMEM;

        entry->hash = hash;
        entry->next = *bucket;
        *bucket = entry;
        root->entries[root->n_entries++] = entry;
        *ret = entry;
        *ret_new = true;
        return 0;
}

static void free_answer(struct entry *entry)
{
        for (size_t i = 0; i < entry->n_names; i++)
                free(entry->names[i]);
        free(entry->names);
        free(entry->string);
        free(entry->message);
        free(entry->where);
        free((void *) entry->file.content.data);
}

void entry_reset(struct root *root, struct entry *entry)
{
        struct entry empty = {
                .next = entry->next, .hash = entry->hash, .kind = entry->kind, .path = entry->path
        };

        if (root->undescribed == entry)
                (void) root_diag(root);
        root->cached -= entry->file.content.len;
        free_answer(entry);
        *entry = empty;
}

struct entry *entry_free(struct entry *entry)
{
        if (!entry)
                return NULL;

        free_answer(entry);
        free(entry);
        return NULL;
}

bool root_found_answers(const struct root *root, const char *path, unsigned flags)
{
        const struct found *found = &root->found;

        return found->path && string_equal(found->path, path) &&
               (found->flags & PLACE_NOFOLLOW) == (flags & PLACE_NOFOLLOW) &&
               (found->place.resolved || !(flags & PLACE_RESOLVED));
}

void root_forget(struct root *root)
{
        place_done(&root->found.place);
        root->found.path = NULL;
}

/* Looks for the path and each directory above it. */
bool root_is_missing(const struct root *root, const char *path)
{
        uint32_t hash = HASH_START;

        for (const char *at = path;; at++) {
                const struct missing *missing = &root->missing[hash % ROOT_MISSING];

                if ((*at == '/' || *at == '\0') && missing->path && missing->hash == hash &&
                    path_within(path, missing->path))
                        return true;
                if (*at == '\0')
                        return false;
                hash = hash_add(hash, *at);
        }
}

void root_remember_missing(struct root *root, struct text path)
{
        struct missing missing = { .hash = HASH_START };
        struct missing *slot;

        if (path.len > 1 && path.data[path.len - 1] == '/')
                path.len--;
        /* The kernel's files come and go, and an offline root's have an answer of their own. */
        missing.path = text_dup(path);
        if (!missing.path || root_is_kernels(missing.path)) {
                free(missing.path);
                return;
        }

        for (const char *at = missing.path; *at; at++)
                missing.hash = hash_add(missing.hash, *at);
        slot = &root->missing[missing.hash % ROOT_MISSING];
        free(slot->path);
        *slot = missing;
}
