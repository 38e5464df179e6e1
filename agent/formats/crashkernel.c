/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/crashkernel.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

static const struct text name = { "crashkernel=", 12 };

static const struct {
        struct text suffix;
        enum crashkernel_form form;
} suffixes[] = {
        { { ",high", 5 }, CRASHKERNEL_FORM_HIGH },
        { { ",low", 4 }, CRASHKERNEL_FORM_LOW },
        { { ",cma", 4 }, CRASHKERNEL_FORM_CMA },
};

static struct text take(struct text *rest, size_t len)
{
        struct text taken = { rest->data, len };

        rest->data += len;
        rest->len -= len;
        return taken;
}

static bool take_char(struct text *rest, char c)
{
        if (rest->len == 0 || rest->data[0] != c)
                return false;

        (void) take(rest, 1);
        return true;
}

/* 16 and more for what is no digit. */
static unsigned digit_value(char c)
{
        if (c >= '0' && c <= '9')
                return (unsigned) (c - '0');
        if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
                return (unsigned) ((c | 0x20) - 'a') + 10;

        return UINT_MAX;
}

static unsigned take_base(struct text *rest)
{
        if (rest->len == 0 || rest->data[0] != '0')
                return 10;
        if (rest->len > 2 && (rest->data[1] | 0x20) == 'x' && digit_value(rest->data[2]) < 16) {
                (void) take(rest, 2);
                return 16;
        }

        return 8;
}

static unsigned take_unit(struct text *rest)
{
        static const char units[] = "kmgtpe";
        const char *unit;

        if (rest->len == 0 || rest->data[0] == '\0')
                return 0;
        unit = strchr(units, rest->data[0] | 0x20);
        if (!unit)
                return 0;

        (void) take(rest, 1);
        return 10 * (unsigned) (unit - units + 1);
}

/* memparse(): a unit may stand without digits and counts as 0. The kernel lets large numbers wrap around; we
 * call them a fault, since what comes out is nobody's intention. NULL, or what is wrong. */
static const char *take_size(struct text *rest, struct crashkernel_size *ret)
{
        struct text start = *rest;
        unsigned base = take_base(rest), shift;
        uint64_t value = 0;
        bool fits = true;

        while (rest->len > 0 && digit_value(rest->data[0]) < base) {
                unsigned digit = digit_value(rest->data[0]);

                fits = fits && value <= (UINT64_MAX - digit) / base;
                value = value * base + digit;
                (void) take(rest, 1);
        }
        shift = take_unit(rest);

        if (rest->len == start.len)
                return "a memory size is missing";
        if (!fits || value > UINT64_MAX >> shift)
                return "a memory size is too large";

        *ret = (struct crashkernel_size){ { start.data, start.len - rest->len }, value << shift };
        return NULL;
}

static const char *take_range(struct text *rest, struct crashkernel_range *ret)
{
        struct crashkernel_range range = { .end = { .bytes = UINT64_MAX } };
        const char *fault;

        fault = take_size(rest, &range.start);
        if (fault)
                return fault;
        if (!take_char(rest, '-'))
                return "a range has no '-'";

        range.end.raw = (struct text){ rest->data, 0 };
        if (rest->len == 0 || rest->data[0] != ':') {
                fault = take_size(rest, &range.end);
                if (fault)
                        return fault;
                if (range.end.bytes <= range.start.bytes)
                        return "a range ends before it starts";
        }
        if (!take_char(rest, ':'))
                return "a range has no ':'";

        fault = take_size(rest, &range.size);
        if (!fault)
                *ret = range;
        return fault;
}

/* The kernel takes the offset from behind the first '@' after the range that matched. A range has none, so
 * that is the first one of the tail. */
static void find_offset(struct crashkernel_parameter *parameter)
{
        struct text before, rest;

        if (!text_split(parameter->tail, '@', &before, &rest))
                return;

        parameter->has_offset = true;
        parameter->offset_fault = take_size(&rest, &parameter->offset);
}

static int compare_starts(const void *a, const void *b)
{
        const struct crashkernel_range *left = a, *right = b;

        return (left->start.bytes > right->start.bytes) - (left->start.bytes < right->start.bytes);
}

static int find_gaps(struct crashkernel_parameter *parameter)
{
        _cleanup_free_ struct crashkernel_range *sorted = NULL;
        uint64_t end;

        if (parameter->n_ranges < 2)
                return 0;

        sorted = malloc(parameter->n_ranges * sizeof(*sorted));
        if (!sorted)
                return -ENOMEM;
        memcpy(sorted, parameter->ranges, parameter->n_ranges * sizeof(*sorted));
        qsort(sorted, parameter->n_ranges, sizeof(*sorted), compare_starts);

        end = sorted[0].end.bytes;
        for (size_t i = 1; i < parameter->n_ranges; i++) {
                if (sorted[i].start.bytes > end)
                        parameter->has_gap = true;
                if (sorted[i].start.bytes < end)
                        parameter->has_overlap = true;
                if (sorted[i].end.bytes > end)
                        end = sorted[i].end.bytes;
        }
        return 0;
}

static int parse_ranges(struct crashkernel_parameter *parameter)
{
        struct text rest = parameter->value;
        int r;

        parameter->form = CRASHKERNEL_FORM_RANGES;
        do {
                struct crashkernel_range range;

                parameter->fault = take_range(&rest, &range);
                if (parameter->fault)
                        break;

                r = array_grow(&parameter->ranges, parameter->n_ranges, sizeof(range));
                if (r < 0)
                        return r;
                parameter->ranges[parameter->n_ranges++] = range;
                parameter->tail = rest;
        } while (take_char(&rest, ','));

        find_offset(parameter);
        return find_gaps(parameter);
}

static void parse_size(struct crashkernel_parameter *parameter)
{
        struct text rest = parameter->value;

        parameter->fault = take_size(&rest, &parameter->size);
        if (parameter->fault)
                return;

        parameter->tail = rest;
        if (rest.len > 0 && rest.data[0] == '@') {
                parameter->has_offset = true;
                /* Without a number behind it the kernel takes 0, which is "anywhere". */
                (void) take(&rest, 1);
                (void) take_size(&rest, &parameter->offset);
        } else if (rest.len > 0)
                parameter->fault = "text behind the size";
}

static void parse_suffixed(struct crashkernel_parameter *parameter, struct text suffix)
{
        struct text rest = parameter->value;

        parameter->fault = take_size(&rest, &parameter->size);
        if (parameter->fault)
                return;

        parameter->tail = rest;
        if (!text_same(rest, suffix))
                parameter->fault = "text between the size and the comma";
}

static bool starts_with(struct text text, struct text start)
{
        return text.len >= start.len && memcmp(text.data, start.data, start.len) == 0;
}

static bool ends_with(struct text text, struct text end)
{
        return text.len >= end.len && memcmp(text.data + text.len - end.len, end.data, end.len) == 0;
}

static int parse_parameter(struct crashkernel_parameter *parameter)
{
        parameter->tail = parameter->value;

        for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
                if (ends_with(parameter->value, suffixes[i].suffix)) {
                        parameter->form = suffixes[i].form;
                        parse_suffixed(parameter, suffixes[i].suffix);
                        return 0;
                }

        if (memchr(parameter->value.data, ':', parameter->value.len))
                return parse_ranges(parameter);

        if (text_equal(parameter->value, "auto")) {
                parameter->form = CRASHKERNEL_FORM_AUTO;
                return 0;
        }

        parse_size(parameter);
        return 0;
}

/* The kernel stops at a space only, but what comes from a file reaches it with the blanks already made spaces
 * by the boot loader, and with no newline. Where another parameter begins inside, that one is the later one,
 * so that nothing is lost by ending there. */
static size_t value_length(struct text rest)
{
        size_t len;

        for (len = 0; len < rest.len; len++)
                if (rest.data[len] == ' ' || (rest.data[len] >= '\t' && rest.data[len] <= '\r') ||
                    starts_with((struct text){ rest.data + len, rest.len - len }, name))
                        break;

        return len;
}

static int parse_line(struct crashkernel *crashkernel, struct text line)
{
        const char *found;
        int r;

        while ((found = line.len > 0 ? memmem(line.data, line.len, name.data, name.len) : NULL)) {
                struct crashkernel_parameter *parameter;

                r = array_grow(&crashkernel->parameters, crashkernel->n_parameters, sizeof(*parameter));
                if (r < 0)
                        return r;
                parameter = &crashkernel->parameters[crashkernel->n_parameters++];
                *parameter = (struct crashkernel_parameter){
                        .before = take(&line, (size_t) (found - line.data)),
                };
                (void) take(&line, name.len);
                parameter->value = take(&line, value_length(line));
                r = parse_parameter(parameter);
                if (r < 0)
                        return r;
        }

        crashkernel->trailer = line;
        return 0;
}

int crashkernel_parse(const char *data, size_t len, struct crashkernel **ret)
{
        _cleanup_crashkernel_ struct crashkernel *crashkernel = NULL;
        const char *nul;
        size_t end;
        int r;

        assert(data || len == 0);
        assert(ret);

        crashkernel = calloc(1, sizeof(*crashkernel));
        if (!crashkernel)
                return -ENOMEM;
        crashkernel->copy = malloc(len + 1);
        if (!crashkernel->copy)
                return -ENOMEM;
        if (len > 0)
                memcpy(crashkernel->copy, data, len);

        nul = memchr(crashkernel->copy, '\0', len);
        end = nul ? (size_t) (nul - crashkernel->copy) : len;
        r = parse_line(crashkernel, (struct text){ crashkernel->copy, end });
        if (r < 0)
                return r;

        /* The kernel ends at the NUL, we still print what is behind it. */
        crashkernel->trailer.len += len - end;
        *ret = take_ptr(crashkernel);
        return 0;
}

int crashkernel_parse_value(struct text value, struct crashkernel **ret)
{
        _cleanup_buffer_ struct buffer line = { 0 };

        buffer_add_text(&line, name);
        buffer_add_text(&line, value);
        if (line.failed)
                return -ENOMEM;

        return crashkernel_parse(line.data, line.len, ret);
}

static void print_range(const struct crashkernel_range *range, struct buffer *out)
{
        buffer_add_text(out, range->start.raw);
        buffer_add_char(out, '-');
        buffer_add_text(out, range->end.raw);
        buffer_add_char(out, ':');
        buffer_add_text(out, range->size.raw);
}

void crashkernel_print(const struct crashkernel *crashkernel, struct buffer *out)
{
        for (size_t i = 0; i < crashkernel->n_parameters; i++) {
                const struct crashkernel_parameter *parameter = &crashkernel->parameters[i];

                buffer_add_text(out, parameter->before);
                buffer_add_text(out, name);
                buffer_add_text(out, parameter->size.raw);
                for (size_t j = 0; j < parameter->n_ranges; j++) {
                        if (j > 0)
                                buffer_add_char(out, ',');
                        print_range(&parameter->ranges[j], out);
                }
                buffer_add_text(out, parameter->tail);
        }
        buffer_add_text(out, crashkernel->trailer);
}

void crashkernel_free(struct crashkernel *crashkernel)
{
        if (!crashkernel)
                return;

        for (size_t i = 0; i < crashkernel->n_parameters; i++)
                free(crashkernel->parameters[i].ranges);
        free(crashkernel->parameters);
        free(crashkernel->copy);
        free(crashkernel);
}
