/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/cloud-config.h"

#include <string.h>

/* A line that opens a block, and how its children are indented. */
struct block {
        struct text line;     /* its line, with the ending */
        struct text rest;     /* everything behind it */
        struct text children; /* the blanks in front of the first child; empty without children */
};

static struct text indentation(struct text line)
{
        size_t n = 0;

        while (n < line.len && line.data[n] == ' ')
                n++;

        return (struct text){ line.data, n };
}

/* Blank lines and comments belong to no block. */
static bool says_something(struct text line)
{
        line = text_trim(text_chomp(line));
        return line.len > 0 && line.data[0] != '#';
}

/* Whether the line is "KEY:" at this depth, whatever follows. */
static bool is_key(struct text line, size_t depth, const char *key)
{
        struct text before, after;

        if (indentation(line).len != depth || !text_split(line, ':', &before, &after))
                return false;

        return text_equal(text_trim(before), key);
}

static const char *find_children(struct block *block, size_t depth)
{
        struct text rest = block->rest, line;

        while (text_next_line(&rest, &line)) {
                struct text blanks = indentation(line);

                if (!says_something(line))
                        continue;
                if (blanks.len < line.len && line.data[blanks.len] == '\t')
                        return "it is indented by tabs";
                if (blanks.len > depth)
                        block->children = blanks;
                break;
        }

        return NULL;
}

/* Finds the last key of that name among the lines of a block, which end where something stands further left.
 * Sets ret->line.data to NULL without one. */
static const char *find_block(struct text lines, size_t depth, const char *key, struct block *ret)
{
        struct text line, before, value = { 0 };
        size_t n = 0;

        *ret = (struct block){ 0 };
        while (text_next_line(&lines, &line)) {
                if (says_something(line) && indentation(line).len < depth)
                        break;
                if (!is_key(line, depth, key))
                        continue;
                n++;
                ret->line = line;
                ret->rest = lines;
                (void) text_split(text_chomp(line), ':', &before, &value);
        }
        if (n > 1)
                return "it is there twice";
        value = text_trim(value);
        if (value.len > 0 && value.data[0] != '#')
                return "it is not written as a block";

        return n > 0 ? find_children(ret, depth) : NULL;
}

static bool has_key(struct text lines, size_t depth, const char *key)
{
        struct text line;

        while (text_next_line(&lines, &line)) {
                if (says_something(line) && indentation(line).len < depth)
                        break;
                if (is_key(line, depth, key))
                        return true;
        }

        return false;
}

static void add_line(struct buffer *out, struct text ending, size_t depth, const char *key, const char *value)
{
        buffer_addf(out, "%*s%s:%s%s", (int) depth, "", key, value[0] ? " " : "", value);
        buffer_add_text(out, ending);
}

/* Everything up to the line, which gets an ending if it has none. Returns the ending for lines behind it. */
static struct text add_through(struct buffer *out, struct text content, struct text line)
{
        struct text ending = { line.data + text_chomp(line).len, line.len - text_chomp(line).len };

        buffer_add(out, content.data, (size_t) (line.data + line.len - content.data));
        if (ending.len > 0)
                return ending;

        buffer_add_char(out, '\n');
        return TEXT("\n");
}

static int refuse(const char **reterr_cause, const char *cause)
{
        *reterr_cause = cause;
        return -EPERM;
}

int cloud_config_add_option(struct text content, const char *option, struct buffer *out,
                            const char **reterr_cause)
{
        struct block resolver, options = { 0 };
        const char *cause;
        struct text ending;
        size_t depth;

        cause = find_block(content, 0, "resolv_conf", &resolver);
        if (!cause && !resolver.children.len)
                cause = "it has no parameters";
        if (!cause)
                cause = find_block(resolver.rest, resolver.children.len, "options", &options);
        if (!cause && options.children.len && has_key(options.rest, options.children.len, option))
                cause = "it sets the option already";
        if (cause)
                return refuse(reterr_cause, cause);

        ending = add_through(out, content, options.line.data ? options.line : resolver.line);
        if (!options.line.data)
                add_line(out, ending, resolver.children.len, "options", "");
        depth = options.line.data && options.children.len ? options.children.len : 2 * resolver.children.len;
        add_line(out, ending, depth, option, "true");
        buffer_add_text(out, options.line.data ? options.rest : resolver.rest);
        return out->failed ? -ENOMEM : 0;
}
