/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/crashkernel-default.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>

#define GIB CRASHKERNEL_GIB
#define MIB CRASHKERNEL_MIB

#define X86 "x86_64"
#define ARM "aarch64"
#define POWER "ppc64le"
#define MAINFRAME "s390x"

/* Rebuilds keep the numbers and the kernel of what they rebuild. */
static const struct {
        const char *id, *family;
} aliases[] = {
        { "centos", "rhel" }, { "almalinux", "rhel" }, { "rocky", "rhel" },
        { "ol", "rhel" },     { "redhat", "rhel" },
};

/* The first row that fits counts; without an architecture it fits all.
 * Sources: RHEL 6 Deployment Guide 32.2.3; kdump_get_arch_recommend_crashkernel() of kdump-utils; Debian's
 * kdump-tools.cfg; the images of Alibaba Cloud. */
static const struct {
        const char *family;
        unsigned first, last;
        const char *arch;
        const char *value;
        bool additions;
} defaults[] = {
        { "rhel", 6, 6, X86, "auto" },
        { "rhel", 7, 8, NULL, "auto" },
        { "rhel", 9, 9, X86, "1G-4G:192M,4G-64G:256M,64G-:512M" },
        { "rhel", 9, 9, MAINFRAME, "1G-4G:192M,4G-64G:256M,64G-:512M" },
        { "rhel", 9, 9, ARM, "1G-4G:256M,4G-64G:320M,64G-:576M" },
        { "rhel", 10, UINT_MAX, X86, "2G-64G:256M,64G-:512M", true },
        { "rhel", 10, UINT_MAX, MAINFRAME, "2G-64G:256M,64G-:512M", true },
        { "rhel", 10, UINT_MAX, ARM, "2G-4G:256M,4G-64G:320M,64G-:576M", true },
        { "rhel", 9, UINT_MAX, POWER, "2G-4G:384M,4G-16G:512M,16G-64G:1G,64G-128G:2G,128G-:4G" },
        { "fedora", 33, 41, X86, "1G-4G:192M,4G-64G:256M,64G-:512M" },
        { "fedora", 33, 41, ARM, "1G-4G:256M,4G-64G:320M,64G-:576M" },
        { "fedora", 42, UINT_MAX, X86, "2G-64G:256M,64G-:512M", true },
        { "fedora", 42, UINT_MAX, ARM, "2G-4G:256M,4G-64G:320M,64G-:576M", true },
        { "alinux", 2, 2, NULL, "0M-2G:0M,2G-8G:192M,8G-:256M" },
        { "alinux", 3, UINT_MAX, NULL, "0M-2G:0M,2G-8G:192M,8G-128G:256M,128G-376G:384M,376G-:448M" },
        { "anolis", 8, UINT_MAX, NULL, "0M-2G:0M,2G-8G:192M,8G-128G:256M,128G-376G:384M,376G-:448M" },
        /* The installer's 512M, but not where it would starve the machine. */
        { "openEuler", 0, UINT_MAX, NULL, "2G-:512M" },
        { "debian", 0, UINT_MAX, NULL, "384M-:128M" },
        { "ubuntu", 0, UINT_MAX, ARM, "2G-4G:320M,4G-32G:512M,32G-64G:1024M,64G-128G:2048M,128G-:4096M" },
        { "ubuntu", 0, UINT_MAX, NULL, "0M-2G:0M,2G-4G:256M,4G-64G:384M,64G-:512M" },
};

#define RANGE(from, to, reserved)                                                                            \
        {                                                                                                    \
                .start = { .bytes = (from) }, .end = { .bytes = (to) }, .size = {.bytes = (reserved) }       \
        }

static const struct crashkernel_range release6[] = { RANGE(2 * GIB, UINT64_MAX, 128 * MIB) };
static const struct crashkernel_range release7[] = { RANGE(2 * GIB, UINT64_MAX, 160 * MIB) };
/* The first numbers that were published; later kernels reserve more. */
static const struct crashkernel_range release8[] = {
        RANGE(1 * GIB, 4 * GIB, 160 * MIB),
        RANGE(4 * GIB, 64 * GIB, 192 * MIB),
        RANGE(64 * GIB, 1024 * GIB, 256 * MIB),
        RANGE(1024 * GIB, UINT64_MAX, 512 * MIB),
};
static const struct crashkernel_range release8_arm[] = { RANGE(2 * GIB, UINT64_MAX, 448 * MIB) };
static const struct crashkernel_range mainframe[] = { RANGE(4 * GIB, UINT64_MAX, 160 * MIB) };

static const struct {
        unsigned major;
        const char *arch;
        struct crashkernel_auto rule;
} auto_rules[] = {
        { 6, X86, { release6, ARRAY_SIZE(release6), true } },
        { 6, MAINFRAME, { mainframe, ARRAY_SIZE(mainframe), true } },
        { 7, MAINFRAME, { mainframe, ARRAY_SIZE(mainframe), true } },
        { 7, NULL, { release7, ARRAY_SIZE(release7), true } },
        { 8, X86, { release8, ARRAY_SIZE(release8), false } },
        { 8, MAINFRAME, { release8, ARRAY_SIZE(release8), false } },
        { 8, ARM, { release8_arm, ARRAY_SIZE(release8_arm), false } },
};

static const char *family_of(const char *id)
{
        for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
                if (string_equal(aliases[i].id, id))
                        return aliases[i].family;

        return id;
}

static bool fits(const char *arch, const struct crashkernel_system *system)
{
        return !arch || string_equal(arch, system->arch);
}

/* In bytes, for every range. */
static uint64_t addition(const struct crashkernel_system *system)
{
        uint64_t more = 0;

        if (!string_equal(system->arch, ARM))
                return system->memory_encryption ? 64 * MIB : 0;
        if (!system->pages_64k)
                return system->mlx5 ? 150 * MIB : 0;

        more = 100 * MIB;
        if (system->smmu)
                more += 384 * MIB;
        if (system->mlx5)
                more += 200 * MIB;
        return more;
}

static int add_to_ranges(const char *value, uint64_t more, char **ret)
{
        _cleanup_crashkernel_ struct crashkernel *crashkernel = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        const struct crashkernel_parameter *parameter;
        int r;

        r = crashkernel_parse_value(text_from_string(value), &crashkernel);
        if (r < 0)
                return r;

        parameter = &crashkernel->parameters[0];
        for (size_t i = 0; i < parameter->n_ranges; i++) {
                const struct crashkernel_range *range = &parameter->ranges[i];

                if (i > 0)
                        buffer_add_char(&out, ',');
                buffer_add_text(&out, range->start.raw);
                buffer_add_char(&out, '-');
                buffer_add_text(&out, range->end.raw);
                buffer_addf(&out, ":%" PRIu64 "M", (range->size.bytes + more) / MIB);
        }
        return buffer_finish(&out, ret, NULL);
}

int crashkernel_default(const struct crashkernel_system *system, char **ret)
{
        const char *family;

        assert(system && system->id && system->arch);
        assert(ret);

        family = family_of(system->id);
        for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
                uint64_t more;
                char *value;

                if (!string_equal(defaults[i].family, family) || system->major < defaults[i].first ||
                    system->major > defaults[i].last || !fits(defaults[i].arch, system))
                        continue;

                more = defaults[i].additions ? addition(system) : 0;
                if (more > 0)
                        return add_to_ranges(defaults[i].value, more, ret);

                value = text_dup(text_from_string(defaults[i].value));
                if (!value)
                        return -ENOMEM;
                *ret = value;
                return 0;
        }

        return -ENOENT;
}

const struct crashkernel_auto *crashkernel_auto_rule(const struct crashkernel_system *system)
{
        assert(system && system->id && system->arch);

        if (!string_equal(family_of(system->id), "rhel"))
                return NULL;
        for (size_t i = 0; i < ARRAY_SIZE(auto_rules); i++)
                if (auto_rules[i].major == system->major && fits(auto_rules[i].arch, system))
                        return &auto_rules[i].rule;

        return NULL;
}
