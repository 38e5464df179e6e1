/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/probe.h"

#include <inttypes.h>

/* What /proc/swaps says: one line a device after the heading, with octal escapes in the name; sizes in KiB.
 * See proc(5). */

enum field { NAME, TYPE, SIZE, USED, FIELD_COUNT };

static bool split(struct text line, struct text fields[FIELD_COUNT])
{
        for (size_t i = 0; i < FIELD_COUNT; i++)
                if (!text_next_word(&line, " \t", &fields[i]))
                        return false;

        return true;
}

static bool is_octal(char c)
{
        return c >= '0' && c <= '7';
}

static char *unescape(struct text text)
{
        char *string = malloc(text.len + 1);
        size_t n = 0;

        if (!string)
                return NULL;

        for (size_t i = 0; i < text.len; i++) {
                const char *s = text.data + i;

                if (text.len - i > 3 && s[0] == '\\' && is_octal(s[1]) && is_octal(s[2]) && is_octal(s[3])) {
                        string[n++] = (char) ((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
                        i += 3;
                } else
                        string[n++] = *s;
        }
        string[n] = '\0';
        return string;
}

static int report(struct context *context, const struct text fields[FIELD_COUNT])
{
        _cleanup_free_ char *name = unescape(fields[NAME]);
        struct finding *finding;
        uint64_t size, used;
        int r;

        if (!name)
                return -ENOMEM;
        if (text_parse_u64(fields[SIZE], &size) < 0 || text_parse_u64(fields[USED], &used) < 0)
                return diag_set(context_diag(context), -EBADMSG, "/proc/swaps", 0, "sizes are no numbers");
        r = root_note(context_root(context), "swap in use", name);
        if (r < 0)
                return r;

        finding = probe_fail(context, name,
                             "swap is in use now: %s, %" PRIu64 " MiB, of which %" PRIu64 " MiB are used",
                             name, size / 1024, used / 1024);
        finding_set_place(context, finding, "/proc/swaps", 0);
        finding_add_fact(context, finding, "device", "%s", name);
        finding_add_fact(context, finding, "type", "%.*s", TEXT_ARGS(fields[TYPE]));
        finding_add_fact(context, finding, "sizeKiB", "%" PRIu64, size);
        finding_add_fact(context, finding, "usedKiB", "%" PRIu64, used);
        return 0;
}

static int run(struct context *context)
{
        struct text rest, line, fields[FIELD_COUNT];
        const struct root_file *file;
        bool heading = true;
        int r;

        r = root_read_flags(context_root(context), "/proc/swaps", 0, ROOT_VOLATILE, &file);
        if (r < 0)
                return r;

        rest = file->content;
        while (text_next_line(&rest, &line)) {
                if (!heading && split(text_chomp(line), fields)) {
                        r = report(context, fields);
                        if (r < 0)
                                return r;
                }
                heading = false;
        }

        if (findings_count(context_findings(context), context_probe(context)) == 0)
                (void) probe_pass(context, NULL, "no swap is in use");
        return 0;
}

const struct probe probe_swap_active = {
        .id = "swap-active",
        .area = "swap",
        .title = "No swap is in use",
        .reason = "Swap that is in use now is what this machine slows down with; what turned it on may not "
                  "stand in "
                  "/etc/fstab, and then comes back in a clone.",
        .remedy = "Turn it off with swapoff when the memory suffices, and find out what turns it on.",
        .references = (const char *const[]){ "proc(5)", "swapon(8)", NULL },
        .severity = SEVERITY_NOTE,
        .flags = PROBE_LIVE,
        .run = run,
};
