/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Shared by the files that make the view of engine/devices.h. */

#include "engine/devices.h"
#include "engine/root.h"

#define SYS_BLOCK "/sys/class/block"

/* Sets disks and number of a device that has a name. */
_must_check_ int device_read_sysfs(struct root *root, struct block_device *device);
/* Adds the names that udev knows. */
_must_check_ int device_read_udev(struct root *root, struct block_device *device);
/* Reads udev's links; sets known. */
_must_check_ int devices_read_links(struct devices *devices);
const struct block_device *devices_by_name(const struct devices *devices, struct text name);
/* The kernel's name of what the root is mounted from, a new string; -ENODATA when it is not a block device.
 */
_must_check_ int devices_root_source(struct root *root, char **ret);
/* The string with udev's \xNN resolved; NULL without memory. */
char *device_unescape(struct text text);
/* What stands behind the last slash. */
struct text device_base_name(const char *path);
/* Of an image: the device that a name like "/dev/vda2" of its own machine stands for: devices-image.c.
 * -ENODATA when that cannot be shown, -ENODEV when its system disk has no such partition. */
_must_check_ int devices_find_own(struct context *context, const struct devices *devices, struct text source,
                                  const struct block_device **ret);
