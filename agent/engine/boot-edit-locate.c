/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit-internal.h"
#include "engine/root.h"

#include <string.h>

/* Finds the sources of a line's tokens. */

static bool same_string(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

int boot_edit_refuse_source(struct boot_edit_source *source, const char *format, ...)
{
        va_list arguments;

        if (source->refused)
                return -EPERM;

        va_start(arguments, format);
        source->refused = string_formatv(format, arguments);
        va_end(arguments);
        return source->refused ? -EPERM : -ENOMEM;
}

/* What cannot be edited wherever it stands. */
static int refuse_by_kind(struct boot_edit_source *source)
{
        int r = 0;

        if (same_string(source->variable, "tuned_params"))
                r = boot_edit_refuse_source(source,
                                            "tuned adds it (see /etc/tuned/bootcmdline): change the tuned "
                                            "profile that sets it");
        else if (!source->format)
                r = boot_edit_refuse_source(source, "this is no place that a command line is edited in");

        return r == -ENOMEM ? r : 0;
}

/* Two names of one file are one source. */
static int resolve(struct boot_edit_work *work, const char *path, const char **ret)
{
        char *copy;
        int r;

        r = root_resolve(work->root, path, ret, NULL);
        if (r >= 0 || r == -ENOMEM)
                return r;

        copy = strdup(path);
        if (!copy || array_grow(&work->strings, work->n_strings, sizeof(*work->strings)) < 0) {
                free(copy);
                return -ENOMEM;
        }
        *ret = work->strings[work->n_strings++] = copy;
        return 0;
}

int boot_edit_source(struct boot_edit_work *work, const char *path, unsigned line, const char *variable,
                     size_t *ret)
{
        struct boot_edit_source *source;
        const char *resolved;
        int r;

        r = resolve(work, path, &resolved);
        if (r < 0)
                return r;
        for (size_t i = 0; i < work->n_sources; i++) {
                source = &work->sources[i];
                if (source->line == line && same_string(source->variable, variable) &&
                    strcmp(source->path, resolved) == 0) {
                        *ret = i;
                        return 0;
                }
        }

        r = array_grow(&work->sources, work->n_sources, sizeof(*work->sources));
        if (r < 0)
                return r;
        source = &work->sources[work->n_sources];
        *source = (struct boot_edit_source){ .path = resolved, .line = line, .variable = variable };
        source->format = boot_edit_format(work->boot, resolved, variable);
        *ret = work->n_sources++;
        return refuse_by_kind(source);
}

/* How many of the tokens before this one come from the same source. */
static size_t count_before(const struct boot_edit_line *line, size_t token)
{
        for (size_t i = token; i > 0; i--)
                if (line->places[i - 1].source == line->places[token].source)
                        return line->places[i - 1].at + 1;

        return 0;
}

static int remember_token(struct boot_edit_source *source, struct text raw)
{
        int r;

        r = array_grow(&source->tokens, source->n_tokens, sizeof(*source->tokens));
        if (r < 0)
                return r;

        source->tokens[source->n_tokens++] = raw;
        return 0;
}

/* What a source gives is the same for each line; an open quote, for one, may tear its end off. */
static int check_tokens(struct boot_edit_work *work, const struct boot_edit_line *line, size_t index)
{
        struct boot_edit_source *source = &work->sources[index];
        const struct kernel_cmdline *cmdline = line->line->cmdline;
        size_t n = 0;
        bool same = true;
        int r;

        for (size_t i = 0; i < cmdline->n_tokens; i++) {
                if (line->places[i].source != index)
                        continue;
                if (source->n_lines == 0) {
                        r = remember_token(source, cmdline->tokens[i].raw);
                        if (r < 0)
                                return r;
                }
                same = same && n < source->n_tokens && text_same(source->tokens[n], cmdline->tokens[i].raw);
                n++;
        }
        if (n == 0 || (same && n == source->n_tokens))
                return 0;

        r = boot_edit_refuse_source(source, "it means different things to different boot entries");
        return r == -ENOMEM ? r : 0;
}

int boot_edit_locate(struct boot_edit_work *work, struct boot_edit_line *line)
{
        const struct kernel_cmdline *cmdline = line->line->cmdline;
        int r;

        line->places = calloc(cmdline->n_tokens + 1, sizeof(*line->places));
        if (!line->places)
                return -ENOMEM;

        for (size_t i = 0; i < cmdline->n_tokens; i++) {
                const struct boot_part *part = boot_line_part(line->line, &cmdline->tokens[i]);

                r = boot_edit_source(work, part->path, part->line, part->variable, &line->places[i].source);
                if (r < 0)
                        return r;
                line->places[i].at = count_before(line, i);
        }
        r = boot_edit_follow_defaults(work, line);
        if (r < 0)
                return r;
        for (size_t i = 0; i < work->n_sources; i++) {
                r = check_tokens(work, line, i);
                if (r < 0)
                        return r;
        }

        return 0;
}
