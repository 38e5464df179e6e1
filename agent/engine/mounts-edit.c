/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mounts-edit.h"

#include "engine/context.h"
#include "engine/finding.h"
#include "engine/root.h"

#include <time.h>

#define FSTAB "/etc/fstab"

int mounts_edit_begin(struct plan *plan, struct mounts_edit *ret)
{
        struct context *context = plan_context(plan);
        struct mounts_edit edit = { .plan = plan };
        const struct root_file *file;
        int r;

        r = mounts_get(context, &edit.mounts);
        if (r < 0)
                return r;
        if (edit.mounts->fstab) {
                r = root_read(context_root(context), FSTAB, &file);
                if (r < 0)
                        return r;
                r = fstab_parse(file->content.data, file->content.len, &edit.fstab);
                if (r < 0)
                        return r;
        }

        *ret = edit;
        return 0;
}

int mounts_edit_write(struct mounts_edit *edit, struct text content)
{
        const struct root_file *file;
        int r;

        r = root_read(context_root(plan_context(edit->plan)), FSTAB, &file);
        if (r < 0)
                return r;

        return text_same(file->content, content) ? 0 : plan_write(edit->plan, FSTAB, content, 0644);
}

int mounts_edit_commit(struct mounts_edit *edit)
{
        _cleanup_buffer_ struct buffer content = { 0 };

        if (!edit->fstab)
                return 0;

        fstab_print(edit->fstab, &content);
        if (content.failed)
                return -ENOMEM;

        return mounts_edit_write(edit, (struct text){ content.data, content.len });
}

void mounts_edit_done(struct mounts_edit *edit)
{
        edit->fstab = fstab_free(edit->fstab);
}

static const struct mount_entry *find_entry(const struct mounts *mounts, const struct finding *finding)
{
        for (size_t i = 0; finding->path && i < mounts->n_entries; i++)
                if (mounts->entries[i].number == finding->line &&
                    string_equal(mounts->entries[i].path, finding->path))
                        return &mounts->entries[i];

        return NULL;
}

int mounts_edit_find(struct mounts_edit *edit, const struct finding *finding, const struct mount_entry **ret)
{
        const struct mount_entry *entry = find_entry(edit->mounts, finding);
        int r;

        if (!finding->path)
                r = plan_refuse(
                        edit->plan, finding,
                        "they are more than can be mended at once; the same fix again takes the next");
        else if (!entry && finding->path && !string_equal(finding->path, FSTAB))
                r = plan_refuse(edit->plan, finding, "it is about %s, and only lines of " FSTAB " are edited",
                                finding->path);
        else if (!entry)
                r = plan_refuse(edit->plan, finding, "it names no line of its own in " FSTAB);
        else if (entry->unit)
                r = plan_refuse(edit->plan, finding,
                                "it is about the unit %s, and only lines of " FSTAB
                                " are edited; 'systemctl disable' keeps a unit from being mounted at boot",
                                entry->path);
        else {
                *ret = entry;
                return 1;
        }

        return r;
}

int mounts_edit_result(struct mounts_edit *edit, const struct finding *finding, int r)
{
        if (r != -EINVAL)
                return r < 0 ? r : 1;

        return plan_refuse(edit->plan, finding,
                           "its line, once edited, would not be one that mount and systemd read alike");
}

int mounts_edit_comment_out(struct mounts_edit *edit, size_t number)
{
        time_t now = plan_options(edit->plan)->time;
        _cleanup_free_ char *prefix = NULL;
        char date[sizeof("2147485547-12-31")];
        struct tm tm;

        if (!gmtime_r(&now, &tm) || strftime(date, sizeof(date), "%Y-%m-%d", &tm) == 0)
                return -ERANGE;
        prefix = string_format("# ecs-guest-agent %s: ", date);
        if (!prefix)
                return -ENOMEM;

        return fstab_comment_out(edit->fstab, number, text_from_string(prefix));
}
