/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/swap-areas.h"
#include "engine/context.h"
#include "engine/devices.h"
#include "engine/mounts.h"
#include "engine/root.h"

static void areas_free(void *model)
{
        struct swap_areas *areas = model;

        if (!areas)
                return;
        swaps_free(areas->items, areas->n);
        free(areas);
}

static void areas_free_pointer(struct swap_areas **areas)
{
        areas_free(*areas);
}

static int areas_make(struct context *context, void **ret)
{
        _cleanup_(areas_free_pointer) struct swap_areas *areas = calloc(1, sizeof(*areas));
        const struct root_file *file;
        int r;

        if (!areas)
                return -ENOMEM;
        r = root_read_flags(context_root(context), SWAP_AREAS_PATH, 0, ROOT_VOLATILE, &file);
        if (r < 0)
                return r;
        r = swaps_parse(file->content, &areas->items, &areas->n);
        if (r == -EBADMSG)
                return diag_set(context_diag(context), r, SWAP_AREAS_PATH, 0, "sizes are no numbers");
        if (r < 0)
                return r;

        *ret = take_ptr(areas);
        return 0;
}

int swap_areas_get(struct context *context, const struct swap_areas **ret)
{
        static const struct view view = { areas_make, areas_free };
        void *model;
        int r;

        r = context_view(context, &view, &model);
        if (r < 0)
                return r;

        *ret = model;
        return 0;
}

/* The path that the kernel shows for what an entry names; NULL when no device has that name. */
static int kernel_path(struct context *context, const struct mount_entry *entry, char **ret)
{
        struct text spec = entry->line->spec;
        const struct block_device *device;
        const struct devices *devices;
        const char *resolved;
        int r;

        if (text_starts(spec, "/") && !text_starts(spec, "/dev/")) {
                r = root_resolve(context_root(context), spec.data, &resolved, NULL);
                if (r < 0)
                        return r;
                *ret = string_format("%s", resolved);
                return *ret ? 0 : -ENOMEM;
        }

        r = devices_get(context, &devices);
        if (r >= 0)
                r = devices_find(devices, spec, &device, NULL);
        if (r == -ENODEV) {
                *ret = NULL;
                return 0;
        }
        if (r < 0)
                return r == -ENOMEM ? r : -ENODATA;
        *ret = string_format("/dev/%s", device->name);
        return *ret ? 0 : -ENOMEM;
}

static const struct swap_area *find(const struct swap_areas *areas, const char *name)
{
        for (size_t i = 0; name && i < areas->n; i++)
                if (string_equal(areas->items[i].name, name))
                        return &areas->items[i];

        return NULL;
}

int swap_areas_find(struct context *context, const struct mount_entry *entry, const struct swap_area **ret)
{
        _cleanup_free_ char *path = NULL;
        const struct swap_areas *areas;
        int r;

        r = swap_areas_get(context, &areas);
        if (r < 0)
                return r;
        *ret = find(areas, entry->line->spec.data);
        if (*ret || areas->n == 0)
                return 0;

        r = kernel_path(context, entry, &path);
        if (r >= 0)
                *ret = find(areas, path);
        return r;
}

/* "MemAvailable:    1234 kB" */
static bool parse_line(struct text line, const char *name, uint64_t *ret)
{
        struct text key, value, number;

        return text_split(text_chomp(line), ':', &key, &value) && text_equal(key, name) &&
               text_next_word(&value, " \t", &number) && text_parse_u64(number, ret) >= 0;
}

int swap_available_memory(struct context *context, uint64_t *ret)
{
        static const char *const names[] = { "MemAvailable", "MemFree" };
        struct root *root = context_root(context);
        const struct root_file *file;
        uint64_t available = 0;
        int r;

        r = root_read_flags(root, "/proc/meminfo", 0, ROOT_VOLATILE, &file);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ARRAY_SIZE(names) && available == 0; i++) {
                struct text rest = file->content, line;

                while (available == 0 && text_next_line(&rest, &line))
                        (void) parse_line(line, names[i], &available);
        }
        root_release(root, file);
        *ret = available;
        return 0;
}
