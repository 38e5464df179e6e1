/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-internal.h"
#include "engine/root.h"
#include "formats/bls.h"

#include <string.h>

#define SUFFIX ".conf"

bool boot_is_recovery(const char *title, const char *id, const char *kernel)
{
        static const char *const marks[] = { "(recovery mode)", "-recovery-", "-0-rescue", "(0-rescue" };
        const char *const places[] = { title, id, kernel };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                for (size_t m = 0; places[i] && m < ARRAY_SIZE(marks); m++)
                        if (strstr(places[i], marks[m]))
                                return true;

        return false;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

/* GRUB replaces variables byte by byte; only the words of an unquoted one need a place of their own, so
 * blanks in quotes end no word. */
static struct text take_word(struct text *rest)
{
        struct text word;
        bool quoted = false;
        size_t len = 0;

        while (rest->len > 0 && is_blank(rest->data[0])) {
                rest->data++;
                rest->len--;
        }
        while (len < rest->len && (quoted || !is_blank(rest->data[len])))
                quoted ^= rest->data[len++] == '"';

        word = (struct text){ rest->data, len };
        rest->data += len;
        rest->len -= len;
        return word;
}

/* systemd-boot knows no variables: without resolve the text is taken as it stands. */
static int add_options(struct boot_model *model, struct boot_draft *draft, const struct bls_line *field,
                       boot_resolve resolve, void *userdata)
{
        struct text rest = field->value, word;
        int r = 0;

        if (!resolve)
                return boot_draft_add(draft, field->value, draft->line.path, field->line, NULL);

        while (r == 0) {
                word = take_word(&rest);
                if (word.len == 0)
                        break;
                r = boot_draft_add_word(model, draft, word, field->line, false, resolve, userdata);
        }

        return r;
}

static int fill_line(struct boot_model *model, struct boot_line *line, const struct bls *bls)
{
        struct text value;
        int r = 0;

        if (bls_get(bls, "title", &value))
                r = boot_keep_text(model, value, &line->title);
        if (r >= 0 && bls_get(bls, "linux", &value))
                r = boot_keep_text(model, value, &line->kernel);

        return r;
}

static int add_entry(struct boot_model *model, struct boot_draft *draft, const char *id, struct text content,
                     boot_resolve resolve, void *userdata)
{
        _cleanup_bls_ struct bls *bls = NULL;
        const struct bls_line *field = NULL;
        int r;

        r = bls_parse(content.data, content.len, &bls);
        if (r >= 0)
                r = fill_line(model, &draft->line, bls);
        if (r < 0)
                return r;
        draft->line.recovery = boot_is_recovery(draft->line.title, id, draft->line.kernel);
        if (bls->n_malformed > 0)
                boot_draft_doubt(draft, "the entry has a line that is no key and value", NULL, 0);

        while ((field = bls_next(bls, "options", field))) {
                if (draft->line.line == 0)
                        draft->line.line = field->line;
                r = add_options(model, draft, field, resolve, userdata);
                if (r < 0)
                        return r;
        }
        if (draft->line.line == 0)
                boot_draft_doubt(draft, "the entry has no options", NULL, 0);
        if (text_contains((struct text){ draft->text.data, draft->text.len }, "ostree="))
                draft->line.not_editable = "rpm-ostree writes this entry: use rpm-ostree kargs";

        return boot_add(model, draft);
}

static int read_entry(struct boot_model *model, const char *directory, const char *name, boot_resolve resolve,
                      void *userdata, const char *default_id, const char *not_editable)
{
        _cleanup_boot_draft_ struct boot_draft draft = { .line = { .role = BOOT_NEXT } };
        _cleanup_free_ char *id = text_dup((struct text){ name, strlen(name) - strlen(SUFFIX) });
        const struct root_file *file;
        int r;

        r = boot_keep(model, string_format("%s/%s", directory, name), &draft.line.path);
        if (r < 0 || !id)
                return -ENOMEM;
        draft.line.is_default = default_id && string_equal(id, default_id);
        draft.line.not_editable = not_editable;

        r = boot_read(model, draft.line.path, &file);
        if (r == -ENOMEM)
                return r;
        if (r > 0)
                return add_entry(model, &draft, id, file->content, resolve, userdata);
        if (r < 0)
                return boot_add_unreadable(model, BOOT_NEXT, draft.line.path, r);
        return boot_add_doubt(model, BOOT_NEXT, draft.line.path, 0, "it is a link to nothing");
}

int boot_add_bls(struct boot_model *model, const char *directory, boot_resolve resolve, void *userdata,
                 const char *default_id, const char *not_editable)
{
        const char *const *names;
        size_t n_names = 0;
        int r, n = 0;

        r = boot_list(model, directory, &names, &n_names);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                r = boot_add_unreadable(model, BOOT_NEXT, directory, r);
                return r < 0 ? r : 1;
        }

        for (size_t i = 0; r > 0 && i < n_names && !model->full; i++) {
                int added;

                if (!text_ends(text_from_string(names[i]), SUFFIX))
                        continue;
                added = read_entry(model, directory, names[i], resolve, userdata, default_id, not_editable);
                if (added < 0)
                        return added;
                n++;
        }

        return n;
}
