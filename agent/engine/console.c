/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/console.h"
#include "engine/host.h"
#include "engine/probe.h"

#include <string.h>

bool console_next(const struct boot_line *line, size_t *index, const struct kernel_cmdline_token **ret_token,
                  struct console_argument *ret)
{
        const struct kernel_cmdline_token *token;

        while ((token = kernel_cmdline_next(line->cmdline, "console", index))) {
                if (!token->has_value)
                        continue;
                *ret_token = token;
                *ret = console_parse(token->value);
                return true;
        }

        return false;
}

bool console_find_duplicate(const struct boot_line *line, const struct kernel_cmdline_token **ret_token)
{
        const struct kernel_cmdline_token *token, *other;
        struct console_argument a, b;
        size_t i = 0, j;

        while (console_next(line, &i, &token, &a)) {
                j = i;
                while (console_next(line, &j, &other, &b))
                        if (a.name.len > 0 && console_same_type(&a, &b)) {
                                *ret_token = other;
                                return true;
                        }
        }

        return false;
}

void console_print_list(const struct boot_line *line, struct buffer *out)
{
        const struct kernel_cmdline_token *token;
        struct console_argument console;
        const char *separator = "";
        size_t index = 0;

        while (console_next(line, &index, &token, &console)) {
                buffer_add_string(out, separator);
                buffer_add_text(out, token->raw);
                separator = " ";
        }
        if (!*separator)
                buffer_add_string(out, "none");
}

/* Of two consoles of one type the later decides the place. The first port is the one that the platform shows,
 * and of its speeds the highest was meant: 9600 is what it has without options. */
static size_t add_console(struct console_argument *list, size_t n, const struct console_argument *console)
{
        struct console_argument kept = *console;

        for (size_t i = 0; i < n; i++) {
                if (!console_same_type(&list[i], console))
                        continue;
                if (list[i].index < kept.index || (list[i].index == kept.index && list[i].speed > kept.speed))
                        kept = list[i];
                memmove(&list[i], &list[i + 1], (n - i - 1) * sizeof(*list));
                n--;
                break;
        }
        if (n == CONSOLES_MAX)
                return n;

        list[n] = kept;
        return n + 1;
}

static void print_console(const struct console_argument *console, struct buffer *out)
{
        if (out->len > 0)
                buffer_add_char(out, ' ');
        buffer_add_string(out, "console=");
        if (console_print_corrected(console, out) < 0)
                buffer_add_text(out, console->value);
        if (console->glued.len > 0) {
                buffer_add_char(out, ' ');
                buffer_add_text(out, console->glued);
        }
}

void console_print_required(const struct boot_line *line, const char *serial, struct buffer *out)
{
        struct console_argument list[CONSOLES_MAX], console;
        const struct kernel_cmdline_token *token;
        bool screen = false;
        size_t index = 0, n = 0;

        while (console_next(line, &index, &token, &console)) {
                n = add_console(list, n, &console);
                screen = screen || console.type == CONSOLE_TYPE_VIRTUAL;
        }

        if (!screen)
                buffer_add_string(out, "console=tty0");
        for (size_t i = 0; i < n; i++)
                print_console(&list[i], out);
        if (serial && !console_has_serial(line, serial))
                buffer_addf(out, " console=%s,115200n8", serial);
}

const char *console_serial_device(const struct host *host)
{
        static const struct {
                const char *arch, *device;
        } devices[] = { { "x86_64", "ttyS0" }, { "i686", "ttyS0" }, { "aarch64", "ttyAMA0" } };

        for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
                if (string_equal(host->arch, devices[i].arch))
                        return devices[i].device;

        return NULL;
}

/* "uart8250,io,0x3f8" gives the port's address and becomes the same console. */
bool console_has_serial(const struct boot_line *line, const char *serial)
{
        const struct kernel_cmdline_token *token;
        struct console_argument console;
        size_t index = 0;

        while (console_next(line, &index, &token, &console)) {
                if (text_equal(console.device, serial) && console.fault != CONSOLE_FAULT_DEVICE)
                        return true;
                if (string_equal(serial, "ttyS0") && console.type == CONSOLE_TYPE_EARLY &&
                    text_contains(console.options, "0x3f8"))
                        return true;
        }

        return false;
}

/* A missing console belongs where the other consoles stand, or else where most of the text does. */
static const struct boot_part *find_place(const struct boot_line *line,
                                          const struct kernel_cmdline_token *token)
{
        const struct boot_part *largest = NULL;

        if (!token)
                token = kernel_cmdline_last(line->cmdline, "console");
        if (token)
                return boot_line_part(line, token);

        for (size_t i = 0; i < line->n_parts; i++)
                if (!largest || line->parts[i].len > largest->len)
                        largest = &line->parts[i];

        return largest;
}

static int add_source(struct console_sources *sources, const struct boot_line *line,
                      const struct boot_part *part)
{
        const char *path = line->uncertain ? line->uncertain_path : part ? part->path : line->path;
        unsigned place = line->uncertain ? line->uncertain_line : part ? part->line : line->line;
        struct console_source *source;
        int r;

        for (size_t i = 0; i < sources->n; i++) {
                source = &sources->items[i];
                if (source->role != line->role || strcmp(source->path, path) != 0)
                        continue;
                source->n_lines++;
                source->has_default = source->has_default || line->is_default;
                if (source->uncertain && !line->uncertain) {
                        source->uncertain = false;
                        source->first = line;
                }
                return 0;
        }

        r = array_grow(&sources->items, sources->n, sizeof(*sources->items));
        if (r < 0)
                return r;
        sources->items[sources->n++] = (struct console_source){
                .role = line->role,
                .path = path,
                .line = place,
                .first = line,
                .n_lines = 1,
                .uncertain = line->uncertain != NULL,
                .has_default = line->is_default,
        };
        return 0;
}

int console_find(const struct boot *boot, unsigned roles, console_fault_test test, void *userdata,
                 struct console_sources *ret)
{
        int r = 0;

        for (size_t i = 0; i < boot->n_lines && r >= 0; i++) {
                const struct boot_line *line = &boot->lines[i];
                const struct kernel_cmdline_token *token = NULL;

                if (!(roles & (1u << line->role)) || !boot_line_counts(line))
                        continue;
                ret->n_judged += !line->uncertain;
                if (line->uncertain)
                        r = add_source(ret, line, NULL);
                else if (test(line, userdata, &token))
                        r = add_source(ret, line, find_place(line, token));
        }

        return r;
}

void console_sources_done(struct console_sources *sources)
{
        free(sources->items);
}

char *console_key(const struct console_source *source)
{
        return string_format("%s:%s", boot_role_name(source->role), source->path);
}

static const char *const subjects[] = {
        [BOOT_RUNNING] = "the command line of the running kernel",
        [BOOT_NEXT] = "the command line of a boot entry",
        [BOOT_FUTURE] = "the command line of kernels that are installed later",
};
_Static_assert(ARRAY_SIZE(subjects) == BOOT_ROLE_COUNT, "a subject for each role");

int console_report_unknown(struct context *context, const struct console_sources *sources)
{
        if (sources->n == 0 && sources->n_judged == 0)
                (void) probe_unknown(context, NULL, "no boot entry but recovery entries was found");

        for (size_t i = 0; i < sources->n; i++) {
                const struct console_source *source = &sources->items[i];
                _cleanup_free_ char *key = console_key(source);
                struct finding *finding;

                if (!key)
                        return -ENOMEM;
                if (!source->uncertain)
                        continue;
                finding = probe_unknown(context, key, "%s cannot be told from '%s': %s",
                                        subjects[source->role], source->path, source->first->uncertain);
                finding_set_place(context, finding, source->path, source->line);
                if (source->first->text[0])
                        finding_set_actual(context, finding, "%s", source->first->text);
        }

        return 0;
}

void console_add_facts(struct context *context, struct finding *finding, const struct console_source *source)
{
        finding_add_fact(context, finding, "role", "%s", boot_role_name(source->role));
        finding_add_fact(context, finding, "commandLines", "%zu", source->n_lines);
        if (source->first->title)
                finding_add_fact(context, finding, "entry", "%s", source->first->title);
}

void console_report_pass(struct context *context, const struct boot *boot, const char *summary)
{
        const struct boot_line *line = boot_default(boot);
        struct finding *finding;

        for (size_t i = 0; !line && i < boot->n_lines; i++)
                if (boot_line_counts(&boot->lines[i]) && !boot->lines[i].uncertain)
                        line = &boot->lines[i];

        finding = probe_pass(context, NULL, "%s", summary);
        if (line)
                finding_set_place(context, finding, line->path, line->line);
        finding_add_fact(context, finding, "bootLoader", "%s", boot->loader);
}
