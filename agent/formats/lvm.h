/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What LVM's own files say about the disks that it may use: lvm.conf(5) and the devices file, lvmdevices(8).
 */

#include "base/text.h"

/* The last value of a number in lvm.conf, written in its section or as "SECTION/NAME". False when it is not
 * set there. */
bool lvm_conf_number(struct text content, const char *section, const char *name, uint64_t *ret);

/* A device that is listed. Texts are empty where a field is missing. */
struct lvm_device {
        unsigned number;     /* the line, from 1 */
        struct text id_type; /* "sys_serial" */
        struct text id_name;
        struct text device_name; /* what it was called last: "/dev/vda2" */
};

/* Takes the next listed device off the front of rest. number counts the lines, and starts with 0. False at
 * the end. */
bool lvm_devices_next(struct text *rest, unsigned *number, struct lvm_device *ret);
/* Whether the file says on which machine it was written, "PRODUCT_UUID" or "HOSTNAME". */
bool lvm_devices_has(struct text content, const char *field);
