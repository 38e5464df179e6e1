/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/kernel-cmdline.h"

#include <assert.h>
#include <string.h>

/* The kernel's isspace(), which counts the no-break space of Latin-1 in. */
static bool is_space(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char) c == 0xa0;
}

static struct text take(struct text *rest, size_t len)
{
        struct text taken = { rest->data, len };

        rest->data += len;
        rest->len -= len;
        return taken;
}

static struct text take_spaces(struct text *rest)
{
        size_t len = 0;

        while (len < rest->len && is_space(rest->data[len]))
                len++;

        return take(rest, len);
}

static struct text without_first(struct text text)
{
        return (struct text){ text.data + 1, text.len - 1 };
}

static struct text without_last_quote(struct text text)
{
        if (text.len > 0 && text.data[text.len - 1] == '"')
                text.len--;

        return text;
}

/* What next_arg() makes of the name and the value. A quote that opens the whole token or the whole value
 * goes, together with one at the very end; others stay part of the value. An "=" in front does not separate.
 */
static void split_token(struct kernel_cmdline_token *token, size_t equals)
{
        bool quoted = token->raw.len > 0 && token->raw.data[0] == '"';
        struct text body = quoted ? without_first(token->raw) : token->raw;

        if (equals == 0) {
                token->key = quoted ? without_last_quote(body) : body;
                return;
        }

        token->has_value = true;
        token->key = (struct text){ body.data, equals };
        token->value = (struct text){ body.data + equals + 1, body.len - equals - 1 };
        if (token->value.len > 0 && token->value.data[0] == '"')
                token->value = without_last_quote(without_first(token->value));
        else if (quoted)
                token->value = without_last_quote(token->value);
}

/* Takes one token off the front of rest, which does not begin with a blank. */
static void take_token(struct text *rest, struct kernel_cmdline_token *token)
{
        bool in_quote = rest->data[0] == '"';
        size_t body = in_quote, equals = 0, i;

        for (i = body; i < rest->len && (in_quote || !is_space(rest->data[i])); i++) {
                if (rest->data[i] == '=' && equals == 0)
                        equals = i - body;
                else if (rest->data[i] == '"')
                        in_quote = !in_quote;
        }

        token->raw = take(rest, i);
        token->open_quote = in_quote;
        split_token(token, equals);
}

static bool is_end_of_options(const struct kernel_cmdline_token *token)
{
        return !token->has_value && text_equal(token->key, "--");
}

static int parse_tokens(struct kernel_cmdline *cmdline, struct text rest)
{
        bool ended = false;

        for (;;) {
                struct kernel_cmdline_token token = { .separator = take_spaces(&rest) };
                int r;

                if (rest.len == 0) {
                        cmdline->trailer = token.separator;
                        return 0;
                }

                r = array_grow(&cmdline->tokens, cmdline->n_tokens, sizeof(*cmdline->tokens));
                if (r < 0)
                        return r;

                take_token(&rest, &token);
                cmdline->tokens[cmdline->n_tokens++] = token;
                ended = ended || is_end_of_options(&token);
                if (!ended)
                        cmdline->n_kernel++;
        }
}

int kernel_cmdline_parse(const char *data, size_t len, struct kernel_cmdline **ret)
{
        _cleanup_kernel_cmdline_ struct kernel_cmdline *cmdline = NULL;
        const char *nul;
        size_t end;
        int r;

        assert(data || len == 0);
        assert(ret);

        cmdline = calloc(1, sizeof(*cmdline));
        if (!cmdline)
                return -ENOMEM;
        cmdline->copy = malloc(len + 1);
        if (!cmdline->copy)
                return -ENOMEM;
        if (len > 0)
                memcpy(cmdline->copy, data, len);

        nul = memchr(cmdline->copy, '\0', len);
        end = nul ? (size_t) (nul - cmdline->copy) : len;
        r = parse_tokens(cmdline, (struct text){ cmdline->copy, end });
        if (r < 0)
                return r;

        /* The blanks before the NUL and what is behind it lie side by side. */
        cmdline->trailer.len += len - end;
        *ret = take_ptr(cmdline);
        return 0;
}

void kernel_cmdline_print(const struct kernel_cmdline *cmdline, struct buffer *out)
{
        for (size_t i = 0; i < cmdline->n_tokens; i++) {
                buffer_add_text(out, cmdline->tokens[i].separator);
                buffer_add_text(out, cmdline->tokens[i].raw);
        }
        buffer_add_text(out, cmdline->trailer);
}

void kernel_cmdline_free(struct kernel_cmdline *cmdline)
{
        if (!cmdline)
                return;

        for (size_t i = 0; i < cmdline->n_tokens; i++)
                free(cmdline->tokens[i].owned);
        free(cmdline->tokens);
        free(cmdline->copy);
        free(cmdline);
}

static char dash_to_underscore(char c)
{
        return c == '-' ? '_' : c;
}

bool kernel_cmdline_key_equal(struct text key, const char *name)
{
        if (key.len != strlen(name))
                return false;
        for (size_t i = 0; i < key.len; i++)
                if (dash_to_underscore(key.data[i]) != dash_to_underscore(name[i]))
                        return false;

        return true;
}

const struct kernel_cmdline_token *kernel_cmdline_next(const struct kernel_cmdline *cmdline, const char *key,
                                                       size_t *index)
{
        while (*index < cmdline->n_kernel) {
                const struct kernel_cmdline_token *token = &cmdline->tokens[(*index)++];

                if (kernel_cmdline_key_equal(token->key, key))
                        return token;
        }

        return NULL;
}

const struct kernel_cmdline_token *kernel_cmdline_nth(const struct kernel_cmdline *cmdline, const char *key,
                                                      size_t n)
{
        const struct kernel_cmdline_token *token;
        size_t index = 0;

        while ((token = kernel_cmdline_next(cmdline, key, &index)))
                if (n-- == 0)
                        return token;

        return NULL;
}

const struct kernel_cmdline_token *kernel_cmdline_first(const struct kernel_cmdline *cmdline, const char *key)
{
        return kernel_cmdline_nth(cmdline, key, 0);
}

const struct kernel_cmdline_token *kernel_cmdline_last(const struct kernel_cmdline *cmdline, const char *key)
{
        for (size_t i = cmdline->n_kernel; i > 0; i--)
                if (kernel_cmdline_key_equal(cmdline->tokens[i - 1].key, key))
                        return &cmdline->tokens[i - 1];

        return NULL;
}

size_t kernel_cmdline_count(const struct kernel_cmdline *cmdline, const char *key)
{
        size_t index = 0, n = 0;

        while (kernel_cmdline_next(cmdline, key, &index))
                n++;

        return n;
}

/* Reads raw into a token of its own, with its own copy of the bytes. */
static int make_token(struct text raw, struct kernel_cmdline_token *ret)
{
        struct kernel_cmdline_token token = { 0 };
        struct text rest;

        if (raw.len == 0 || is_space(raw.data[0]) || text_has_nul(raw))
                return -EINVAL;

        rest = raw;
        take_token(&rest, &token);
        if (rest.len > 0 || token.open_quote || is_end_of_options(&token))
                return -EINVAL;

        token = (struct kernel_cmdline_token){ .owned = text_dup(raw) };
        if (!token.owned)
                return -ENOMEM;

        rest = (struct text){ token.owned, raw.len };
        take_token(&rest, &token);
        *ret = token;
        return 0;
}

int kernel_cmdline_replace(struct kernel_cmdline *cmdline, size_t index, struct text raw)
{
        struct kernel_cmdline_token token;
        int r;

        assert(index < cmdline->n_kernel);

        r = make_token(raw, &token);
        if (r < 0)
                return r;

        token.separator = cmdline->tokens[index].separator;
        free(cmdline->tokens[index].owned);
        cmdline->tokens[index] = token;
        return 0;
}

int kernel_cmdline_insert(struct kernel_cmdline *cmdline, size_t index, struct text raw)
{
        struct kernel_cmdline_token token, *place;
        int r;

        assert(index <= cmdline->n_kernel);

        if (index > 0 && cmdline->tokens[index - 1].open_quote)
                return -EBADMSG;

        r = array_grow(&cmdline->tokens, cmdline->n_tokens, sizeof(*cmdline->tokens));
        if (r < 0)
                return r;
        r = make_token(raw, &token);
        if (r < 0)
                return r;

        place = &cmdline->tokens[index];
        token.separator = index > 0 ? TEXT(" ") : TEXT("");
        if (index < cmdline->n_tokens) {
                token.separator = place->separator;
                place->separator = TEXT(" ");
        }
        memmove(place + 1, place, (cmdline->n_tokens - index) * sizeof(*place));
        *place = token;
        cmdline->n_tokens++;
        cmdline->n_kernel++;
        return 0;
}

int kernel_cmdline_append(struct kernel_cmdline *cmdline, struct text raw)
{
        return kernel_cmdline_insert(cmdline, cmdline->n_kernel, raw);
}

void kernel_cmdline_remove(struct kernel_cmdline *cmdline, size_t index)
{
        struct kernel_cmdline_token *place;

        assert(index < cmdline->n_kernel);

        place = &cmdline->tokens[index];
        /* What follows the first token moves to where that began. */
        if (index == 0 && cmdline->n_tokens > 1)
                place[1].separator = place->separator;
        free(place->owned);
        memmove(place, place + 1, (cmdline->n_tokens - index - 1) * sizeof(*place));
        cmdline->n_tokens--;
        cmdline->n_kernel--;
}
