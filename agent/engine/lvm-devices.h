/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The disks that LVM is bound to by its devices file, lvmdevices(8): it looks at no other one. An entry by
 * serial number or WWID belongs to that very disk, and a clone's is another one. Entries by name are searched
 * for elsewhere by LVM itself, and those of layers (md, crypt, multipath) travel with the data. */

#include "base/text.h"

struct context;

#define LVM_DEVICES "/etc/lvm/devices/system.devices"

struct lvm_bound {
        unsigned number; /* the line */
        char *id_type;   /* "sys_serial" */
        char *id_name;
        char *device_name; /* what it was called last; "" when that is not said */
};

struct lvm_bonds {
        struct lvm_bound *items;
        size_t n;
        /* The file says by the machine's host name where it was written. LVM then searches everything anew on
         * a machine of another name, and only there. */
        bool by_host_name;
};

/* Borrowed until the context is freed. Empty where no such file is used, or says by the machine's UUID where
 * it was written, since LVM then searches anew on each clone. */
_must_check_ int lvm_bonds_get(struct context *context, const struct lvm_bonds **ret);
