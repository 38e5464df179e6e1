/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/host.h"
#include "engine/kdump.h"
#include "engine/root.h"

#include <string.h>

void kdump_initramfs_done(struct kdump_initramfs *initramfs)
{
        free(initramfs->path);
        free(initramfs->newer);
        *initramfs = (struct kdump_initramfs){ 0 };
}

/* The pattern with the kernel's release in place of its "%s". */
static char *expand(const char *pattern, const char *release)
{
        struct text before, after, text = text_from_string(pattern);

        if (!text_split(text, '%', &before, &after))
                return strdup(pattern);
        return string_format("%.*s%s%.*s", TEXT_ARGS(before), release, (int) after.len - 1, after.data + 1);
}

/* 1 and the path and time of the first pattern that leads to a file, 0 when none does. */
static int find_file(struct root *root, const char *pattern, const char *release, char **ret_path,
                     time_t *ret_time)
{
        _cleanup_free_ char *path = expand(pattern, release);
        struct root_stat stat;
        int r;

        if (!path)
                return -ENOMEM;
        r = root_stat(root, path, &stat);
        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        if (r < 0)
                return r;

        *ret_path = take_ptr(path);
        *ret_time = stat.mtime.tv_sec;
        return 1;
}

int kdump_initramfs(struct context *context, struct kdump_initramfs *ret)
{
        const struct kdump_family *family = kdump_family(context_host(context));
        const char *release = context_host(context)->kernel;
        _cleanup_kdump_initramfs_ struct kdump_initramfs initramfs = { 0 };
        struct root *root = context_root(context);
        time_t made = 0;
        int r = 0;

        for (size_t i = 0; release && i < ARRAY_SIZE(family->initramfs) && family->initramfs[i] && r == 0;
             i++)
                r = find_file(root, family->initramfs[i], release, &initramfs.path, &made);

        for (size_t i = 0; r >= 0 && initramfs.path && i < ARRAY_SIZE(family->inputs) && family->inputs[i] &&
                           !initramfs.newer;
             i++) {
                _cleanup_free_ char *path = NULL;
                time_t changed = 0;

                r = find_file(root, family->inputs[i], release, &path, &changed);
                if (r > 0 && changed > made)
                        initramfs.newer = take_ptr(path);
        }
        if (r < 0)
                return r;

        /* Times are not part of the digest, what follows from them is. */
        r = root_note(root, "crash initramfs", initramfs.newer ? "stale" : "fresh");
        if (r < 0)
                return r;
        *ret = initramfs;
        initramfs = (struct kdump_initramfs){ 0 };
        return 0;
}
