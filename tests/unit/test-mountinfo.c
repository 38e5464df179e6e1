/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "formats/mountinfo.h"

static const char content[] = "25 1 253:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n"
                              "30 25 0:22 / /proc rw,nosuid - proc proc rw\n"
                              "not a line\n"
                              "40 25 253:17 / /data rw shared:5 master:2 - xfs /dev/vdb1 rw\n"
                              "41 25 253:18 / /var/crash\\040files ro,relatime - ext4 /dev/vdc1 rw\n"
                              "42 25 0:50 / /mnt rw - tmpfs  ro,size=1k\n"
                              "43 40 253:33 / /data rw - ext4 /dev/vdc1 ro\n"
                              "44 25 253:1\n"
                              "45 25 253:1 / / rw no dash";

TEST(lines)
{
        struct text rest = TEXT(content);
        struct mountinfo line;
        size_t n = 0;

        while (mountinfo_next(&rest, &line))
                n++;
        CHECK_INT(n, 6);
}

TEST(fields)
{
        struct text rest = TEXT(content);
        struct mountinfo line;

        CHECK(mountinfo_next(&rest, &line));
        CHECK_TEXT(line.device, "253:1");
        CHECK_TEXT(line.point, "/");
        CHECK_TEXT(line.type, "ext4");
        CHECK_TEXT(line.source, "/dev/vda1");
        /* "errors=remount-ro" is another option. */
        CHECK(!line.read_only);
}

TEST(find)
{
        struct mountinfo line;

        CHECK(mountinfo_find(TEXT(content), "/data", &line));
        CHECK_TEXT(line.device, "253:33");
        CHECK(line.read_only);
        CHECK(mountinfo_find(TEXT(content), "/var/crash files", &line));
        CHECK(line.read_only);
        CHECK(mountinfo_find(TEXT(content), "/mnt", &line));
        CHECK_TEXT(line.source, "");
        CHECK(line.read_only);
        CHECK(!mountinfo_find(TEXT(content), "/var/crash", &line));
        CHECK(!mountinfo_find(TEXT(content), "/dat", &line));
        CHECK(!mountinfo_find(TEXT(""), "/", &line));
}

TEST(holding)
{
        struct mountinfo line;

        CHECK(mountinfo_holding(TEXT(content), "/data/crash", &line));
        CHECK_TEXT(line.device, "253:33");
        CHECK(mountinfo_holding(TEXT(content), "/database", &line));
        CHECK_TEXT(line.device, "253:1");
        CHECK(mountinfo_holding(TEXT(content), "/var/crash files/x", &line));
        CHECK_TEXT(line.device, "253:18");
        CHECK(mountinfo_holding(TEXT(content), "/", &line));
        CHECK_TEXT(line.device, "253:1");
        CHECK(!mountinfo_holding(TEXT("1 1 0:1 / /proc rw - proc proc rw\n"), "/var", &line));
}

TEST(escapes)
{
        CHECK(mountinfo_path_equal(TEXT("/a\\134b"), "/a\\b"));
        CHECK(mountinfo_path_equal(TEXT("/a\\9"), "/a\\9"));
        CHECK(mountinfo_path_equal(TEXT("/a\\04"), "/a\\04"));
        CHECK(!mountinfo_path_equal(TEXT("/a\\040"), "/a"));
        CHECK(!mountinfo_path_equal(TEXT("/a"), "/a\\040"));
        CHECK(!mountinfo_path_equal(TEXT(""), ""));
}
