/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/timespan.h"

#include <string.h>

#define BLANKS " \t\n\r"
#define MINUTE (UINT64_C(60) * 1000000)
#define DAY (24 * 60 * MINUTE)

struct unit {
        const char *name;
        uint64_t usec;
};

/* The longest name that fits counts: "min" is not "m" and "in". */
static const struct unit units[] = {
        { "seconds", 1000000 },
        { "second", 1000000 },
        { "sec", 1000000 },
        { "s", 1000000 },
        { "minutes", MINUTE },
        { "minute", MINUTE },
        { "min", MINUTE },
        { "months", UINT64_C(2629800000000) },
        { "month", UINT64_C(2629800000000) },
        { "M", UINT64_C(2629800000000) },
        { "msec", 1000 },
        { "ms", 1000 },
        { "m", MINUTE },
        { "hours", 60 * MINUTE },
        { "hour", 60 * MINUTE },
        { "hr", 60 * MINUTE },
        { "h", 60 * MINUTE },
        { "days", DAY },
        { "day", DAY },
        { "d", DAY },
        { "weeks", 7 * DAY },
        { "week", 7 * DAY },
        { "w", 7 * DAY },
        { "years", UINT64_C(31557600000000) },
        { "year", UINT64_C(31557600000000) },
        { "y", UINT64_C(31557600000000) },
        { "usec", 1 },
        { "us", 1 },
        { "\xc2\xb5s", 1 }, /* micro sign */
        { "\xce\xbcs", 1 }, /* Greek mu */
};

static size_t take(struct text *rest, const char *bytes)
{
        size_t len = 0;

        while (len < rest->len && rest->data[len] != '\0' && strchr(bytes, rest->data[len]))
                len++;
        rest->data += len;
        rest->len -= len;
        return len;
}

/* Without a unit it is seconds; two numbers then need a blank between them. */
static int take_unit(struct text *rest, uint64_t *ret_usec)
{
        size_t blanks = take(rest, BLANKS);

        for (size_t i = 0; i < ARRAY_SIZE(units); i++)
                if (text_starts(*rest, units[i].name)) {
                        rest->data += strlen(units[i].name);
                        rest->len -= strlen(units[i].name);
                        *ret_usec = units[i].usec;
                        return 0;
                }

        *ret_usec = 1000000;
        return blanks > 0 || rest->len == 0 ? 0 : -EINVAL;
}

static uint64_t fraction_of(struct text digits, uint64_t unit)
{
        uint64_t usec = 0;

        for (size_t i = 0; i < digits.len; i++) {
                unit /= 10;
                usec += (uint64_t) (digits.data[i] - '0') * unit;
        }

        return usec;
}

static int take_number(struct text *rest, struct text *ret_whole, struct text *ret_fraction)
{
        static const char digits[] = "0123456789";

        if (text_starts(*rest, "-"))
                return -ERANGE;
        if (text_starts(*rest, "+")) {
                rest->data++;
                rest->len--;
        }

        ret_whole->data = rest->data;
        ret_whole->len = take(rest, digits);
        *ret_fraction = TEXT("");
        if (!text_starts(*rest, "."))
                return ret_whole->len > 0 ? 0 : -EINVAL;

        rest->data++;
        rest->len--;
        ret_fraction->data = rest->data;
        ret_fraction->len = take(rest, digits);
        return ret_fraction->len > 0 ? 0 : -EINVAL;
}

static int add_part(struct text *rest, uint64_t *total)
{
        struct text whole, fraction;
        uint64_t number = 0, unit, part;
        int r;

        r = take_number(rest, &whole, &fraction);
        if (r < 0)
                return r;
        r = take_unit(rest, &unit);
        if (r < 0)
                return r;
        if (whole.len > 0) {
                r = text_parse_u64(whole, &number);
                if (r < 0)
                        return r;
        }

        /* Below half of the range each, so that no sum can wrap. */
        if (number >= INT64_MAX / unit)
                return -ERANGE;
        part = number * unit + fraction_of(fraction, unit);
        if (part >= INT64_MAX - *total)
                return -ERANGE;

        *total += part;
        return 0;
}

int timespan_parse(struct text text, uint64_t *ret)
{
        uint64_t total = 0;
        int r;

        (void) take(&text, BLANKS);
        if (text_starts(text, "infinity") && text_trim(text).len == strlen("infinity")) {
                *ret = TIMESPAN_INFINITY;
                return 0;
        }
        if (text.len == 0)
                return -EINVAL;

        while (text.len > 0) {
                r = add_part(&text, &total);
                if (r < 0)
                        return r;
                (void) take(&text, BLANKS);
        }

        *ret = total;
        return 0;
}
