/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/fstab.h"

#include <libmount.h>
#include <string.h>

bool fstab_next_option(const struct fstab_line *entry, size_t *at, struct text *ret_option)
{
        /* The decoded options are NUL-terminated; libmount does not write to them. */
        char *rest = (char *) entry->mntops.data + *at, *option, *value;
        size_t option_len, value_len;

        if (mnt_optstr_next_option(&rest, &option, &option_len, &value, &value_len) != 0)
                return false;

        *at = (size_t) (rest - entry->mntops.data);
        *ret_option = (struct text){ option, (size_t) (rest - option) };
        /* Behind the comma, or at the end. */
        if (rest[-1] == ',')
                ret_option->len--;
        return true;
}

bool fstab_option(const struct fstab_line *entry, const char *name, struct text *ret_value)
{
        char *rest = (char *) entry->mntops.data, *option, *value;
        size_t option_len, value_len;
        bool found = false;

        while (mnt_optstr_next_option(&rest, &option, &option_len, &value, &value_len) == 0) {
                if (!text_equal((struct text){ option, option_len }, name))
                        continue;
                found = true;
                if (ret_value)
                        *ret_value = (struct text){ value ? value : "", value ? value_len : 0 };
        }

        return found;
}

bool fstab_option_yes(const struct fstab_line *entry, const char *yes, const char *no)
{
        char *rest = (char *) entry->mntops.data, *option, *value;
        size_t option_len, value_len;
        bool result = false;

        while (mnt_optstr_next_option(&rest, &option, &option_len, &value, &value_len) == 0) {
                struct text text = { option, option_len };

                if (text_equal(text, yes))
                        result = true;
                else if (text_equal(text, no))
                        result = false;
        }

        return result;
}

static bool in_list(struct text word, const char *const *list)
{
        for (; *list; list++)
                if (text_equal(word, *list))
                        return true;

        return false;
}

bool fstab_is_swap(const struct fstab_line *entry)
{
        return text_equal(entry->vfstype, "swap");
}

bool fstab_is_bind(const struct fstab_line *entry)
{
        static const char *const bind[] = { "bind", "rbind", NULL };

        return in_list(entry->vfstype, bind) || fstab_option(entry, "bind", NULL) ||
               fstab_option(entry, "rbind", NULL);
}

bool fstab_is_network_type(const struct fstab_line *entry)
{
        /* systemd's set @network and the names that its fstype_is_network() adds. Neither 9p nor virtiofs. */
        static const char *const network[] = {
                "afs", "ceph", "cifs",  "davfs",    "gfs",   "gfs2", "glusterfs", "lustre", "ncp", "ncpfs",
                "nfs", "nfs4", "ocfs2", "orangefs", "pvfs2", "smb3", "smbfs",     "sshfs",  NULL,
        };
        struct text type = entry->vfstype;

        if (text_starts(type, "fuse.")) {
                type.data += strlen("fuse.");
                type.len -= strlen("fuse.");
        }

        return in_list(type, network);
}

bool fstab_is_network(const struct fstab_line *entry)
{
        return fstab_is_network_type(entry) || fstab_option(entry, "_netdev", NULL);
}

bool fstab_is_pseudo(const struct fstab_line *entry)
{
        /* What the libmount of some release does not know. */
        static const char *const pseudo[] = { "bpf",     "configfs", "efivarfs", "overlay",
                                              "tracefs", "virtiofs", NULL };

        return mnt_fstype_is_pseudofs(entry->vfstype.data) == 1 || in_list(entry->vfstype, pseudo);
}

static struct text unquote(struct text value)
{
        if (value.len >= 2 && (value.data[0] == '"' || value.data[0] == '\'') &&
            value.data[value.len - 1] == value.data[0])
                return (struct text){ value.data + 1, value.len - 2 };

        return value;
}

bool fstab_tag(const struct fstab_line *entry, struct text *ret_name, struct text *ret_value)
{
        static const char *const tags[] = { "UUID", "LABEL", "PARTUUID", "PARTLABEL", "ID", NULL };
        struct text name, value;

        if (!text_split(entry->spec, '=', &name, &value) || !in_list(name, tags))
                return false;

        *ret_name = name;
        *ret_value = unquote(value);
        return true;
}
