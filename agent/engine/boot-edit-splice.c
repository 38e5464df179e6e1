/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit-internal.h"

#include <string.h>

int boot_edit_add_word(struct boot_edit_words *words, struct text raw, bool fixed)
{
        int r;

        r = array_grow(&words->items, words->n, sizeof(*words->items));
        if (r < 0)
                return r;

        words->items[words->n].raw = raw;
        words->items[words->n++].fixed = fixed;
        return 0;
}

void boot_edit_words_done(struct boot_edit_words *words)
{
        free(words->items);
}

static bool is_name(struct text text)
{
        for (size_t i = 0; i < text.len; i++) {
                char c = text.data[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
                        return false;
        }

        return text.len > 0;
}

bool boot_edit_is_variable(struct text word)
{
        if (word.len > 1 && word.data[0] == '"' && word.data[word.len - 1] == '"')
                word = (struct text){ word.data + 1, word.len - 2 };
        if (!text_starts(word, "$"))
                return false;

        word = (struct text){ word.data + 1, word.len - 1 };
        if (text_starts(word, "{") && text_ends(word, "}"))
                word = (struct text){ word.data + 1, word.len - 2 };
        return is_name(word);
}

/* Bytes that mean themselves in every file that a command line stands in. */
static bool is_safe(struct text token)
{
        for (size_t i = 0; i < token.len; i++) {
                char c = token.data[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      (c != '\0' && strchr("_-+./,:@%=~", c))))
                        return false;
        }

        return true;
}

static int check(struct boot_edit_source *source, const struct boot_edit_words *words)
{
        if (words->n != source->n_tokens)
                return boot_edit_refuse_source(source, "its words do not stand one for one parameter");
        for (size_t i = 0; i < source->n_operations; i++) {
                const struct boot_edit_operation *operation = &source->operations[i];

                if (!is_safe(operation->token))
                        return boot_edit_refuse_source(source, "'%.*s' would have to be quoted",
                                                       TEXT_ARGS(operation->token));
                if (operation->kind != BOOT_EDIT_INSERT && words->items[operation->at].fixed)
                        return boot_edit_refuse_source(source,
                                                       "'%.*s' is quoted, escaped or made of variables",
                                                       TEXT_ARGS(words->items[operation->at].raw));
        }

        return 0;
}

struct splice {
        const struct boot_edit_source *source;
        size_t next; /* operation */
        struct text rest;
        struct buffer *out;
        bool skip_blanks; /* what was in front of them is gone */
};

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

static const struct boot_edit_operation *take_operation(struct splice *splice, size_t at,
                                                        enum boot_edit_kind kind, bool behind)
{
        const struct boot_edit_operation *operation = &splice->source->operations[splice->next];

        if (splice->next == splice->source->n_operations || operation->at != at || operation->kind != kind ||
            operation->behind != behind)
                return NULL;

        splice->next++;
        return operation;
}

static void insert_behind(struct splice *splice, size_t at)
{
        const struct boot_edit_operation *operation;

        while ((operation = take_operation(splice, at, BOOT_EDIT_INSERT, true))) {
                if (splice->out->len > 0)
                        buffer_add_char(splice->out, ' ');
                buffer_add_text(splice->out, operation->token);
                splice->skip_blanks = false;
        }
}

/* Everything up to the word. */
static void keep_gap(struct splice *splice, const char *end)
{
        struct text gap = { splice->rest.data, (size_t) (end - splice->rest.data) };

        splice->rest.data += gap.len;
        splice->rest.len -= gap.len;
        while (splice->skip_blanks && gap.len > 0 && is_blank(gap.data[0])) {
                gap.data++;
                gap.len--;
        }
        splice->skip_blanks = false;
        buffer_add_text(splice->out, gap);
}

static void remove_blanks_before(struct splice *splice)
{
        struct buffer *out = splice->out;

        while (out->len > 0 && is_blank(out->data[out->len - 1]))
                out->data[--out->len] = '\0';
        splice->skip_blanks = out->len == 0;
}

static void take_word(struct splice *splice, struct text word, size_t at)
{
        const struct boot_edit_operation *operation;

        insert_behind(splice, at);
        keep_gap(splice, word.data);
        while ((operation = take_operation(splice, at, BOOT_EDIT_INSERT, false))) {
                buffer_add_text(splice->out, operation->token);
                buffer_add_char(splice->out, ' ');
        }

        splice->rest.data += word.len;
        splice->rest.len -= word.len;
        operation = take_operation(splice, at, BOOT_EDIT_REPLACE, false);
        if (operation)
                buffer_add_text(splice->out, operation->token);
        else if (take_operation(splice, at, BOOT_EDIT_REMOVE, false))
                remove_blanks_before(splice);
        else
                buffer_add_text(splice->out, word);
}

int boot_edit_splice(struct boot_edit_source *source, struct text value, const struct boot_edit_words *words,
                     struct buffer *out)
{
        struct splice splice = { .source = source, .rest = value, .out = out };
        int r;

        r = check(source, words);
        if (r < 0)
                return r;

        for (size_t i = 0; i < words->n; i++)
                take_word(&splice, words->items[i].raw, i);
        /* Behind what is no token of this source, when it has none. */
        if (words->n == 0 && text_trim(value).len > 0)
                keep_gap(&splice, value.data + value.len);
        insert_behind(&splice, words->n);
        keep_gap(&splice, value.data + value.len);
        if (splice.next != source->n_operations)
                return boot_edit_refuse_source(source, "the place of the change cannot be told");
        return out->failed ? -ENOMEM : 0;
}

int boot_edit_splice_plain(struct boot_edit_source *source, struct text value, bool variables,
                           struct buffer *out)
{
        _cleanup_kernel_cmdline_ struct kernel_cmdline *cmdline = NULL;
        _cleanup_boot_edit_words_ struct boot_edit_words words = { 0 };
        int r;

        r = kernel_cmdline_parse(value.data, value.len, &cmdline);
        for (size_t i = 0; r >= 0 && i < cmdline->n_tokens; i++) {
                struct text raw = cmdline->tokens[i].raw;

                if (variables && boot_edit_is_variable(raw))
                        continue;
                r = boot_edit_add_word(
                        &words, raw, words.n >= source->n_tokens || !text_same(raw, source->tokens[words.n]));
        }
        if (r < 0)
                return r;

        return boot_edit_splice(source, (struct text){ cmdline->copy, value.len }, &words, out);
}
