/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-internal.h"
#include "engine/root.h"
#include "formats/grub-expand.h"

#include <stdio.h>
#include <string.h>

/* COMMAND_LINE_SIZE is 2048 on x86 and arm64 and 4096 at most; the kernel cuts what is longer. */
#define LINE_MAX_BYTES 4096
/* With snapshots in the menu there may be hundreds. */
#define LINES_MAX 512

int boot_keep(struct boot_model *model, char *string, const char **ret)
{
        _cleanup_free_ char *owned = string;
        int r;

        if (!owned)
                return -ENOMEM;

        r = array_grow(&model->strings, model->n_strings, sizeof(*model->strings));
        if (r < 0)
                return r;
        *ret = model->strings[model->n_strings++] = take_ptr(owned);
        return 0;
}

int boot_keep_text(struct boot_model *model, struct text text, const char **ret)
{
        return boot_keep(model, text_dup(text), ret);
}

int boot_draft_add(struct boot_draft *draft, struct text text, const char *path, unsigned line,
                   const char *variable)
{
        struct boot_line *made = &draft->line;
        struct boot_part *last = made->n_parts > 0 ? &made->parts[made->n_parts - 1] : NULL;
        int r;

        /* Nothing more is needed to see that it is too long. */
        if (text.len == 0 || draft->text.len > LINE_MAX_BYTES)
                return 0;

        if (draft->text.len > 0)
                buffer_add_char(&draft->text, ' ');
        if (!last || last->path != path || last->line != line || last->variable != variable) {
                r = array_grow(&made->parts, made->n_parts, sizeof(*made->parts));
                if (r < 0)
                        return r;
                last = &made->parts[made->n_parts++];
                *last = (struct boot_part){ draft->text.len, 0, path, line, variable };
        }
        buffer_add_text(&draft->text, text);
        last->len = draft->text.len - last->offset;
        return draft->text.failed ? -ENOMEM : 0;
}

void boot_draft_doubt(struct boot_draft *draft, const char *cause, const char *path, unsigned line)
{
        if (draft->line.uncertain)
                return;

        draft->line.uncertain = cause;
        draft->line.uncertain_path = path;
        draft->line.uncertain_line = line;
}

void boot_draft_done(struct boot_draft *draft)
{
        buffer_done(&draft->text);
        free(draft->line.parts);
        draft->line.parts = NULL;
}

static bool same_string(const char *a, const char *b)
{
        return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_parts(const struct boot_line *a, const struct boot_line *b)
{
        if (a->n_parts != b->n_parts)
                return false;
        for (size_t i = 0; i < a->n_parts; i++)
                if (a->parts[i].offset != b->parts[i].offset || a->parts[i].line != b->parts[i].line ||
                    !same_string(a->parts[i].path, b->parts[i].path))
                        return false;

        return true;
}

/* Two loader configurations may list the same entries; with a variable each from its own file they are two.
 */
static bool is_known(const struct boot_model *model, const struct boot_line *line, const char *text)
{
        for (size_t i = 0; i < model->boot.n_lines; i++) {
                const struct boot_line *known = &model->boot.lines[i];

                if (known->role == line->role && known->line == line->line &&
                    same_string(known->path, line->path) && same_string(known->uncertain, line->uncertain) &&
                    same_string(known->text, text) && same_parts(known, line))
                        return true;
        }

        return false;
}

/* What is too long or holds a NUL byte is not what the kernel gets. */
static void check_text(struct boot_model *model, struct boot_draft *draft)
{
        struct text text = { draft->text.data, draft->text.len };

        if (text_has_nul(text))
                boot_draft_doubt(draft, "it holds a NUL byte", NULL, 0);
        if (text.len > LINE_MAX_BYTES)
                boot_draft_doubt(draft, "it is longer than any kernel takes", NULL, 0);
        else if (text.len > model->budget)
                boot_draft_doubt(draft, "there are too many boot entries to judge them all", NULL, 0);
        else {
                model->budget -= text.len;
                return;
        }

        draft->text.len = 0;
        draft->line.n_parts = 0;
}

int boot_add(struct boot_model *model, struct boot_draft *draft)
{
        _cleanup_free_ char *text = NULL;
        struct kernel_cmdline *cmdline;
        size_t len;
        int r;

        if (draft->line.role == BOOT_NEXT && model->full) {
                boot_draft_done(draft);
                return 0;
        }
        if (draft->line.role == BOOT_NEXT && model->boot.n_lines == LINES_MAX) {
                model->full = true;
                boot_draft_doubt(draft, "it comes after more boot entries than are judged", NULL, 0);
        }

        check_text(model, draft);
        if (draft->line.uncertain && !draft->line.uncertain_path) {
                draft->line.uncertain_path = draft->line.path;
                draft->line.uncertain_line = draft->line.line;
        }
        if (draft->text.data)
                draft->text.data[draft->text.len] = '\0';
        r = buffer_finish(&draft->text, &text, &len);
        if (r < 0)
                return r;
        if (is_known(model, &draft->line, text)) {
                boot_draft_done(draft);
                return 0;
        }

        r = array_grow(&model->boot.lines, model->boot.n_lines, sizeof(*model->boot.lines));
        if (r >= 0)
                r = kernel_cmdline_parse(text, len, &cmdline);
        if (r < 0)
                return r;
        draft->line.text = take_ptr(text);
        draft->line.cmdline = cmdline;
        model->boot.lines[model->boot.n_lines++] = draft->line;
        draft->line.parts = NULL;
        return 0;
}

int boot_add_doubt(struct boot_model *model, enum boot_role role, const char *path, unsigned line,
                   const char *format, ...)
{
        _cleanup_boot_draft_ struct boot_draft draft = { .line = { .role = role, .line = line } };
        va_list arguments;
        char *cause;
        int r;

        va_start(arguments, format);
        cause = string_formatv(format, arguments);
        va_end(arguments);
        r = boot_keep(model, cause, &draft.line.uncertain);
        if (r >= 0)
                r = boot_keep(model, strdup(path), &draft.line.path);
        if (r < 0)
                return r;

        return boot_add(model, &draft);
}

const char *boot_why(const struct boot_model *model, int error)
{
        const struct diag *diag = root_diag(model->root);

        return diag->error == error && diag->message ? diag->message : strerror(-error);
}

int boot_add_unreadable(struct boot_model *model, enum boot_role role, const char *path, int error)
{
        return boot_add_doubt(model, role, path, 0, "it cannot be read (%s)", boot_why(model, error));
}

struct word_lookup {
        boot_resolve resolve;
        void *userdata;
        size_t *n_lookups;             /* that are still allowed */
        struct boot_variable variable; /* the last one that was looked up */
        struct text name;
        struct boot_variable doubted; /* the first one that is not certain */
        int error;
};

static bool look_up(void *userdata, struct text name, struct text *ret_value)
{
        struct word_lookup *lookup = userdata;

        lookup->variable = (struct boot_variable){ .value = TEXT("") };
        lookup->name = name;
        if (*lookup->n_lookups == 0)
                lookup->error = -E2BIG;
        else
                (*lookup->n_lookups)--;
        if (lookup->error == 0)
                lookup->error = lookup->resolve(lookup->userdata, name, &lookup->variable);
        if (lookup->variable.doubt && !lookup->doubted.doubt)
                lookup->doubted = lookup->variable;
        if (!lookup->variable.path)
                return false;

        *ret_value = lookup->variable.value;
        return true;
}

/* "$name", "${name}" and the same in double quotes: then the text stands where the variable is set. */
static bool is_only_variable(struct text word, struct text name)
{
        while (word.len > 0 && word.data[0] != '\0' && strchr("\"${", word.data[0])) {
                word.data++;
                word.len--;
        }
        while (word.len > 0 && word.data[word.len - 1] != '\0' && strchr("\"}", word.data[word.len - 1]))
                word.len--;

        return word.len > 0 && text_same(word, name);
}

int boot_draft_add_word(struct boot_model *model, struct boot_draft *draft, struct text word, unsigned line,
                        bool script, boot_resolve resolve, void *userdata)
{
        _cleanup_grub_expansion_ struct grub_expansion expansion = { 0 };
        struct word_lookup lookup = {
                .resolve = resolve,
                .userdata = userdata,
                .n_lookups = &model->n_lookups,
        };
        const char *path = draft->line.path, *variable = NULL;
        int r;

        if (draft->text.len > LINE_MAX_BYTES)
                return 0;

        r = script ? grub_expand_script(word, look_up, &lookup, &expansion)
                   : grub_expand(word, look_up, &lookup, &expansion);
        if (r >= 0)
                r = lookup.error;
        if (r == -E2BIG) {
                boot_draft_doubt(draft, "its variables are more, or longer, than is sensible", NULL, 0);
                return 0;
        }
        if (r < 0)
                return r;

        if (lookup.doubted.doubt)
                boot_draft_doubt(draft, lookup.doubted.doubt, lookup.doubted.doubt_path,
                                 lookup.doubted.doubt_line);
        if (lookup.variable.path && is_only_variable(word, lookup.name)) {
                path = lookup.variable.path;
                line = lookup.variable.line;
                r = boot_keep_text(model, lookup.name, &variable);
                if (r < 0)
                        return r;
        }
        return boot_draft_add(draft, text_trim(grub_expansion_text(&expansion)), path, line, variable);
}

bool boot_is_absent(int r)
{
        return r == -ENOENT || r == -ENOTDIR || r == -ENOMEDIUM;
}

int boot_read(struct boot_model *model, const char *path, const struct root_file **ret)
{
        int r = root_read(model->root, path, ret);

        if (r < 0)
                return boot_is_absent(r) ? 0 : r;
        return 1;
}

int boot_list(struct boot_model *model, const char *path, const char *const **ret_names, size_t *ret_n_names)
{
        int r = root_list(model->root, path, ret_names, ret_n_names);

        if (r < 0)
                return boot_is_absent(r) ? 0 : r;
        return 1;
}
