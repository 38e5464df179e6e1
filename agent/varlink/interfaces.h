/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The descriptions of our interfaces, as they stand in NAME.varlink beside this file; embed.awk makes the
 * table. */

struct varlink_interface {
        const char *name;
        const char *description;
};

/* Sorted by name; ends with a NULL name. */
extern const struct varlink_interface varlink_interfaces[];
