/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit-internal.h"
#include "engine/boot-internal.h"
#include "engine/context.h"
#include "engine/root.h"
#include "formats/grub-default.h"

#include <string.h>

/* "NAME=\"$NAME more\"", as Debian's packages write it below /etc/default/grub.d: of the words of the
 * variable only the last ones stand there, and the others in the file that was read before. */

#define OWN_FILE BOOT_DEFAULT_GRUB_D "/99-ecs-guest-agent.cfg"
/* More assignments of one variable than anybody has files. */
#define CHAIN_MAX 64

/* One assignment of the variable. */
struct link {
        size_t file;
        const struct shell_assignment *assignment;
        size_t n;       /* words of its own */
        size_t n_front; /* those in front of what it refers to */
        bool refers;
        size_t source;
};

struct chain {
        struct boot_default_paths paths;
        struct grub_default *parsed;
        struct link links[CHAIN_MAX]; /* from the last one back */
        size_t n;
};

static void chain_done(struct chain *chain)
{
        (void) grub_default_free(chain->parsed);
        boot_default_paths_done(&chain->paths);
}

/* 1 when all files could be read. */
static int read_files(struct boot_edit_work *work, struct chain *chain)
{
        _cleanup_free_ struct grub_default_file *files = NULL;
        int r;

        r = boot_find_defaults(work->root, context_host(work->context), &chain->paths);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        files = calloc(chain->paths.n + 1, sizeof(*files));
        if (!files)
                return -ENOMEM;

        for (size_t i = 0; i < chain->paths.n; i++) {
                const struct root_file *file;

                files[i].name = text_from_string(chain->paths.items[i]);
                r = root_read(work->root, chain->paths.items[i], &file);
                if (r == -ENOMEM || (r < 0 && !boot_is_absent(r)))
                        return r == -ENOMEM ? r : 0;
                files[i].data = r < 0 ? TEXT("") : file->content;
        }
        r = grub_default_parse(files, chain->paths.n, &chain->parsed);
        return r < 0 ? r : 1;
}

/* Whether the word stands for the variable's own value before. */
static bool is_self(struct text word, struct text name)
{
        return boot_edit_is_variable(word) && text_starts(word, "$") &&
               text_same((struct text){ word.data + 1, word.len - 1 }, name);
}

static bool is_self_in_braces(struct text word, struct text name)
{
        return boot_edit_is_variable(word) && text_starts(word, "${") &&
               text_same((struct text){ word.data + 2, word.len - 3 }, name);
}

/* Counts the words; false where one of them is made of variables in a way that is not followed. */
static bool count_words(struct link *link, const struct kernel_cmdline *cmdline)
{
        struct text name = link->assignment->name;

        for (size_t i = 0; i < cmdline->n_tokens; i++) {
                struct text word = cmdline->tokens[i].raw;
                bool self = is_self(word, name) || is_self_in_braces(word, name);

                if (link->assignment->expands && self && !link->refers) {
                        link->refers = true;
                        link->n_front = link->n;
                } else if (link->assignment->expands && text_contains(word, "$"))
                        return false;
                else if (!boot_edit_is_variable(word))
                        link->n++;
        }

        return true;
}

/* 1 when its words are known. */
static int read_link(struct link *link)
{
        _cleanup_kernel_cmdline_ struct kernel_cmdline *cmdline = NULL;
        struct text text = link->assignment->value;
        int r;

        if (link->assignment->expands && !shell_vars_get_quoted(link->assignment, &text))
                return 0;
        r = kernel_cmdline_parse(text.data, text.len, &cmdline);
        return r < 0 ? r : count_words(link, cmdline);
}

/* The last assignment of the variable in the files before this one. */
static bool find_before(const struct chain *chain, size_t file, const char *name, struct link *ret)
{
        for (size_t i = file; i > 0; i--) {
                const struct shell_assignment *found =
                        shell_vars_last(chain->parsed->files[i - 1].vars, name);

                if (!found)
                        continue;
                *ret = (struct link){ .file = i - 1, .assignment = found };
                return true;
        }

        return false;
}

/* Whether the last assignment is what the model takes the value from. */
static bool is_place(const struct chain *chain, const struct boot_edit_source *source)
{
        return chain->links[0].assignment->line == source->line &&
               strcmp(chain->paths.items[chain->links[0].file], source->path) == 0;
}

/* 1 when the words of all assignments together are as many as the line has. */
static int make_chain(struct chain *chain, const struct boot_edit_source *source, size_t n_words)
{
        size_t file = chain->paths.n, n = 0;
        int r;

        while (chain->n < CHAIN_MAX && find_before(chain, file, source->variable, &chain->links[chain->n])) {
                struct link *link = &chain->links[chain->n++];

                r = read_link(link);
                if (r <= 0)
                        return r;
                n += link->n;
                file = link->file;
                if (!link->refers)
                        break;
        }

        return chain->n > 1 && n == n_words && is_place(chain, source);
}

/* Words come in the order: the front of the last assignment, the front of the one before …, the rest of that,
 * the rest of the last. */
static void move_places(const struct chain *chain, struct boot_edit_place **places)
{
        size_t next = 0;

        for (size_t i = 0; i < chain->n; i++) {
                const struct link *link = &chain->links[i];

                for (size_t k = 0; k < (link->refers ? link->n_front : link->n); k++)
                        *places[next++] = (struct boot_edit_place){ link->source, k };
        }
        for (size_t i = chain->n; i > 0; i--) {
                const struct link *link = &chain->links[i - 1];

                for (size_t k = link->n_front; link->refers && k < link->n; k++)
                        *places[next++] = (struct boot_edit_place){ link->source, k };
        }
}

static int follow(struct boot_edit_work *work, const struct boot_edit_source *source,
                  struct boot_edit_place **places, size_t n)
{
        _cleanup_(chain_done) struct chain chain = { 0 };
        const char *variable = source->variable;
        int r;

        r = read_files(work, &chain);
        if (r > 0)
                r = make_chain(&chain, source, n);
        if (r <= 0)
                return r;

        for (size_t i = 0; i < chain.n; i++) {
                struct link *link = &chain.links[i];

                r = boot_edit_source(work, chain.paths.items[link->file], link->assignment->line, variable,
                                     &link->source);
                if (r < 0)
                        return r;
        }
        move_places(&chain, places);
        return 0;
}

static bool is_default(const struct boot_edit_source *source)
{
        return source->format == &boot_edit_format_default && source->variable;
}

int boot_edit_follow_defaults(struct boot_edit_work *work, struct boot_edit_line *line)
{
        size_t n_tokens = line->line->cmdline->n_tokens;
        _cleanup_free_ struct boot_edit_place **places = calloc(n_tokens + 1, sizeof(*places));
        int r = 0;

        if (!places)
                return -ENOMEM;

        /* Sources that are added meanwhile are what has been followed. */
        for (size_t i = 0, n_sources = work->n_sources; i < n_sources && r >= 0; i++) {
                size_t n = 0;

                for (size_t k = 0; k < n_tokens && is_default(&work->sources[i]); k++)
                        if (line->places[k].source == i)
                                places[n++] = &line->places[k];
                if (n > 0)
                        r = follow(work, &work->sources[i], places, n);
        }

        return r;
}

int boot_edit_own_default(struct boot_edit_work *work, size_t source, size_t *ret)
{
        const char *path = work->sources[source].path;
        int r;

        if (!is_default(&work->sources[source]) ||
            !text_starts(text_from_string(path), BOOT_DEFAULT_GRUB_D "/") || strcmp(path, OWN_FILE) >= 0)
                return 0;

        r = boot_edit_source(work, OWN_FILE, 0, work->sources[source].variable, ret);
        return r < 0 ? r : 1;
}
