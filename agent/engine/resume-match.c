/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/devices.h"
#include "engine/mounts.h"
#include "engine/probe.h"
#include "engine/resume.h"

/* A name of one kind says whether it is another name of the same kind; names of two kinds say nothing. */
struct name {
        enum { PATH, MAPPER, TAG } kind;
        enum device_tag tag;
        char *value;
};

static void name_done(struct name *name)
{
        free(name->value);
}

static int parse_name(const char *source, struct name *ret)
{
        struct text text = text_from_string(source);
        int r;

        r = device_parse_tag(text, &ret->tag, &ret->value);
        if (r != -EINVAL) {
                ret->kind = TAG;
                return r;
        }
        r = device_parse_mapper(text, &ret->value);
        if (r != -EINVAL) {
                ret->kind = MAPPER;
                return r;
        }

        ret->kind = PATH;
        ret->value = text_dup(text);
        return ret->value ? 0 : -ENOMEM;
}

static int match_names(const char *a, const char *b, enum resume_match *ret)
{
        _cleanup_(name_done) struct name left = { 0 }, right = { 0 };
        int r;

        r = parse_name(a, &left);
        if (r >= 0)
                r = parse_name(b, &right);
        if (r < 0)
                return r;

        if (left.kind != right.kind || (left.kind == TAG && left.tag != right.tag))
                *ret = RESUME_NOT_KNOWN;
        else
                *ret = string_equal(left.value, right.value) ? RESUME_CONFIGURED : RESUME_STALE;
        return 0;
}

/* 0 with NULL when no device has the name; -ENODATA when that cannot be told. */
static int find(const struct devices *devices, const char *source, const struct block_device **ret)
{
        int r = devices_find(devices, text_from_string(source), ret, NULL);

        if (r == -ENODEV && !devices->foreign) {
                *ret = NULL;
                return 0;
        }

        return r == -ENODEV ? -ENODATA : r;
}

static int match_devices(struct context *context, const char *a, const char *b, enum resume_match *ret)
{
        const struct block_device *left = NULL, *right = NULL;
        const struct devices *devices;
        int r;

        r = devices_get(context, &devices);
        if (r >= 0)
                r = find(devices, a, &left);
        if (r >= 0)
                r = find(devices, b, &right);
        if (r == -ENOMEDIUM || r == -ENODATA)
                return 0;
        if (r < 0)
                return r;

        *ret = left && left == right ? RESUME_CONFIGURED : RESUME_STALE;
        return 0;
}

static int match_entry(struct context *context, const struct resume_reference *reference,
                       const struct mount_entry *entry, enum resume_match *ret)
{
        struct text spec = entry->line->spec;
        bool file = text_starts(spec, "/") && !text_starts(spec, "/dev/");
        int r;

        /* Which file an offset means is not looked up: one swap file is taken for the one. */
        if (file || reference->file) {
                *ret = file && reference->file ? RESUME_CONFIGURED : RESUME_STALE;
                return 0;
        }

        r = match_names(reference->source, spec.data, ret);
        if (r < 0 || *ret != RESUME_NOT_KNOWN)
                return r;

        return match_devices(context, reference->source, spec.data, ret);
}

/* A volume that is mounted somewhere is no swap, whatever it is called. */
static int is_mounted(const struct resume_reference *reference, const struct mount_entry *entry)
{
        enum resume_match match;
        int r;

        if (entry->where[0] != '/' || !mount_is_local_device(entry))
                return 0;
        r = match_names(reference->source, entry->line->spec.data, &match);
        return r < 0 ? r : match == RESUME_CONFIGURED;
}

int resume_match(struct context *context, const struct resume_reference *reference, enum resume_match *ret)
{
        enum resume_match best = RESUME_STALE, match = RESUME_STALE;
        const struct mounts *mounts;
        int r;

        r = mounts_get(context, &mounts);
        if (r < 0)
                return r;

        for (size_t i = 0; i < mounts->n_entries && best != RESUME_CONFIGURED; i++) {
                if (!mount_configures_swap(&mounts->entries[i])) {
                        r = is_mounted(reference, &mounts->entries[i]);
                        if (r < 0)
                                return r;
                        if (r > 0)
                                best = RESUME_CONFIGURED;
                        continue;
                }
                r = match_entry(context, reference, &mounts->entries[i], &match);
                if (r < 0)
                        return r;
                if (match != RESUME_STALE)
                        best = match;
        }

        *ret = best;
        return 0;
}
