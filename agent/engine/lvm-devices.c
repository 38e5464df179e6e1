/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/lvm-devices.h"

#include "engine/context.h"
#include "engine/host.h"
#include "engine/root.h"
#include "formats/lvm.h"

static void bonds_free(void *model)
{
        struct lvm_bonds *bonds = model;

        if (!bonds)
                return;

        for (size_t i = 0; i < bonds->n; i++) {
                free(bonds->items[i].id_type);
                free(bonds->items[i].id_name);
                free(bonds->items[i].device_name);
        }
        free(bonds->items);
        free(bonds);
}

static void bonds_free_pointer(struct lvm_bonds **bonds)
{
        bonds_free(*bonds);
}

/* 1 with the file, 0 when there is none. */
static int read_file(struct context *context, const char *path, const struct root_file **ret)
{
        int r;

        r = root_read(context_root(context), path, ret);
        return r == -ENOENT || r == -ENOTDIR ? 0 : r < 0 ? r : 1;
}

/* 1 or 0. Built in as on by release 9 and later of the RHEL family, elsewhere off; lvmlocal.conf is read
 * last. */
static int is_used(struct context *context)
{
        static const char *const paths[] = { "/etc/lvm/lvm.conf", "/etc/lvm/lvmlocal.conf" };
        const struct host *host = context_host(context);
        uint64_t value = host->family == HOST_RHEL && host->el_level >= 9;

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                const struct root_file *file;
                int r;

                r = read_file(context, paths[i], &file);
                if (r < 0)
                        return r;
                if (r > 0)
                        (void) lvm_conf_number(file->content, "devices", "use_devicesfile", &value);
        }

        return value > 0;
}

/* IDs of hardware, as opposed to names and to what LVM finds in a layer above it. */
static bool is_of_disk(const struct lvm_device *device)
{
        static const char *const types[] = { "sys_wwid",   "wwid_naa",  "wwid_eui",   "wwid_t10",
                                             "sys_serial", "nvme_uuid", "nvme_nguid", "nvme_eui64" };

        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                if (text_equal(device->id_type, types[i]))
                        return true;

        return false;
}

static int add(struct lvm_bonds *bonds, const struct lvm_device *device)
{
        struct lvm_bound *bound;

        if (array_grow(&bonds->items, bonds->n, sizeof(*bonds->items)) < 0)
                return -ENOMEM;

        bound = &bonds->items[bonds->n++];
        *bound = (struct lvm_bound){
                .number = device->number,
                .id_type = text_dup(device->id_type),
                .id_name = text_dup(device->id_name),
                .device_name = text_dup(device->device_name),
        };
        return bound->id_type && bound->id_name && bound->device_name ? 0 : -ENOMEM;
}

static int read_bonds(struct context *context, struct lvm_bonds *bonds)
{
        const struct root_file *file;
        struct lvm_device device;
        unsigned number = 0;
        struct text rest;
        int r;

        r = read_file(context, LVM_DEVICES, &file);
        if (r <= 0 || lvm_devices_has(file->content, "PRODUCT_UUID"))
                return r < 0 ? r : 0;
        r = is_used(context);
        if (r <= 0)
                return r;

        bonds->by_host_name = lvm_devices_has(file->content, "HOSTNAME");
        rest = file->content;
        while (lvm_devices_next(&rest, &number, &device)) {
                if (is_of_disk(&device) && add(bonds, &device) < 0)
                        return -ENOMEM;
        }

        return 0;
}

static int bonds_make(struct context *context, void **ret)
{
        _cleanup_(bonds_free_pointer) struct lvm_bonds *bonds = calloc(1, sizeof(*bonds));
        int r;

        if (!bonds)
                return -ENOMEM;

        r = read_bonds(context, bonds);
        if (r < 0)
                return r;

        *ret = take_ptr(bonds);
        return 0;
}

int lvm_bonds_get(struct context *context, const struct lvm_bonds **ret)
{
        static const struct view view = { bonds_make, bonds_free };
        void *model;
        int r;

        r = context_view(context, &view, &model);
        if (r < 0)
                return r;

        *ret = model;
        return 0;
}
