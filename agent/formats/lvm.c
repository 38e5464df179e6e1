/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/lvm.h"

#include <string.h>

struct scanner {
        struct text rest;
        struct text section; /* the innermost one that is open */
        unsigned depth;
};

static void skip(struct scanner *scanner, size_t n)
{
        scanner->rest.data += n;
        scanner->rest.len -= n;
}

static bool is_word(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '/' || c == '-' || c == '.';
}

/* Bytes of a string or a comment at the front; 0 when there is none. */
static size_t opaque(struct text rest)
{
        size_t n = 1;

        if (rest.data[0] == '#') {
                const char *end = memchr(rest.data, '\n', rest.len);

                return end ? (size_t) (end - rest.data) : rest.len;
        }
        if (rest.data[0] != '"' && rest.data[0] != '\'')
                return 0;
        while (n < rest.len && rest.data[n] != rest.data[0])
                n += rest.data[0] == '"' && rest.data[n] == '\\' ? 2 : 1;

        return n < rest.len ? n + 1 : rest.len;
}

/* The next word or other single character that means something; empty at the end. */
static struct text next_token(struct scanner *scanner)
{
        struct text token = { scanner->rest.data, 0 };

        while (scanner->rest.len > 0) {
                size_t n = opaque(scanner->rest);

                if (n == 0 && !strchr(" \t\r\n", scanner->rest.data[0]))
                        break;
                skip(scanner, n > 0 ? n : 1);
        }

        token.data = scanner->rest.data;
        while (token.len < scanner->rest.len && is_word(token.data[token.len]))
                token.len++;
        if (token.len == 0 && scanner->rest.len > 0)
                token.len = 1;
        skip(scanner, token.len);
        return token;
}

static bool is_asked(const struct scanner *scanner, struct text key, const char *section, const char *name)
{
        struct text before, after;

        if (scanner->depth == 0 && text_split(key, '/', &before, &after))
                return text_equal(before, section) && text_equal(after, name);

        return scanner->depth == 1 && text_equal(scanner->section, section) && text_equal(key, name);
}

bool lvm_conf_number(struct text content, const char *section, const char *name, uint64_t *ret)
{
        struct scanner scanner = { .rest = content };
        struct text token, last = { 0 };
        bool found = false;

        while ((token = next_token(&scanner)).len > 0) {
                if (text_equal(token, "{")) {
                        scanner.section = last;
                        scanner.depth++;
                } else if (text_equal(token, "}")) {
                        scanner.depth -= scanner.depth > 0;
                } else if (text_equal(token, "=") && is_asked(&scanner, last, section, name)) {
                        token = next_token(&scanner);
                        found = text_parse_u64(token, ret) >= 0 || found;
                }
                last = token;
        }

        return found;
}

/* "IDNAME=abc": the value of a word. Blanks in values are written as "_". */
static bool field(struct text word, const char *name, struct text *ret)
{
        struct text key, value;

        if (!text_split(word, '=', &key, &value) || !text_equal(key, name))
                return false;

        *ret = value;
        return true;
}

bool lvm_devices_next(struct text *rest, unsigned *number, struct lvm_device *ret)
{
        struct text line, word;

        while (text_next_line(rest, &line)) {
                struct lvm_device device = { .number = ++*number };

                while (text_next_word(&line, " \t\r\n", &word) && word.data[0] != '#')
                        (void) (field(word, "IDTYPE", &device.id_type) ||
                                field(word, "IDNAME", &device.id_name) ||
                                field(word, "DEVNAME", &device.device_name));
                if (device.id_type.len == 0)
                        continue;
                *ret = device;
                return true;
        }

        return false;
}

bool lvm_devices_has(struct text content, const char *name)
{
        struct text line, value;

        while (text_next_line(&content, &line))
                if (field(text_trim(text_chomp(line)), name, &value))
                        return true;

        return false;
}
