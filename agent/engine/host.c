/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/host.h"
#include "engine/root.h"
#include "formats/os-release.h"

#include <string.h>
#include <systemd/sd-id128.h>

/* Which layout a distribution follows. */
struct distribution {
        const char *id;
        enum host_family family;
        unsigned from, to; /* major versions, both included */
        unsigned el_level; /* 0: the major version itself */
};

static const struct distribution distributions[] = {
        { "alinux", HOST_RHEL, 2, 2, 7 },         { "alinux", HOST_RHEL, 3, 3, 8 },
        { "alinux", HOST_RHEL, 4, 99, 9 },        { "aliyun", HOST_RHEL, 2, 2, 7 },
        { "aliyun", HOST_RHEL, 3, 3, 8 },         { "anolis", HOST_RHEL, 7, 8, 0 },
        { "anolis", HOST_RHEL, 23, 99, 9 },       { "openEuler", HOST_RHEL, 20, 20, 7 },
        { "openEuler", HOST_RHEL, 21, 99, 8 },    { "fedora", HOST_RHEL, 33, 41, 9 },
        { "fedora", HOST_RHEL, 42, 99, 10 },      { "centos", HOST_RHEL, 6, 10, 0 },
        { "rhel", HOST_RHEL, 6, 10, 0 },          { "rocky", HOST_RHEL, 8, 10, 0 },
        { "almalinux", HOST_RHEL, 8, 10, 0 },     { "ol", HOST_RHEL, 6, 10, 0 },
        { "scientific", HOST_RHEL, 6, 7, 0 },     { "debian", HOST_DEBIAN, 0, 99, 0 },
        { "ubuntu", HOST_UBUNTU, 0, 99, 0 },      { "sles", HOST_SUSE, 0, 99, 0 },
        { "sles_sap", HOST_SUSE, 0, 99, 0 },      { "sled", HOST_SUSE, 0, 99, 0 },
        { "opensuse-leap", HOST_SUSE, 0, 99, 0 }, { "opensuse-tumbleweed", HOST_SUSE, 0, UINT32_MAX, 0 },
        { "opensuse", HOST_SUSE, 0, 99, 0 },
};

static void set_family(struct host *host)
{
        for (size_t i = 0; i < ARRAY_SIZE(distributions); i++) {
                const struct distribution *row = &distributions[i];

                if (!string_equal(host->os_id, row->id) || host->major < row->from || host->major > row->to)
                        continue;
                host->family = row->family;
                if (row->family == HOST_RHEL)
                        host->el_level = row->el_level > 0 ? row->el_level : host->major;
                return;
        }
}

static void set_version(struct host *host)
{
        if (!release_version_parse(text_from_string(host->os_version), &host->major, &host->minor))
                host->major = host->minor = 0;
}

/* Where the dynamic linker and the C library lie, by architecture; the first that is there decides. */
struct library {
        const char *linker;
        const char *arch;
        const char *libc[3];
};

static const struct library libraries[] = {
        { "/lib64/ld-linux-x86-64.so.2",
          "x86_64",
          { "/lib64/libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6" } },
        { "/lib/ld-linux-aarch64.so.1",
          "aarch64",
          { "/lib64/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6" } },
        { "/lib64/ld64.so.2", "ppc64le", { "/lib64/libc.so.6", "/lib/powerpc64le-linux-gnu/libc.so.6" } },
        { "/lib/ld64.so.1", "s390x", { "/lib64/libc.so.6", "/lib/s390x-linux-gnu/libc.so.6" } },
        { "/lib/ld-linux.so.2", "i686", { "/lib/libc.so.6", "/lib/i386-linux-gnu/libc.so.6" } },
        /* musl: its linker is its C library. */
        { "/lib/ld-musl-x86_64.so.1", "x86_64", { NULL } },
        { "/lib/ld-musl-aarch64.so.1", "aarch64", { NULL } },
};

/* Up to glibc 2.33 libc.so.6 is a link to libc-2.17.so; from 2.34 on it is the file itself. */
static unsigned glibc_minor_of(const char *resolved)
{
        const char *slash = strrchr(resolved, '/');
        struct text name = text_from_string(slash ? slash + 1 : resolved);
        uint64_t minor;

        if (text_equal(name, "libc.so.6"))
                return 34;
        if (!text_starts(name, "libc-2.") || !text_ends(name, ".so"))
                return 0;
        name.data += strlen("libc-2.");
        name.len -= strlen("libc-2.") + strlen(".so");

        return text_parse_u64(name, &minor) == 0 && minor < 1000 ? (unsigned) minor : 0;
}

static int read_libc(struct root *root, const struct library *library, struct host *host)
{
        for (size_t i = 0; i < ARRAY_SIZE(library->libc) && library->libc[i]; i++) {
                const char *resolved;
                bool exists;
                int r;

                r = root_resolve(root, library->libc[i], &resolved, &exists);
                if (r == -ENOMEM)
                        return r;
                if (r < 0 || !exists)
                        continue;
                host->glibc_minor = glibc_minor_of(resolved);
                return 0;
        }

        return 0;
}

static int read_arch(struct root *root, struct host *host)
{
        for (size_t i = 0; i < ARRAY_SIZE(libraries); i++) {
                struct root_stat st;
                /* Its name says it; where a link of this name leads does not matter. */
                int r = root_lstat(root, libraries[i].linker, &st);

                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        continue;
                host->arch = strdup(libraries[i].arch);
                return host->arch ? read_libc(root, &libraries[i], host) : -ENOMEM;
        }

        host->arch = strdup("");
        return host->arch ? 0 : -ENOMEM;
}

static int read_init(struct root *root, struct host *host)
{
        static const char *const places[] = { "/usr/lib/systemd/systemd", "/lib/systemd/systemd" };

        for (size_t i = 0; i < ARRAY_SIZE(places) && !host->systemd; i++) {
                int r = root_exists(root, places[i]);

                if (r == -ENOMEM)
                        return r;
                host->systemd = r > 0;
        }

        return 0;
}

/* One line of a file of the kernel's; NULL where there is none. */
static int read_kernel_line(struct root *root, const char *path, unsigned flags, char **ret)
{
        const struct root_file *file;
        struct text rest, line;
        int r;

        r = root_read_flags(root, path, 0, flags, &file);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return 0;

        rest = file->content;
        if (!text_next_line(&rest, &line))
                return 0;
        *ret = text_dup(text_chomp(line));
        return *ret ? 0 : -ENOMEM;
}

/* The kernel writes it with dashes; the rest of the world, sd_id128 first, without. Volatile: the same system
 * has the same digest after a reboot. */
static int read_boot_id(struct root *root, struct host *host)
{
        _cleanup_free_ char *line = NULL;
        char plain[SD_ID128_STRING_MAX];
        size_t n = 0;
        sd_id128_t id;
        int r;

        r = read_kernel_line(root, "/proc/sys/kernel/random/boot_id", ROOT_VOLATILE, &line);
        if (r < 0 || !line)
                return r;

        for (const char *c = line; *c && n < sizeof(plain) - 1; c++)
                if (*c != '-')
                        plain[n++] = *c;
        plain[n] = '\0';
        if (sd_id128_from_string(plain, &id) < 0)
                return 0;

        host->boot_id = strdup(plain);
        return host->boot_id ? 0 : -ENOMEM;
}

int host_read(struct root *root, struct host *ret)
{
        _cleanup_host_ struct host host = { .live = root_is_live(root) };
        int r;

        r = host_read_release(root, &host);
        if (r < 0)
                return r;
        set_version(&host);
        set_family(&host);

        r = read_arch(root, &host);
        if (r >= 0)
                r = read_init(root, &host);
        if (r >= 0 && host.live)
                r = read_kernel_line(root, "/proc/sys/kernel/osrelease", 0, &host.kernel);
        if (r >= 0 && host.live)
                r = read_boot_id(root, &host);
        if (r < 0)
                return r;

        *ret = host;
        host = (struct host){ 0 };
        return 0;
}

void host_done(struct host *host)
{
        free(host->os_id);
        free(host->os_version);
        free(host->os_name);
        free(host->kernel);
        free(host->arch);
        free(host->boot_id);
        diag_done(&host->unread);
        *host = (struct host){ 0 };
}
