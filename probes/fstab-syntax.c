/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mounts.h"
#include "engine/probe.h"

#include <linux/fs.h>

/* A line is right when every reader takes it: libmount (mount -a), and systemd's generator, which reads by
 * getmntent() up to v256. What one of them does not take is "ignored": the file system is silently not there.
 */

static char *line_key(const struct fstab_line *line)
{
        if (line->n_fields > FSTAB_FILE && text_starts(line->file, "/") && !text_has_nul(line->file))
                return text_dup(line->file);

        return string_format("line-%zu", line->number);
}

static int report_line(struct context *context, const struct fstab_line *line, const char *error)
{
        _cleanup_free_ char *key = line_key(line);
        struct finding *finding;

        if (!key)
                return -ENOMEM;

        finding = probe_fail(context, key, "line %zu of /etc/fstab is not valid: %s", line->number, error);
        finding_set_place(context, finding, "/etc/fstab", (unsigned) line->number);
        return 0;
}

static int report_lines(struct context *context, const struct fstab *fstab)
{
        for (size_t i = 0; i < fstab->n_lines; i++) {
                const struct fstab_line *line = &fstab->lines[i];
                const char *error = mounts_line_error(context, line);
                int r;

                /* Told of below, for the file. */
                if (!error || (i == 0 && fstab->bom))
                        continue;
                r = report_line(context, line, error);
                if (r < 0)
                        return r;
        }

        return 0;
}

static void report_file(struct context *context, const struct fstab *fstab)
{
        struct finding *finding;

        if (fstab->bom) {
                finding = probe_fail(
                        context, "bom",
                        "/etc/fstab starts with a UTF-8 byte order mark, so that its first line is "
                        "neither comment nor entry");
                finding_set_place(context, finding, "/etc/fstab", 1);
        }
        for (size_t i = 0; fstab->crlf && i < fstab->n_lines; i++) {
                if (!text_equal(fstab->lines[i].ending, "\r\n"))
                        continue;
                finding = probe_fail(context, "crlf",
                                     "/etc/fstab has Windows line endings (CR LF): the carriage return can "
                                     "become part of the last field");
                finding_set_place(context, finding, "/etc/fstab", (unsigned) fstab->lines[i].number);
                break;
        }
        if (fstab->missing_newline) {
                finding =
                        probe_fail(context, "no-newline",
                                   "/etc/fstab does not end with a newline: a line that a script appends is "
                                   "glued to the last one");
                finding_set_severity(finding, SEVERITY_NOTE);
                finding_set_place(context, finding, "/etc/fstab", (unsigned) fstab->n_lines);
        }
}

/* A link to what fstab itself, or early boot, puts there: nothing of it can be read when it is needed. */
static void report_place(struct context *context, const struct mounts *mounts)
{
        const struct mount_entry *entry = mounts_find(mounts, mounts->fstab_place);
        struct finding *finding;

        if (text_starts(text_from_string(mounts->fstab_place), "/run/"))
                finding = probe_fail(context, "link", "/etc/fstab is a link to %s, which is empty at boot",
                                     mounts->fstab_place);
        else if (entry && !string_equal(entry->where, "/"))
                finding =
                        probe_fail(context, "link",
                                   "/etc/fstab is a link to %s, on the file system %s that it is needed for",
                                   mounts->fstab_place, entry->where);
        else
                return;
        finding_set_place(context, finding, "/etc/fstab", 0);
        finding_set_actual(context, finding, "%s", mounts->fstab_place);
}

static int report_immutable(struct context *context)
{
        struct finding *finding;
        unsigned flags;
        int r;

        r = root_flags(context_root(context), "/etc/fstab", &flags);
        if (r == -EOPNOTSUPP)
                return 0;
        if (r < 0)
                return r;

        if (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) {
                finding = probe_fail(context, "immutable",
                                     "/etc/fstab is %s (chattr): cloud-init cannot write it in a clone",
                                     flags & FS_IMMUTABLE_FL ? "immutable" : "append-only");
                finding_set_severity(finding, SEVERITY_NOTE);
                finding_set_place(context, finding, "/etc/fstab", 0);
        }

        return 0;
}

static void report_good(struct context *context, size_t n_lines)
{
        if (n_lines == 0)
                (void) probe_pass(context, NULL, "/etc/fstab is empty, so that nothing in it is wrong");
        else if (n_lines == 1)
                (void) probe_pass(context, NULL, "the only line of /etc/fstab can be read");
        else
                (void) probe_pass(context, NULL, "all %zu lines of /etc/fstab can be read", n_lines);
}

static int run(struct context *context)
{
        const struct mounts *mounts;
        int r;

        r = mounts_get(context, &mounts);
        if (r < 0)
                return r;
        r = report_lines(context, mounts->fstab);
        if (r < 0)
                return r;
        report_file(context, mounts->fstab);
        report_place(context, mounts);
        r = report_immutable(context);
        if (r < 0)
                return r;

        if (findings_count(context_findings(context), context_probe(context)) == 0)
                report_good(context, mounts->fstab->n_lines);
        return 0;
}

const struct probe probe_fstab_syntax = {
        .id = "fstab-syntax",
        .area = "fstab",
        .title = "Every line of /etc/fstab is one that mount and systemd understand",
        .reason =
                "A line that cannot be read is ignored, and its file system is silently not mounted; a byte "
                "order mark or Windows line ending does that to a line that looks right.",
        .remedy =
                "Correct the line: at least source, target and type, blanks inside a field written as \\040, "
                "then two numbers. 'findmnt --verify' reads the file like mount does.",
        .references = (const char *const[]){ "fstab(5)", "systemd-fstab-generator(8)", "findmnt(8)", NULL },
        .guestos_item = "GUESTOS.Fstab",
        .severity = SEVERITY_CRITICAL,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = mounts_apply_fstab,
        .run = run,
};
