/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/host.h"
#include "engine/kdump.h"
#include "engine/probe.h"

/* Files by which container managers name themselves; see systemd-detect-virt(1). */
static const char *const container_files[] = {
        "/run/systemd/container",
        "/run/.containerenv",
        "/.dockerenv",
};

/* The environment of the first process says "container=" there. It is readable for root only: without it the
 * files have to do. */
static int init_says_container(struct root *root)
{
        const struct root_file *file;
        struct text rest, word;
        bool found = false;
        int r;

        r = root_read_flags(root, "/proc/1/environ", 0, ROOT_VOLATILE, &file);
        if (r < 0)
                return r == -ENOMEM ? r : 0;

        rest = file->content;
        while (!found && text_split(rest, '\0', &word, &rest))
                found = text_starts(word, "container=");
        root_release(root, file);
        return found;
}

static int in_container(struct root *root)
{
        if (!root_is_live(root))
                return 0;

        for (size_t i = 0; i < ARRAY_SIZE(container_files); i++) {
                int r = root_exists(root, container_files[i]);

                if (r != 0)
                        return r;
        }

        return init_says_container(root);
}

/* Kernels by their modules, or where /boot is part of the root by their images. */
static int has_kernel(struct root *root)
{
        static const char *const images[] = { "vmlinuz", "vmlinux", "Image", "bzImage", "zImage" };
        const char *const *names;
        size_t n;
        int r;

        r = root_list(root, "/lib/modules", &names, &n);
        if (r < 0 && r != -ENOENT && r != -ENOTDIR)
                return r;
        if (r >= 0 && n > 0)
                return 1;

        r = root_list(root, "/boot", &names, &n);
        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        for (size_t i = 0; r >= 0 && i < n; i++)
                for (size_t k = 0; k < ARRAY_SIZE(images); k++)
                        if (text_starts(text_from_string(names[i]), images[k]))
                                return 1;

        return r < 0 ? r : 0;
}

/* Asked once for all six probes: NULL, or why none of them applies. */
struct obstacle {
        const char *text;
};

static int make_obstacle(struct context *context, void **ret)
{
        _cleanup_free_ struct obstacle *obstacle = NULL;
        struct root *root = context_root(context);
        int r;

        obstacle = calloc(1, sizeof(*obstacle));
        if (!obstacle)
                return -ENOMEM;

        r = in_container(root);
        if (r > 0)
                obstacle->text = "this is a container: crash dumps belong to the kernel of its host";
        if (r == 0 && !root_is_live(root)) {
                r = has_kernel(root);
                if (r == 0)
                        obstacle->text = "this root has no kernel that could crash";
        }
        if (r < 0)
                return r;

        *ret = take_ptr(obstacle);
        return 0;
}

int kdump_apply(struct context *context)
{
        static const struct view view = { .make = make_obstacle, .free = free };
        const struct obstacle *obstacle;
        void *model;
        int r;

        r = host_check_read(context_host(context), context_diag(context));
        if (r < 0)
                return r;
        if (!kdump_family(context_host(context)))
                return probe_skip(context, "how this distribution sets up kdump is not known");

        r = context_view(context, &view, &model);
        if (r < 0)
                return r;
        obstacle = model;
        return obstacle->text ? probe_skip(context, "%s", obstacle->text) : 1;
}
