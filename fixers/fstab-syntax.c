/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "engine/mounts-edit.h"

/* A byte order mark and Windows line endings mean nothing, so that they can be taken away without a guess.
 * What else is wrong with a line is for somebody who knows what it was to mean. */

static const struct {
        const char *key;
        const char *reason;
} refusals[] = {
        { "fstab-syntax:no-newline",
          "the end of the file is left as it is; an editor adds the newline when it saves the file" },
        { "fstab-syntax:link", "where the file should be kept instead is not known" },
        { "fstab-syntax:immutable", "somebody wanted the flag; 'chattr -i -a /etc/fstab' takes it away" },
        { "fstab-syntax:more", "there are too many such lines to look at each" },
};

static const char *refusal_for(const struct finding *finding)
{
        for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
                if (string_equal(finding->key, refusals[i].key))
                        return refusals[i].reason;

        return NULL;
}

/* Whether the line that a finding is about is a good one without the marks. */
static bool is_cured(struct plan *plan, const struct fstab *plain, const struct finding *finding)
{
        if (string_equal(finding->key, "fstab-syntax:bom") || string_equal(finding->key, "fstab-syntax:crlf"))
                return true;

        return finding->line > 0 && finding->line <= plain->n_lines &&
               !mounts_line_error(plan_context(plan), &plain->lines[finding->line - 1]);
}

static int judge(struct plan *plan, const struct fstab *plain, const struct finding *finding)
{
        const char *reason = refusal_for(finding);

        if (reason)
                return plan_refuse(plan, finding, "%s", reason);
        if (is_cured(plan, plain, finding))
                return 0;

        return plan_refuse(plan, finding,
                           "only a byte order mark and Windows line endings are taken away; what the line "
                           "should say is not known");
}

static int plan_syntax(struct plan *plan)
{
        _cleanup_mounts_edit_ struct mounts_edit edit = { 0 };
        _cleanup_buffer_ struct buffer content = { 0 };
        _cleanup_fstab_ struct fstab *plain = NULL;
        const struct finding *finding = NULL;
        int r;

        r = mounts_edit_begin(plan, &edit);
        if (r < 0)
                return r;
        if (!edit.fstab)
                return 0;

        fstab_print_plain(edit.fstab, &content);
        if (content.failed)
                return -ENOMEM;
        r = fstab_parse(content.data, content.len, &plain);
        if (r < 0)
                return r;

        while ((finding = plan_next_finding(plan, finding))) {
                r = judge(plan, plain, finding);
                if (r < 0)
                        return r;
        }

        return mounts_edit_write(&edit, (struct text){ content.data, content.len });
}

const struct fixer fixer_fstab_syntax = {
        .id = "fstab-syntax",
        .title = "Take the byte order mark and Windows line endings out of /etc/fstab",
        .fixes = (const char *const[]){ "fstab-syntax", NULL },
        .risk = RISK_BOOT,
        .flags = FIXER_OFFLINE,
        .plan = plan_syntax,
};
