/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mounts.h"
#include "engine/probe.h"

#include <string.h>

/* /etc/fstab can be read by every local user and travels in the image. What is found is named, never shown.
 */

enum kind {
        SECRET,     /* the value itself */
        ACCOUNT,    /* a name, which may carry "%PASSWORD" */
        SECRET_FILE /* path of a file with the secret */
};

static const struct secret_option {
        const char *name;
        enum kind kind;
        mode_t forbidden; /* for files */
} options[] = {
        { "password", SECRET, 0 },
        { "password2", SECRET, 0 },
        { "passwd", SECRET, 0 },
        { "pass", SECRET, 0 },
        { "secret", SECRET, 0 },
        { "username", ACCOUNT, 0 },
        { "user", ACCOUNT, 0 },
        { "credentials", SECRET_FILE, 077 },
        { "cred", SECRET_FILE, 077 },
        { "secretfile", SECRET_FILE, 077 },
        { "passwd_file", SECRET_FILE, 007 }, /* s3fs and ossfs take 0640 */
};

static void set_place(struct context *context, struct finding *finding, const struct mount_entry *entry,
                      const char *option)
{
        finding_set_place(context, finding, entry->path, entry->number);
        finding_add_fact(context, finding, "option", "%s", option);
}

static void report_value(struct context *context, const struct mount_entry *entry, const char *option)
{
        struct finding *finding;

        finding =
                probe_fail(context, mount_key(entry),
                           "a password for %s stands in its options (%s=), where every user and every clone "
                           "can read it",
                           entry->where, option);
        finding_set_actual(context, finding, "%s=(not shown)", option);
        finding_set_required(context, finding, "credentials= with a file of mode 0600");
        set_place(context, finding, entry, option);
}

static int report_account(struct context *context, const struct mount_entry *entry, const char *option)
{
        _cleanup_free_ char *key = string_format("account:%s", mount_key(entry));
        struct finding *finding;

        if (!key)
                return -ENOMEM;
        finding = probe_fail(context, key, "the account for %s stands in its options (%s=)", entry->where,
                             option);
        finding_set_severity(finding, SEVERITY_NOTE);
        finding_set_required(context, finding, "credentials= with a file of mode 0600");
        set_place(context, finding, entry, option);
        return 0;
}

static int judge_file(struct context *context, const struct mount_entry *entry,
                      const struct secret_option *option, struct text value)
{
        _cleanup_free_ char *path = text_dup(value);
        struct finding *finding;
        struct root_stat stat;
        int r;

        if (!path)
                return -ENOMEM;
        r = root_stat(context_root(context), path, &stat);
        if (r == -ENOENT || r == -ENOTDIR) {
                finding = probe_fail(context, mount_key(entry),
                                     "the file %s with the password for %s is missing, so that it cannot be "
                                     "mounted",
                                     path, entry->where);
        } else if (r < 0)
                return r;
        else if (stat.mode & option->forbidden) {
                finding = probe_fail(context, mount_key(entry),
                                     "the file %s with the password for %s can be used by other users", path,
                                     entry->where);
                finding_set_actual(context, finding, "mode %04o", (unsigned) stat.mode & 07777);
                finding_set_required(context, finding, "mode %04o", option->forbidden == 007 ? 0640U : 0600U);
        } else
                return 0;

        set_place(context, finding, entry, option->name);
        finding_add_fact(context, finding, "file", "%s", path);
        return 0;
}

/* "user" is also an option of mount(8), then without a value. */
static int judge_option(struct context *context, const struct mount_entry *entry,
                        const struct secret_option *option)
{
        struct text value;

        if (!fstab_option(entry->line, option->name, &value) || value.len == 0)
                return 0;

        switch (option->kind) {
        case SECRET:
                report_value(context, entry, option->name);
                return 0;
        case ACCOUNT:
                if (!memchr(value.data, '%', value.len))
                        return report_account(context, entry, option->name);
                report_value(context, entry, option->name);
                return 0;
        default:
                return judge_file(context, entry, option, value);
        }
}

static int run(struct context *context)
{
        const struct mounts *mounts;
        int r;

        r = mounts_get(context, &mounts);
        if (r < 0)
                return r;

        for (size_t i = 0; i < mounts->n_entries; i++)
                for (size_t k = 0; k < ARRAY_SIZE(options); k++) {
                        r = judge_option(context, &mounts->entries[i], &options[k]);
                        if (r < 0)
                                return r;
                }

        if (findings_count(context_findings(context), context_probe(context)) == 0)
                (void) probe_pass(context, NULL, "no mount option holds or exposes a password");
        return 0;
}

const struct probe probe_fstab_secrets = {
        .id = "fstab-secrets",
        .area = "fstab",
        .title = "No password stands in /etc/fstab or in a file that others can read",
        .reason = "Every local user reads /etc/fstab, and every clone of the image carries it: a password in "
                  "it is "
                  "known to all of them. A deleted credentials file keeps the share from being mounted.",
        .remedy = "Put username and password into a file of mode 0600, name it with credentials=, and change "
                  "the "
                  "password that was exposed.",
        .references = (const char *const[]){ "mount.cifs(8)", "fstab(5)", NULL },
        .guestos_item = "GUESTOS.Fstab",
        .severity = SEVERITY_CRITICAL,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = mounts_apply,
        .run = run,
};
