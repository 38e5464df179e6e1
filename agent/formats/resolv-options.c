/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/resolv-conf.h"

#include <limits.h>
#include <string.h>

/* The order is glibc's and matters: a word is the first option that it begins with. since and until are the
 * N of glibc 2.N; until is the first version that no longer knows the option. */
static const struct {
        const char *name;
        enum resolv_flag flag;
        unsigned since, until;
} flags[] = {
        { "inet6", RESOLV_INET6, 0, 26 },
        { "rotate", RESOLV_ROTATE, 0, UINT_MAX },
        { "edns0", RESOLV_EDNS0, 6, UINT_MAX },
        { "single-request-reopen", RESOLV_SINGLE_REQUEST_REOPEN, 9, UINT_MAX },
        { "single-request", RESOLV_SINGLE_REQUEST, 10, UINT_MAX },
        { "no_tld_query", RESOLV_NO_TLD_QUERY, 14, UINT_MAX },
        { "no-tld-query", RESOLV_NO_TLD_QUERY, 14, UINT_MAX },
        { "no-reload", RESOLV_NO_RELOAD, 26, UINT_MAX },
        { "use-vc", RESOLV_USE_VC, 14, UINT_MAX },
        { "trust-ad", RESOLV_TRUST_AD, 31, UINT_MAX },
        { "no-aaaa", RESOLV_NO_AAAA, 36, UINT_MAX },
        { "strict-error", RESOLV_STRICT_ERROR, 41, UINT_MAX },
};

/* A leading '-' turns an option off from this version on; before, the word was unknown. */
#define NEGATION_SINCE 41

static const struct {
        const char *name;
        int most;
        size_t offset;
} numbers[] = {
        { "ndots:", 15, offsetof(struct resolv_options, ndots) },
        { "timeout:", 30, offsetof(struct resolv_options, timeout) },
        { "attempts:", 5, offsetof(struct resolv_options, attempts) },
};

bool resolv_flag_known(enum resolv_flag flag, unsigned glibc_minor)
{
        for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
                if (flags[i].flag == flag)
                        return glibc_minor >= flags[i].since && glibc_minor < flags[i].until;

        return false;
}

const char *resolv_flag_name(enum resolv_flag flag)
{
        const char *name = NULL;

        /* The last one: "no-tld-query" is the name, "no_tld_query" its old spelling. */
        for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
                if (flags[i].flag == flag)
                        name = flags[i].name;

        return name;
}

/* atoi(), which leaps over white space, so that "timeout: 7" sets 7, and reads nothing as 0. */
static int number_at(struct text text)
{
        bool negative;
        uint64_t value = 0, most;
        size_t i = 0;

        while (i < text.len && text.data[i] != '\0' && strchr(" \t\n\v\f\r", text.data[i]))
                i++;
        negative = i < text.len && text.data[i] == '-';
        most = (uint64_t) LONG_MAX + negative;
        if (i < text.len && (text.data[i] == '-' || text.data[i] == '+'))
                i++;
        for (; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++) {
                uint64_t digit = (uint64_t) (text.data[i] - '0');

                if (value > (most - digit) / 10) {
                        value = most;
                        break;
                }
                value = value * 10 + digit;
        }

        return (int) (uint32_t) (negative ? -value : value);
}

static bool apply_number(struct resolv_options *options, struct text rest)
{
        for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
                size_t len = strlen(numbers[i].name);
                int value;

                if (!text_starts(rest, numbers[i].name))
                        continue;
                value = number_at((struct text){ rest.data + len, rest.len - len });
                if (value > numbers[i].most)
                        value = numbers[i].most;
                *(int *) ((char *) options + numbers[i].offset) = value;
                return true;
        }

        return false;
}

static void apply_flag(struct resolv_options *options, struct text word, size_t line, unsigned glibc_minor)
{
        bool off = glibc_minor >= NEGATION_SINCE && text_starts(word, "-");

        if (off) {
                word.data++;
                word.len--;
        }

        for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
                if (glibc_minor < flags[i].since || glibc_minor >= flags[i].until ||
                    !text_starts(word, flags[i].name))
                        continue;
                if (off)
                        options->flags &= ~(1U << flags[i].flag);
                else {
                        options->flags |= 1U << flags[i].flag;
                        options->lines[flags[i].flag] = line;
                }
                return;
        }
}

void resolv_options_init(struct resolv_options *options)
{
        *options = (struct resolv_options){ .ndots = 1, .timeout = 5, .attempts = 2 };
}

void resolv_options_apply(struct resolv_options *options, struct text list, size_t line, unsigned glibc_minor)
{
        struct text before, after, word;

        if (text_split(list, '\0', &before, &after))
                list = before;

        while (text_next_word(&list, " \t", &word)) {
                /* A number is read from here to the end of the list, beyond the word. */
                struct text from_word = { word.data, word.len + list.len };

                if (!apply_number(options, from_word))
                        apply_flag(options, word, line, glibc_minor);
        }
        /* glibc keeps it in four bits. */
        options->ndots &= 15;
}
