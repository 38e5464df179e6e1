/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "formats/crashkernel.h"

/* What each distribution sets crashkernel= to, and what its kernel makes of "auto". */

struct crashkernel_system {
        const char *id;   /* ID of os-release: "centos", "alinux", "ubuntu" */
        unsigned major;   /* first number of VERSION_ID */
        const char *arch; /* as uname -m says: "x86_64", "aarch64" */
        /* What the crash kernel needs in addition on RHEL 10 and Fedora 42 and later. */
        bool memory_encryption; /* SME or SEV is active (x86_64) */
        bool pages_64k;         /* the rest on aarch64 */
        bool smmu;
        bool mlx5;
};

/* The recommended value, without "crashkernel=", to be freed. -ENOENT for a system whose default is not known
 * or is computed on the machine (SUSE); -ENOMEM. */
_must_check_ int crashkernel_default(const struct crashkernel_system *system, char **ret);
/* NULL where "auto" is not supported or not known to be. */
const struct crashkernel_auto *crashkernel_auto_rule(const struct crashkernel_system *system);
