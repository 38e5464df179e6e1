/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/crashkernel-default.h"
#include "test.h"

#include <ctype.h>

#define MIB CRASHKERNEL_MIB
#define GIB CRASHKERNEL_GIB

static struct crashkernel *parse(struct text line)
{
        struct crashkernel *crashkernel = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };

        CHECK_INT(crashkernel_parse(line.data, line.len, &crashkernel), 0);
        crashkernel_print(crashkernel, &out);
        test_check_text(__FILE__, __LINE__, "printed line", (struct text){ out.data, out.len }, line);
        return crashkernel;
}

static struct crashkernel_evaluation evaluate(const char *line, uint64_t memory,
                                              const struct crashkernel_auto *automatic)
{
        _cleanup_crashkernel_ struct crashkernel *crashkernel = parse(text_from_string(line));
        struct crashkernel_evaluation evaluation = crashkernel_evaluate(crashkernel, memory, automatic);

        evaluation.parameter = NULL;
        return evaluation;
}

struct expected {
        const char *line;
        uint64_t memory;
        enum crashkernel_cause exact_cause;
        uint64_t exact, rounded;
};

static void check(const struct expected *expected, size_t n, const struct crashkernel_auto *automatic)
{
        for (size_t i = 0; i < n; i++) {
                struct crashkernel_evaluation evaluation =
                        evaluate(expected[i].line, expected[i].memory, automatic);

                if (evaluation.exact.cause != expected[i].exact_cause ||
                    evaluation.exact.size != expected[i].exact ||
                    evaluation.rounded.size != expected[i].rounded)
                        test_failed(__FILE__, __LINE__,
                                    "'%s' at %" PRIu64 " MiB: cause %d, exact %" PRIu64 ", rounded %" PRIu64,
                                    expected[i].line, expected[i].memory / MIB, evaluation.exact.cause,
                                    evaluation.exact.size, evaluation.rounded.size);
        }
}

TEST(sizes)
{
        static const struct expected table[] = {
                { "", GIB, CRASHKERNEL_ABSENT, 0, 0 },
                { "quiet crash_kexec_post_notifiers=1", GIB, CRASHKERNEL_ABSENT, 0, 0 },
                { "crashkernel=256M", GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                { "ro crashkernel=256m quiet\n", GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                { "crashkernel=0x10000000", GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                { "crashkernel=0400M", GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                { "crashkernel=262144K", GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                { "crashkernel=1T", 4096 * GIB, CRASHKERNEL_RESERVED, 1024 * GIB, 1024 * GIB },
                { "crashkernel=256M@16M", GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                { "crashkernel=256M@", GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                { "crashkernel=1G", GIB, CRASHKERNEL_TOO_LARGE, 0, 0 },
                { "crashkernel=0", GIB, CRASHKERNEL_ZERO, 0, 0 },
                { "crashkernel=M", GIB, CRASHKERNEL_ZERO, 0, 0 },
                { "crashkernel=", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=256MB", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=256M,", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=\"256M\"", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=-1", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=08M", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=0x", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=99999999999999999999", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=16E", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=error", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                /* The kernel searches bytes, not tokens. */
                { "nocrashkernel=256M", GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                { "crashkernel=128M crashkernel=256M", GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                { "crashkernel=128M crashkernel=x", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=crashkernel=256M", GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
        };

        check(table, ARRAY_SIZE(table), NULL);
}

/* V14 c to f. */
TEST(ranges)
{
        static const char two[] = "crashkernel=2G-64G:256M,64G-:512M";
        static const char gap[] = "crashkernel=1G-2G:128M,4G-:256M";
        static const char overlap[] = "crashkernel=1G-4G:128M,2G-8G:256M,8G-:512M";
        static const char zero[] = "crashkernel=0M-2G:0M,2G-8G:192M,8G-:256M";
        static const struct expected table[] = {
                { two, 2 * GIB - 1, CRASHKERNEL_NO_RANGE, 0, 256 * MIB },
                { two, 2 * GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                { two, 2 * GIB - 128 * MIB, CRASHKERNEL_NO_RANGE, 0, 0 },
                { two, 2 * GIB - 128 * MIB + 1, CRASHKERNEL_NO_RANGE, 0, 256 * MIB },
                { two, 64 * GIB - 1, CRASHKERNEL_RESERVED, 256 * MIB, 512 * MIB },
                { two, 64 * GIB, CRASHKERNEL_RESERVED, 512 * MIB, 512 * MIB },
                { two, 1024 * GIB, CRASHKERNEL_RESERVED, 512 * MIB, 512 * MIB },
                /* The first range's size is looked at before its bounds. */
                { two, 256 * MIB, CRASHKERNEL_TOO_LARGE, 0, 0 },
                { two, 200 * MIB, CRASHKERNEL_TOO_LARGE, 0, 0 },
                { gap, 2 * GIB - 1, CRASHKERNEL_RESERVED, 128 * MIB, 0 },
                { gap, 2 * GIB, CRASHKERNEL_NO_RANGE, 0, 0 },
                { gap, 3 * GIB, CRASHKERNEL_NO_RANGE, 0, 0 },
                { gap, 4 * GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                { overlap, 3 * GIB, CRASHKERNEL_RESERVED, 128 * MIB, 128 * MIB },
                { overlap, 4 * GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                { zero, GIB, CRASHKERNEL_ZERO, 0, 0 },
                { zero, 8 * GIB, CRASHKERNEL_RESERVED, 256 * MIB, 256 * MIB },
                /* A fault stops the kernel only when it gets there. */
                { "crashkernel=1G-2G:64M,broken", GIB, CRASHKERNEL_RESERVED, 64 * MIB, 64 * MIB },
                { "crashkernel=1G-2G:64M,broken", 2 * GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=1G-2G:64M,", 2 * GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=1G-2G:64M;2G-:128M", 2 * GIB, CRASHKERNEL_NO_RANGE, 0, 0 },
                { "crashkernel=1G-2G:64M@16M,2G-:128M", 2 * GIB, CRASHKERNEL_NO_RANGE, 0, 0 },
                { "crashkernel=2G-1G:64M", 2 * GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=1G-1G:64M", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=1G:64M", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=1G-:", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=:64M", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=-2G:64M", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=1G-:64M@16M", GIB, CRASHKERNEL_RESERVED, 64 * MIB, 64 * MIB },
                { "crashkernel=1G-:64M@", GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=1G-:64Mjunk", GIB, CRASHKERNEL_RESERVED, 64 * MIB, 64 * MIB },
        };

        check(table, ARRAY_SIZE(table), NULL);
}

TEST(high_and_low)
{
        static const struct expected table[] = {
                { "crashkernel=512M,high", 8 * GIB, CRASHKERNEL_RESERVED, 512 * MIB, 512 * MIB },
                { "crashkernel=512M,high crashkernel=128M,low", 8 * GIB, CRASHKERNEL_RESERVED, 512 * MIB,
                  512 * MIB },
                { "crashkernel=128M,low", 8 * GIB, CRASHKERNEL_LOW_ALONE, 0, 0 },
                { "crashkernel=512M,high crashkernel=x,low", 8 * GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=512M,high crashkernel=256M", 8 * GIB, CRASHKERNEL_RESERVED, 256 * MIB,
                  256 * MIB },
                { "crashkernel=512Mx,high", 8 * GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=512M,high,low", 8 * GIB, CRASHKERNEL_LOW_ALONE, 0, 0 },
                { "crashkernel=0,high", 8 * GIB, CRASHKERNEL_ZERO, 0, 0 },
                { "crashkernel=1G-2G:1M,high", 8 * GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                { "crashkernel=128M,cma", 8 * GIB, CRASHKERNEL_ABSENT, 0, 0 },
        };

        check(table, ARRAY_SIZE(table), NULL);
        CHECK_INT(evaluate("crashkernel=512M,high crashkernel=128M,low", 8 * GIB, NULL).low, 128 * MIB);
        CHECK_INT(evaluate("crashkernel=256M crashkernel=64M,cma", 8 * GIB, NULL).cma, 64 * MIB);
}

/* V14 a, b, c, d, f. */
TEST(warnings)
{
        static const struct {
                const char *line;
                uint64_t memory;
                enum crashkernel_warning warning; /* COUNT: none */
        } table[] = {
                { "crashkernel=256M", 8 * GIB, CRASHKERNEL_WARNING_COUNT },
                { "crashkernel=0M-2G:0M,2G-8G:192M,8G-:256M", 8 * GIB, CRASHKERNEL_WARNING_COUNT },
                { "crashkernel=512M,high crashkernel=128M,low", 8 * GIB, CRASHKERNEL_WARNING_COUNT },
                { "crashkernel=256M@16M", 8 * GIB, CRASHKERNEL_WARNING_OFFSET },
                { "crashkernel=1G-:256M@16M", 8 * GIB, CRASHKERNEL_WARNING_OFFSET },
                { "crashkernel=512M,high", 8 * GIB, CRASHKERNEL_WARNING_HIGH_WITHOUT_LOW },
                { "crashkernel=256M crashkernel=512M,high", 8 * GIB, CRASHKERNEL_WARNING_HIGH_IGNORED },
                { "crashkernel=1G-2G:64M,4G-:64M", 8 * GIB, CRASHKERNEL_WARNING_GAP },
                { "crashkernel=4G-:64M,1G-2G:64M", 8 * GIB, CRASHKERNEL_WARNING_GAP },
                { "crashkernel=1G-4G:64M,2G-:64M", 8 * GIB, CRASHKERNEL_WARNING_OVERLAP },
                { "crashkernel=1G-:64M,2G-3G:64M", 8 * GIB, CRASHKERNEL_WARNING_OVERLAP },
                { "crashkernel=1G-:64M,x", 8 * GIB, CRASHKERNEL_WARNING_TAIL },
                { "crashkernel=1G-:64M;x", 8 * GIB, CRASHKERNEL_WARNING_TAIL },
                { "crashkernel=128M crashkernel=256M", 8 * GIB, CRASHKERNEL_WARNING_SEVERAL },
                { "crashkernel=256M crashkernel=64M,cma", 8 * GIB, CRASHKERNEL_WARNING_CMA },
                { "crashkernel=1G-4G:64M,4G-:128M", 4 * GIB - 1, CRASHKERNEL_WARNING_ROUNDING },
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                struct crashkernel_evaluation evaluation = evaluate(table[i].line, table[i].memory, NULL);
                unsigned expected = table[i].warning < CRASHKERNEL_WARNING_COUNT ? 1U << table[i].warning : 0;

                if (evaluation.warnings != expected)
                        test_failed(__FILE__, __LINE__, "'%s': warnings %#x, not %#x", table[i].line,
                                    evaluation.warnings, expected);
        }

        for (unsigned i = 0; i < CRASHKERNEL_WARNING_COUNT; i++)
                CHECK(crashkernel_warning_text(i));
        for (unsigned i = CRASHKERNEL_RESERVED + 1; i < CRASHKERNEL_CAUSE_COUNT; i++)
                CHECK(crashkernel_cause_text(i));
        CHECK(!crashkernel_cause_text(CRASHKERNEL_RESERVED));
}

TEST(the_smaller_of_both_is_certain)
{
        struct crashkernel_evaluation lower = evaluate("crashkernel=2G-:256M", 2 * GIB - MIB, NULL);
        struct crashkernel_evaluation upper = evaluate("crashkernel=1G-2G:256M", 2 * GIB - MIB, NULL);

        CHECK_INT(crashkernel_certain(&lower), 0);
        CHECK_INT(crashkernel_certain(&upper), 0);
        CHECK_INT(upper.exact.size, 256 * MIB);
}

/* V11, and the minima of the older releases. */
TEST(auto_by_release)
{
        static const struct crashkernel_system releases[] = {
                { "centos", 6, "x86_64" }, { "centos", 7, "x86_64" }, { "rocky", 8, "x86_64" },
                { "rhel", 8, "aarch64" },  { "rhel", 9, "x86_64" },   { "ubuntu", 22, "x86_64" },
        };
        static const struct expected table[][3] = {
                { { "crashkernel=auto", 2 * GIB - 256 * MIB, CRASHKERNEL_NO_RANGE, 0, 0 },
                  { "crashkernel=auto", 2 * GIB, CRASHKERNEL_RESERVED, 128 * MIB + 128 * 1024,
                    128 * MIB + 128 * 1024 },
                  { "crashkernel=auto", 1024 * GIB, CRASHKERNEL_RESERVED, 192 * MIB, 192 * MIB } },
                { { "crashkernel=auto", GIB, CRASHKERNEL_NO_RANGE, 0, 0 },
                  { "crashkernel=auto", 4 * GIB, CRASHKERNEL_RESERVED, 160 * MIB + 256 * 1024,
                    160 * MIB + 256 * 1024 },
                  { "crashkernel=auto", 1024 * GIB, CRASHKERNEL_RESERVED, 224 * MIB, 224 * MIB } },
                { { "crashkernel=auto", GIB - MIB, CRASHKERNEL_NO_RANGE, 0, 160 * MIB },
                  { "crashkernel=auto", 4 * GIB, CRASHKERNEL_RESERVED, 192 * MIB, 192 * MIB },
                  { "crashkernel=auto", 1024 * GIB, CRASHKERNEL_RESERVED, 512 * MIB, 512 * MIB } },
                { { "crashkernel=auto", GIB, CRASHKERNEL_NO_RANGE, 0, 0 },
                  { "crashkernel=auto", 2 * GIB, CRASHKERNEL_RESERVED, 448 * MIB, 448 * MIB },
                  { "crashkernel=auto", 64 * GIB, CRASHKERNEL_RESERVED, 448 * MIB, 448 * MIB } },
                { { "crashkernel=auto", 8 * GIB, CRASHKERNEL_AUTO_UNSUPPORTED, 0, 0 },
                  { "crashkernel=autox", 8 * GIB, CRASHKERNEL_MALFORMED, 0, 0 },
                  { "crashkernel=auto crashkernel=256M", 8 * GIB, CRASHKERNEL_RESERVED, 256 * MIB,
                    256 * MIB } },
                { { "crashkernel=auto", 8 * GIB, CRASHKERNEL_AUTO_UNSUPPORTED, 0, 0 },
                  { "crashkernel=auto", 1 * GIB, CRASHKERNEL_AUTO_UNSUPPORTED, 0, 0 },
                  { "crashkernel=256M crashkernel=auto", GIB, CRASHKERNEL_AUTO_UNSUPPORTED, 0, 0 } },
        };
        _Static_assert(ARRAY_SIZE(releases) == ARRAY_SIZE(table), "one row a release");

        for (size_t i = 0; i < ARRAY_SIZE(releases); i++)
                check(table[i], ARRAY_SIZE(table[i]), crashkernel_auto_rule(&releases[i]));
}

TEST(defaults)
{
        static const struct {
                struct crashkernel_system system;
                const char *value;
        } table[] = {
                { { "centos", 7, "x86_64" }, "auto" },
                { { "almalinux", 8, "x86_64" }, "auto" },
                { { "rocky", 9, "x86_64" }, "1G-4G:192M,4G-64G:256M,64G-:512M" },
                { { "rhel", 9, "aarch64" }, "1G-4G:256M,4G-64G:320M,64G-:576M" },
                { { "rhel", 10, "x86_64" }, "2G-64G:256M,64G-:512M" },
                { { "rhel", 10, "x86_64", .memory_encryption = true }, "2G-64G:320M,64G-:576M" },
                { { "rhel", 10, "aarch64" }, "2G-4G:256M,4G-64G:320M,64G-:576M" },
                { { "rhel", 10, "aarch64", .mlx5 = true }, "2G-4G:406M,4G-64G:470M,64G-:726M" },
                { { "rhel", 10, "aarch64", .pages_64k = true, .smmu = true, .mlx5 = true },
                  "2G-4G:940M,4G-64G:1004M,64G-:1260M" },
                { { "rhel", 9, "x86_64", .memory_encryption = true }, "1G-4G:192M,4G-64G:256M,64G-:512M" },
                { { "rhel", 10, "ppc64le" }, "2G-4G:384M,4G-16G:512M,16G-64G:1G,64G-128G:2G,128G-:4G" },
                { { "fedora", 41, "x86_64" }, "1G-4G:192M,4G-64G:256M,64G-:512M" },
                { { "fedora", 42, "x86_64" }, "2G-64G:256M,64G-:512M" },
                { { "alinux", 2, "x86_64" }, "0M-2G:0M,2G-8G:192M,8G-:256M" },
                { { "alinux", 3, "x86_64" }, "0M-2G:0M,2G-8G:192M,8G-128G:256M,128G-376G:384M,376G-:448M" },
                { { "debian", 12, "x86_64" }, "384M-:128M" },
                { { "ubuntu", 22, "x86_64" }, "0M-2G:0M,2G-4G:256M,4G-64G:384M,64G-:512M" },
                { { "sles", 15, "x86_64" }, NULL },
                { { "rhel", 5, "x86_64" }, NULL },
                { { "plan9", 4, "x86_64" }, NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                _cleanup_free_ char *value = NULL;

                CHECK_INT(crashkernel_default(&table[i].system, &value), table[i].value ? 0 : -ENOENT);
                CHECK_STRING(value, table[i].value);
        }
}

TEST(every_default_reserves_where_it_says)
{
        static const char *const ids[] = { "rhel",      "fedora", "alinux", "anolis",
                                           "openEuler", "debian", "ubuntu" };
        static const char *const architectures[] = { "x86_64", "aarch64" };

        for (size_t i = 0; i < ARRAY_SIZE(ids) * 50 * 2; i++) {
                struct crashkernel_system system = {
                        ids[i / 100],
                        (unsigned) (i / 2 % 50),
                        architectures[i % 2],
                };
                _cleanup_crashkernel_ struct crashkernel *crashkernel = NULL;
                struct crashkernel_evaluation evaluation;
                _cleanup_free_ char *value = NULL;

                if (crashkernel_default(&system, &value) < 0)
                        continue;
                CHECK_INT(crashkernel_parse_value(text_from_string(value), &crashkernel), 0);
                evaluation = crashkernel_evaluate(crashkernel, 4 * GIB, crashkernel_auto_rule(&system));
                CHECK(crashkernel_certain(&evaluation) >= 128 * MIB);
                CHECK_INT(evaluation.warnings, 0);
        }
}

TEST(the_line_stays_as_it_is)
{
        _cleanup_crashkernel_ struct crashkernel *crashkernel =
                parse(TEXT("a crashkernel=1G-2G:64M,0x80000000-:1G@ \tcrashkernel=5M,high\n\0crashkernel=1"));

        CHECK_INT(crashkernel->n_parameters, 2);
        CHECK_INT(crashkernel->parameters[0].n_ranges, 2);
        CHECK_TEXT(crashkernel->parameters[0].ranges[1].start.raw, "0x80000000");
        CHECK_TEXT(crashkernel->parameters[0].value, "1G-2G:64M,0x80000000-:1G@");
        CHECK_TEXT(crashkernel->parameters[1].before, " \t");
        CHECK_TEXT(crashkernel->trailer, "\n\0crashkernel=1");
}

/* A second model, on strings and without a parsed form: what the kernel's loop does, step by step. */
static const char *model_size(const char *p, uint64_t *ret)
{
        char *end = (char *) p;

        *ret = isdigit((unsigned char) *p) ? strtoull(p, &end, 0) : 0;
        switch (toupper((unsigned char) *end)) {
        case 'G':
                *ret *= 1024;
                /* fall through */
        case 'M':
                *ret *= 1024;
                /* fall through */
        case 'K':
                *ret *= 1024;
                end++;
        }
        return end == p ? NULL : end;
}

static uint64_t model_ranges(const char *p, uint64_t memory)
{
        uint64_t start, end, size, offset;

        do {
                p = model_size(p, &start);
                if (!p || *p++ != '-')
                        return 0;
                end = UINT64_MAX;
                if (*p != ':')
                        p = model_size(p, &end);
                if (!p || end <= start || *p++ != ':')
                        return 0;
                p = model_size(p, &size);
                if (!p || size >= memory)
                        return 0;
                if (start <= memory && memory < end) {
                        p = strchr(p, '@');
                        return p && !model_size(p + 1, &offset) ? 0 : size;
                }
        } while (*p++ == ',');

        return 0;
}

static void compare(const char *value)
{
        _cleanup_crashkernel_ struct crashkernel *crashkernel = NULL;
        static const uint64_t bounds[] = { 256 * MIB, 512 * MIB, 1 * GIB, 2 * GIB, 4 * GIB, 8 * GIB };
        static const int64_t steps[] = {
                -129 * (int64_t) MIB, -128 * (int64_t) MIB, -127 * (int64_t) MIB, -1, 0, 1,
                127 * (int64_t) MIB,  128 * (int64_t) MIB,
        };

        CHECK_INT(crashkernel_parse_value(text_from_string(value), &crashkernel), 0);
        for (size_t i = 0; i < ARRAY_SIZE(bounds) * ARRAY_SIZE(steps); i++) {
                uint64_t memory = bounds[i / ARRAY_SIZE(steps)] + (uint64_t) steps[i % ARRAY_SIZE(steps)];
                uint64_t rounded = (memory + 128 * MIB - 1) & ~(128 * MIB - 1);
                struct crashkernel_evaluation evaluation = crashkernel_evaluate(crashkernel, memory, NULL);

                if (evaluation.exact.size != model_ranges(value, memory) ||
                    evaluation.rounded.size != model_ranges(value, rounded))
                        test_failed(__FILE__, __LINE__, "'%s' at %" PRIu64 ": %" PRIu64 " and %" PRIu64,
                                    value, memory, evaluation.exact.size, evaluation.rounded.size);
        }
}

TEST(agrees_with_the_model)
{
        static const char *const starts[] = { "0", "512M", "1G", "0x80000000", "4G", "G", "" };
        static const char *const ends[] = { "", "1G", "2G", "4096M", "8g" };
        static const char *const sizes[] = { "0", "64M", "512M", "" };
        static const char *const tails[] = { "",         "@16M",         "@",       "junk", ",",
                                             ";1G-:32M", ",1G-2G:32M@x", ",2G-:16M" };
        size_t n = 0;

        for (size_t i = 0; i < 7 * 5 * 4 * 7 * 5 * 8; i++) {
                _cleanup_free_ char *value = NULL;
                size_t rest = i;
                const char *tail = tails[rest % 8];
                const char *end2 = ends[(rest /= 8) % 5], *start2 = starts[(rest /= 5) % 7];
                const char *size = sizes[(rest /= 7) % 4];
                const char *end = ends[(rest /= 4) % 5], *start = starts[rest / 5];

                value = string_format("%s-%s:%s,%s-%s:128M%s", start, end, size, start2, end2, tail);
                CHECK(value);
                compare(value);
                n++;
        }
        CHECK_INT(n, 39200);
}
