/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/resolv-conf.h"

#include <arpa/inet.h>
#include <string.h>

#define LINES_MAX 65536
#define ADDRESS_BYTES_MAX 255

static const struct {
        const char *name;
        enum resolv_kind kind;
} keywords[] = {
        { "nameserver", RESOLV_NAMESERVER }, { "domain", RESOLV_DOMAIN },   { "search", RESOLV_SEARCH },
        { "sortlist", RESOLV_SORTLIST },     { "options", RESOLV_OPTIONS },
};

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

/* glibc works on C strings: what follows a NUL byte does not exist for it. */
static struct text cut_at_nul(struct text text)
{
        struct text before, after;

        return text_split(text, '\0', &before, &after) ? before : text;
}

static struct text first_word(struct text text)
{
        struct text word = { text.data, 0 };

        (void) text_next_word(&text, " \t", &word);
        return word;
}

/* inet_aton() takes "1" and "0x7f.1" too, and so does the resolver. Trailing white space other than blanks,
 * a carriage return for one, was accepted before glibc 2.29 (CVE-2016-10739). */
static bool is_ipv4(struct text word, unsigned glibc_minor)
{
        char string[ADDRESS_BYTES_MAX + 1];
        struct in_addr address;

        for (size_t i = 0; i < word.len; i++)
                if (glibc_minor < 29 && strchr("\r\v\f", word.data[i]))
                        word.len = i;
        if (word.len == 0 || word.len > ADDRESS_BYTES_MAX)
                return false;

        memcpy(string, word.data, word.len);
        string[word.len] = '\0';
        return string[strspn(string, "0123456789abcdefABCDEFxX.")] == '\0' &&
               inet_aton(string, &address) != 0;
}

static bool is_ipv6(struct text word)
{
        char string[INET6_ADDRSTRLEN];
        struct in6_addr address;

        if (word.len >= sizeof(string))
                return false;

        memcpy(string, word.data, word.len);
        string[word.len] = '\0';
        return inet_pton(AF_INET6, string, &address) > 0;
}

static int add_nameserver(struct resolv_conf *conf, struct resolv_line *line)
{
        struct text word = first_word(cut_at_nul(line->value));
        struct resolv_nameserver server = { .line = line->number, .address = word, .scope = TEXT("") };
        int r;

        r = array_grow(&conf->nameservers, conf->n_nameservers, sizeof(*conf->nameservers));
        if (r < 0)
                return r;

        server.valid = is_ipv4(word, conf->glibc_minor);
        if (!server.valid) {
                (void) text_split(word, '%', &server.address, &server.scope);
                server.valid = is_ipv6(server.address);
        }
        server.used = server.valid && conf->n_used < RESOLV_NAMESERVERS_MAX;
        conf->n_used += server.used;
        if (!server.valid)
                line->error = "not an IP address, glibc ignores the line";
        conf->nameservers[conf->n_nameservers++] = server;
        return 0;
}

static void set_search(struct resolv_conf *conf, const struct resolv_line *line)
{
        struct text value = cut_at_nul(line->value);

        value = line->kind == RESOLV_DOMAIN ? first_word(value) : text_trim(value);
        if (value.len > 0) {
                conf->search = value;
                conf->search_line = line->number;
        }
}

/* glibc (seen in 2.36) never leaves its sortlist loop at a byte that is white space but no blank, a carriage
 * return for one, or not ASCII: every program that looks up a name hangs. */
static const char *sortlist_error(struct text value)
{
        value = cut_at_nul(value);
        for (size_t i = 0; i < value.len && value.data[i] != ';'; i++)
                if (strchr("\r\v\f", value.data[i]) || (unsigned char) value.data[i] >= 0x80)
                        return "carriage return, control character or non-ASCII byte in a sortlist, glibc "
                               "hangs";

        return NULL;
}

static const char *why_ignored(struct text content)
{
        if (is_blank(content.data[0]))
                return "blank in front of the keyword, glibc ignores the line";
        for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
                if (text_starts(content, keywords[i].name))
                        return "keyword is not followed by a blank, glibc ignores the line";

        return "unknown keyword, glibc ignores the line";
}

static void classify(struct resolv_line *line, struct text content)
{
        line->keyword = TEXT("");
        line->value = content;
        if (text_chomp(text_trim(content)).len == 0 || text_equal(content, "\r")) {
                line->kind = RESOLV_BLANK;
                return;
        }
        if (content.data[0] == '#' || content.data[0] == ';') {
                line->kind = RESOLV_COMMENT;
                return;
        }

        for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
                size_t len = strlen(keywords[i].name);

                if (text_starts(content, keywords[i].name) && content.len > len &&
                    is_blank(content.data[len])) {
                        line->kind = keywords[i].kind;
                        line->keyword = (struct text){ content.data, len };
                        line->value = (struct text){ content.data + len, content.len - len };
                        return;
                }
        }

        line->kind = RESOLV_IGNORED;
        line->error = why_ignored(content);
}

static int parse_line(struct resolv_conf *conf, struct resolv_line *line, struct text whole)
{
        struct text content = whole;

        if (content.data[content.len - 1] == '\n')
                content.len--;
        line->ending = (struct text){ content.data + content.len, whole.len - content.len };
        classify(line, content);
        if (line->kind == RESOLV_NAMESERVER)
                return add_nameserver(conf, line);
        if (line->kind == RESOLV_DOMAIN || line->kind == RESOLV_SEARCH)
                set_search(conf, line);
        if (line->kind == RESOLV_SORTLIST)
                line->error = sortlist_error(line->value);

        return 0;
}

int resolv_conf_parse(const char *data, size_t len, unsigned glibc_minor, struct resolv_conf **ret)
{
        _cleanup_resolv_conf_ struct resolv_conf *conf = calloc(1, sizeof(*conf));
        struct text rest, whole;
        int r;

        if (!conf)
                return -ENOMEM;
        conf->glibc_minor = glibc_minor;
        conf->data = malloc(len + 1);
        if (!conf->data)
                return -ENOMEM;
        if (len > 0)
                memcpy(conf->data, data, len);

        rest = (struct text){ conf->data, len };
        while (text_next_line(&rest, &whole)) {
                if (conf->n_lines == LINES_MAX)
                        return -E2BIG;
                r = array_grow(&conf->lines, conf->n_lines, sizeof(*conf->lines));
                if (r < 0)
                        return r;
                conf->lines[conf->n_lines] = (struct resolv_line){ .number = conf->n_lines + 1 };
                r = parse_line(conf, conf->lines + conf->n_lines, whole);
                if (r < 0)
                        return r;
                conf->n_lines++;
        }

        *ret = take_ptr(conf);
        return 0;
}

void resolv_conf_print(const struct resolv_conf *conf, struct buffer *out)
{
        for (size_t i = 0; i < conf->n_lines; i++) {
                buffer_add_text(out, conf->lines[i].keyword);
                buffer_add_text(out, conf->lines[i].value);
                buffer_add_text(out, conf->lines[i].ending);
        }
}

struct resolv_conf *resolv_conf_free(struct resolv_conf *conf)
{
        if (!conf)
                return NULL;

        for (size_t i = 0; i < conf->n_edits; i++)
                free(conf->edits[i]);
        free(conf->edits);
        free(conf->nameservers);
        free(conf->lines);
        free(conf->data);
        free(conf);
        return NULL;
}

void resolv_conf_options(const struct resolv_conf *conf, struct text environment, struct resolv_options *ret)
{
        resolv_options_init(ret);
        for (size_t i = 0; i < conf->n_lines; i++)
                if (conf->lines[i].kind == RESOLV_OPTIONS)
                        resolv_options_apply(ret, conf->lines[i].value, conf->lines[i].number,
                                             conf->glibc_minor);
        resolv_options_apply(ret, environment, 0, conf->glibc_minor);
}

static bool is_option(struct text option)
{
        for (size_t i = 0; i < option.len; i++)
                if ((unsigned char) option.data[i] <= ' ' || option.data[i] == 0x7f)
                        return false;

        return option.len > 0;
}

static struct text cut_carriage_return(struct text word)
{
        word.len -= text_ends(word, "\r");
        return word;
}

static bool has_option(const struct resolv_conf *conf, struct text option)
{
        struct text rest, word;

        for (size_t i = 0; i < conf->n_lines; i++) {
                rest = conf->lines[i].kind == RESOLV_OPTIONS ? cut_at_nul(conf->lines[i].value) : TEXT("");
                while (text_next_word(&rest, " \t", &word))
                        if (text_same(cut_carriage_return(word), option))
                                return true;
        }

        return false;
}

/* The value with the option behind its last word: before a carriage return or trailing blanks, and before a
 * NUL byte, which ends the line for glibc. */
static void append_word(struct buffer *out, struct text value, struct text option)
{
        size_t end = cut_at_nul(value).len;

        while (end > 0 && (is_blank(value.data[end - 1]) || value.data[end - 1] == '\r'))
                end--;
        buffer_add(out, value.data, end);
        buffer_add_char(out, ' ');
        buffer_add_text(out, option);
        buffer_add(out, value.data + end, value.len - end);
}

/* Keeps the memory of an edit until conf is freed. */
static int keep_edit(struct resolv_conf *conf, struct buffer *buffer, struct text *ret)
{
        char *data;
        size_t len;
        int r;

        r = array_grow(&conf->edits, conf->n_edits, sizeof(*conf->edits));
        if (r < 0)
                return r;
        r = buffer_finish(buffer, &data, &len);
        if (r < 0)
                return r;

        conf->edits[conf->n_edits++] = data;
        *ret = (struct text){ data, len };
        return 0;
}

static int add_options_line(struct resolv_conf *conf, struct text value)
{
        struct resolv_line *line;
        int r;

        r = array_grow(&conf->lines, conf->n_lines, sizeof(*conf->lines));
        if (r < 0)
                return r;

        line = conf->lines + conf->n_lines++;
        *line = (struct resolv_line){ .number = conf->n_lines,
                                      .kind = RESOLV_OPTIONS,
                                      .keyword = TEXT("options"),
                                      .value = value,
                                      .ending = TEXT("\n") };
        if (conf->n_lines > 1 && line[-1].ending.len == 0)
                line[-1].ending = TEXT("\n");
        return 0;
}

int resolv_conf_add_option(struct resolv_conf *conf, struct text option)
{
        _cleanup_buffer_ struct buffer buffer = { 0 };
        struct resolv_line *line = NULL;
        struct text value;
        int r;

        if (!is_option(option))
                return -EINVAL;
        if (has_option(conf, option))
                return 0;

        for (size_t i = 0; i < conf->n_lines && !line; i++)
                if (conf->lines[i].kind == RESOLV_OPTIONS)
                        line = conf->lines + i;
        append_word(&buffer, line ? line->value : TEXT(""), option);
        r = keep_edit(conf, &buffer, &value);
        if (r < 0)
                return r;
        if (!line)
                return add_options_line(conf, value);

        line->value = value;
        return 0;
}
