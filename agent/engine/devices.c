/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/devices-internal.h"

#include "engine/context.h"
#include "engine/diag.h"

#include <string.h>

static void device_done(struct block_device *device)
{
        for (size_t i = 0; i < device->n_disks; i++)
                free(device->disks[i]);
        for (size_t i = 0; i < DEVICE_TAG_COUNT; i++)
                free(device->tags[i]);
        free(device->disks);
        free(device->name);
        free(device->number);
        free(device->type);
        free(device->mapper);
}

static void devices_free(void *model)
{
        struct devices *devices = model;

        if (!devices)
                return;

        for (size_t i = 0; i < devices->n; i++)
                device_done(&devices->items[i]);
        free(devices->items);
        free(devices->system_disk);
        free(devices);
}

static void devices_free_pointer(struct devices **devices)
{
        devices_free(*devices);
}

struct text device_base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return text_from_string(slash ? slash + 1 : path);
}

const struct block_device *devices_by_name(const struct devices *devices, struct text name)
{
        for (size_t i = 0; i < devices->n; i++)
                if (text_equal(name, devices->items[i].name))
                        return &devices->items[i];

        return NULL;
}

/* Ramdisks, and loop devices that have no file: a kernel shows eight or sixteen of each from the start. */
static int is_idle(struct root *root, const char *name)
{
        _cleanup_free_ char *path = NULL;
        int r;

        if (text_starts(text_from_string(name), "ram"))
                return 1;
        /* "loop0" has one p, its partition "loop0p1" another one. */
        if (!text_starts(text_from_string(name), "loop") || strchr(name, 'p') != strrchr(name, 'p'))
                return 0;

        path = string_format(SYS_BLOCK "/%s/loop", name);
        if (!path)
                return -ENOMEM;
        r = root_exists(root, path);
        return r < 0 ? r : r == 0;
}

static int add_device(struct devices *devices, const char *name)
{
        struct block_device *device;
        int r;

        r = is_idle(devices->root, name);
        if (r != 0)
                return r < 0 ? r : 0;

        r = array_grow(&devices->items, devices->n, sizeof(*devices->items));
        if (r < 0)
                return r;
        device = &devices->items[devices->n++];
        *device = (struct block_device){ .name = strdup(name) };
        if (!device->name)
                return -ENOMEM;

        r = device_read_sysfs(devices->root, device);
        return r < 0 ? r : device_read_udev(devices->root, device);
}

static int read_devices(struct devices *devices)
{
        const char *const *names;
        size_t n_names;
        int r;

        r = root_list(devices->root, SYS_BLOCK, &names, &n_names);
        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        if (r < 0)
                return r;

        for (size_t i = 0; i < n_names; i++) {
                r = add_device(devices, names[i]);
                if (r < 0)
                        return r;
        }

        return devices_read_links(devices);
}

char *device_disks(const struct block_device *device)
{
        _cleanup_buffer_ struct buffer text = { 0 };
        char *string;
        size_t len;

        for (size_t i = 0; i < device->n_disks; i++)
                buffer_addf(&text, "%s%s", i > 0 ? ", " : "", device->disks[i]);
        buffer_add_string(&text, "");
        return buffer_finish(&text, &string, &len) < 0 ? NULL : string;
}

static bool has_disk(const struct block_device *device, const char *disk)
{
        for (size_t i = 0; i < device->n_disks; i++)
                if (string_equal(device->disks[i], disk))
                        return true;

        return false;
}

static int set_system_disk(struct devices *devices, const struct block_device *system)
{
        devices->system_disk = device_disks(system);
        if (!devices->system_disk)
                return -ENOMEM;

        for (size_t i = 0; i < devices->n; i++) {
                struct block_device *device = &devices->items[i];

                device->on_system_disk = device->n_disks > 0;
                for (size_t k = 0; k < device->n_disks; k++)
                        device->on_system_disk &= has_disk(system, device->disks[k]);
        }

        return 0;
}

/* What was judged from a file that changes with every mount; see root_note(). */
static int note_system_disk(struct context *context, const struct devices *devices)
{
        return root_note(context_root(context), "system disk",
                         devices->system_disk ? devices->system_disk : "not known");
}

static int find_root_disk(struct devices *devices)
{
        _cleanup_free_ char *name = NULL;
        const struct block_device *device;
        int r;

        r = devices_root_source(devices->root, &name);
        if (r == -ENODATA)
                return 0;
        if (r < 0)
                return r;

        device = devices_by_name(devices, text_from_string(name));
        return device ? set_system_disk(devices, device) : 0;
}

static int find_named_disk(struct context *context, struct devices *devices, const char *disk)
{
        const struct block_device *device = NULL;
        const char *resolved;
        int r;

        r = root_resolve(devices->root, disk, &resolved, NULL);
        if (r >= 0)
                device = devices_by_name(devices, device_base_name(resolved));
        if (r == -ENOMEM)
                return r;
        if (!device)
                return diag_set(context_diag(context), -ENODEV, NULL, 0,
                                "this machine has no block device %s, which --system-disk names", disk);

        return set_system_disk(devices, device);
}

/* Errors of the other root say where they come from. */
static int pass_on(struct context *context, const struct devices *devices, int error)
{
        const struct diag *diag = root_diag(devices->root);

        if (!devices->foreign || error == -ENOMEM)
                return error;

        return diag_set(context_diag(context), error, NULL, 0, "this machine's devices: %s",
                        diag->error == error && diag->message ? diag->message : strerror(-error));
}

static int devices_make(struct context *context, void **ret)
{
        const struct scan_options *options = context_options(context);
        _cleanup_(devices_free_pointer) struct devices *devices = NULL;
        bool live = root_is_live(context_root(context));
        int r;

        if (!live && (!options->system_disk || !options->machine))
                return diag_set(context_diag(context), -ENOMEDIUM, NULL, 0,
                                "an image does not say which disks there are; --system-disk names its own");

        devices = calloc(1, sizeof(*devices));
        if (!devices)
                return -ENOMEM;

        devices->foreign = !live;
        devices->root = live ? context_root(context) : options->machine;
        r = read_devices(devices);
        if (r < 0)
                return pass_on(context, devices, r);

        r = live ? find_root_disk(devices) : find_named_disk(context, devices, options->system_disk);
        if (r < 0)
                return r;
        r = note_system_disk(context, devices);
        if (r < 0)
                return r;

        *ret = take_ptr(devices);
        return 0;
}

int devices_get(struct context *context, const struct devices **ret)
{
        static const struct view view = { devices_make, devices_free };
        void *model;
        int r;

        r = context_view(context, &view, &model);
        if (r < 0)
                return r;

        *ret = model;
        return 0;
}
