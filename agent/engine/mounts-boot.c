/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mounts.h"
#include "formats/timespan.h"

#include <string.h>

/* systemd mounts these itself, before it reads fstab, and leaves out lines for them; so it does with what
 * container managers put into place. */
static bool is_left_out(const char *where)
{
        static const char *const api[] = {
                "/dev",
                "/dev/console",
                "/dev/pts",
                "/dev/shm",
                "/proc",
                "/proc/kmsg",
                "/proc/sys",
                "/proc/sys/kernel/random/boot_id",
                "/run",
                "/run/lock",
                "/sys",
                "/sys/firmware/efi/efivars",
                "/sys/fs/bpf",
                "/sys/fs/cgroup",
                "/sys/fs/pstore",
                "/sys/fs/selinux",
                "/sys/fs/smackfs",
                "/sys/kernel/security",
                NULL,
        };

        return string_in_list(where, api) || text_starts(text_from_string(where), "/sys/fs/cgroup/");
}

static bool is_device(const struct fstab_line *entry)
{
        struct text name, value;

        return fstab_tag(entry, &name, &value) || text_starts(entry->spec, "/dev/");
}

/* Two names, one option: the last of them counts. What systemd cannot read it ignores, and so does it where
 * there is no device to wait for. */
static struct text device_timeout(const struct fstab_line *entry)
{
        static const char *const names[] = { "x-systemd.device-timeout", "comment=systemd.device-timeout" };
        struct text rest = entry->mntops, word, timeout = TEXT("");
        uint64_t usec;

        while (text_next_word(&rest, ",", &word))
                for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                        size_t len = strlen(names[i]);

                        if (text_starts(word, names[i]) && word.len > len && word.data[len] == '=')
                                timeout = (struct text){ word.data + len + 1, word.len - len - 1 };
                }

        return is_device(entry) && timespan_parse(timeout, &usec) == 0 ? timeout : TEXT("");
}

static bool has_word(const struct fstab_line *entry, const char *option)
{
        struct text rest = entry->mntops, word;

        while (text_next_word(&rest, ",", &word))
                if (text_equal(word, option))
                        return true;

        return false;
}

static bool is_automount(const struct fstab_line *entry)
{
        return fstab_option(entry, "x-systemd.automount", NULL) ||
               has_word(entry, "comment=systemd.automount");
}

static bool is_pulled_by_others(const struct fstab_line *entry)
{
        return fstab_option(entry, "x-systemd.wanted-by", NULL) ||
               fstab_option(entry, "x-systemd.required-by", NULL);
}

static enum mount_need need_of(const struct fstab_line *entry, bool automount)
{
        /* An automount unit is linked whatever noauto and the other options say. */
        if (!automount && is_pulled_by_others(entry))
                return MOUNT_BY_OTHERS;
        if (!automount && fstab_noauto(entry))
                return MOUNT_ON_DEMAND;

        return fstab_nofail(entry) ? MOUNT_WANTED : MOUNT_REQUIRED;
}

struct mount_boot mount_predict(const struct fstab_line *entry, const char *where)
{
        struct mount_boot boot = { .timeout = device_timeout(entry) };

        if (fstab_is_swap(entry)) {
                boot.target = "swap.target";
                boot.need = need_of(entry, false);
                return boot;
        }

        boot.target = fstab_is_network(entry) ? "remote-fs.target" : "local-fs.target";
        if (where[0] != '/' || is_left_out(where))
                return boot;
        /* There is no boot without a root, whatever its options say. */
        if (string_equal(where, "/")) {
                boot.need = MOUNT_REQUIRED;
                return boot;
        }

        boot.automount = is_automount(entry);
        boot.need = need_of(entry, boot.automount);
        return boot;
}

char *mount_normalize(struct text path)
{
        char *normal = malloc(path.len + 2);
        struct text word;
        size_t n = 0;

        if (!normal)
                return NULL;

        while (text_next_word(&path, "/", &word)) {
                if (text_equal(word, "."))
                        continue;
                if (text_equal(word, "..")) {
                        while (n > 0 && normal[--n] != '/')
                                ;
                        continue;
                }
                normal[n++] = '/';
                memcpy(normal + n, word.data, word.len);
                n += word.len;
        }
        if (n == 0)
                normal[n++] = '/';
        normal[n] = '\0';
        return normal;
}
