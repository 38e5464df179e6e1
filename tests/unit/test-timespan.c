/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/timespan.h"
#include "test.h"

static void check(const char *text, int result, uint64_t expected)
{
        uint64_t usec = 0;
        int r = timespan_parse(text_from_string(text), &usec);

        if (r != result || usec != expected)
                test_failed(__FILE__, __LINE__, "'%s' gives %d and %" PRIu64 ", not %d and %" PRIu64, text, r,
                            usec, result, expected);
}

TEST(accepted)
{
        check("5", 0, 5000000);
        check("5s", 0, 5000000);
        check(" 1min 30s ", 0, 90000000);
        check("1h30m", 0, UINT64_C(5400000000));
        check("0.5s", 0, 500000);
        check(".5", 0, 500000);
        check("5 s", 0, 5000000);
        check("5s 5", 0, 10000000);
        check("1M", 0, UINT64_C(2629800000000));
        check("2d4h", 0, UINT64_C(187200000000));
        check("5seconds", 0, 5000000);
        check("7us", 0, 7);
        check("7\xc2\xb5s", 0, 7);
        check("7\xce\xbcs", 0, 7);
        check("+5", 0, 5000000);
        check("0", 0, 0);
        check("infinity", 0, TIMESPAN_INFINITY);
        check("infinity ", 0, TIMESPAN_INFINITY);
}

TEST(refused)
{
        check("", -EINVAL, 0);
        check("  ", -EINVAL, 0);
        check("s", -EINVAL, 0);
        check("5x", -EINVAL, 0);
        check("5.s", -EINVAL, 0);
        check("1.5.2", -EINVAL, 0);
        check("infinity s", -EINVAL, 0);
        check("-1", -ERANGE, 0);
        check("5s -1s", -ERANGE, 0);
        check("9999999999999999999s", -ERANGE, 0);
        check("99999999999999999999999s", -ERANGE, 0);
        check("292471y 292471y", -ERANGE, 0);
}
