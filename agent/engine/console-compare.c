/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/console.h"

/* What differs by its nature: added by the loader, or by the tool that writes the entry. */
static const char *const ignored_running[] = { "BOOT_IMAGE", "initrd", "vt.handoff", NULL };
static const char *const ignored_entry[] = { "root", "ro", "rw", "rootflags", "panic", "ostree", NULL };
static const char *const ignored_future[] = {
        "root", "ro",         "rw",     "rootflags",  "rootfstype",    "panic",
        "LANG", "BOOT_IMAGE", "initrd", "vt.handoff", "resume_offset", NULL
};

static const char *const *const ignored[] = {
        [BOOT_RUNNING] = ignored_running,
        [BOOT_NEXT] = ignored_entry,
        [BOOT_FUTURE] = ignored_future,
};
_Static_assert(ARRAY_SIZE(ignored) == BOOT_ROLE_COUNT, "a list for each role");

static bool is_compared(const struct kernel_cmdline_token *token, const char *const *names)
{
        if (kernel_cmdline_key_equal(token->key, "console"))
                return false;
        for (; *names; names++)
                if (kernel_cmdline_key_equal(token->key, *names))
                        return false;

        return true;
}

static bool holds(const struct boot_line *line, const struct kernel_cmdline_token *token)
{
        for (size_t i = 0; i < line->cmdline->n_kernel; i++) {
                const struct kernel_cmdline_token *other = &line->cmdline->tokens[i];

                if (text_same(other->key, token->key) && text_same(other->value, token->value) &&
                    other->has_value == token->has_value)
                        return true;
        }

        return false;
}

static void add_missing(const struct boot_line *from, const struct boot_line *in, char sign,
                        const char *const *names, struct buffer *out)
{
        for (size_t i = 0; i < from->cmdline->n_kernel; i++) {
                const struct kernel_cmdline_token *token = &from->cmdline->tokens[i];

                if (!is_compared(token, names) || holds(in, token))
                        continue;
                if (out->len > 0)
                        buffer_add_char(out, ' ');
                buffer_add_char(out, sign);
                buffer_add_text(out, token->raw);
        }
}

int console_compare(const struct boot_line *reference, const struct boot_line *other,
                    struct console_comparison *ret)
{
        _cleanup_console_comparison_ struct console_comparison made = { 0 };

        console_print_list(reference, &made.reference);
        console_print_list(other, &made.other);
        add_missing(other, reference, '+', ignored[other->role], &made.parameters);
        add_missing(reference, other, '-', ignored[other->role], &made.parameters);
        if (made.reference.failed || made.other.failed || made.parameters.failed)
                return -ENOMEM;

        made.consoles = !string_equal(made.reference.data, made.other.data);
        *ret = made;
        made = (struct console_comparison){ 0 };
        return ret->consoles || ret->parameters.len > 0;
}

void console_comparison_done(struct console_comparison *comparison)
{
        buffer_done(&comparison->reference);
        buffer_done(&comparison->other);
        buffer_done(&comparison->parameters);
}
