/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/os-release.h"
#include "test.h"

#include <sys/wait.h>
#include <time.h>

static struct os_release *parse(struct text text)
{
        struct os_release *release = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };

        CHECK_INT(os_release_parse(text.data, text.len, &release), 0);
        if (!release)
                exit(1);
        os_release_print(release, &out);
        test_check_text(__FILE__, __LINE__, "printed", (struct text){ out.data, out.len }, text);
        return release;
}

static const struct {
        struct text line;
        const char *value; /* of A; NULL where the line is invalid */
        const char *error;
} lines[] = {
        { TEXT_INIT("A=b\n"), "b" },
        { TEXT_INIT("A=\n"), "" },
        { TEXT_INIT("A=\"\"\n"), "" },
        { TEXT_INIT("A=\"b c\""), "b c" },
        { TEXT_INIT("A='b c'\r\n"), "b c" },
        { TEXT_INIT("A='b\\\"c'\n"), "b\\\"c" },
        { TEXT_INIT("A=\"\\\"\\$\\`\\\\\\n\"\n"), "\"$`\\\\n" },
        { TEXT_INIT("A=b\\ c\n"), "b c" },
        { TEXT_INIT("A=b\"c d\"'e f'\n"), "bc de f" },
        { TEXT_INIT("A=b  \t\n"), "b" },
        { TEXT_INIT("A=b=c\n"), "b=c" },
        { TEXT_INIT("A=b#c\n"), "b#c" },
        { TEXT_INIT("A=\"b\n"), NULL, "quote is not closed" },
        { TEXT_INIT("A='b\n"), NULL, "quote is not closed" },
        { TEXT_INIT("A=b c\n"), NULL, "value with a blank or a shell character is not quoted" },
        { TEXT_INIT("A= b\n"), NULL, "value with a blank or a shell character is not quoted" },
        { TEXT_INIT("A=$(id)\n"), NULL, "value with a blank or a shell character is not quoted" },
        { TEXT_INIT("A =b\n"), NULL, "not a valid name in front of '='" },
        { TEXT_INIT("export A=b\n"), NULL, "not a valid name in front of '='" },
        { TEXT_INIT("1A=b\n"), NULL, "not a valid name in front of '='" },
        { TEXT_INIT("=b\n"), NULL, "not a valid name in front of '='" },
        { TEXT_INIT("\xef\xbb\xbf"
                    "A=b\n"),
          NULL, "not a valid name in front of '='" },
        { TEXT_INIT("A=b\0c\n"), NULL, "NUL byte in the line" },
        { TEXT_INIT("A\n"), NULL, "neither a comment nor an assignment" },
};

TEST(quoting)
{
        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                _cleanup_os_release_ struct os_release *release = parse(lines[i].line);
                struct text value = TEXT("unset");

                CHECK_INT(os_release_get(release, "A", &value), lines[i].value != NULL);
                test_check_text(__FILE__, __LINE__, "value", value,
                                text_from_string(lines[i].value ? lines[i].value : "unset"));
                CHECK_STRING(release->lines[0].error, lines[i].error);
        }
}

/* os-release is shell: what sh makes of each valid line is what we make of it. */
TEST(values_are_those_of_a_shell)
{
        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                _cleanup_free_ char *assignment = text_dup(text_chomp(lines[i].line)), *script = NULL;
                int status = -1;
                pid_t pid;

                if (!lines[i].value)
                        continue;
                script = string_format("%s\ntest \"$A\" = \"$1\"", assignment);
                pid = fork();
                if (pid == 0) {
                        (void) execl("/bin/sh", "sh", "-c", script, "sh", lines[i].value, (char *) NULL);
                        _exit(127);
                }
                CHECK_INT(waitpid(pid, &status, 0), pid);
                if (status != 0)
                        test_failed(__FILE__, __LINE__, "sh disagrees on '%s' (status %#x)", assignment,
                                    status);
        }
}

TEST(identity_of_os_release)
{
        _cleanup_os_release_ struct os_release *release =
                parse(TEXT("# x\n\nNAME=\"Alibaba Cloud Linux\"\nVERSION_ID=\"2\"\nID=old\nID=\"alinux\"\n"
                           "ID_LIKE=\"rhel fedora centos anolis\"\nVERSION_ID=\"3\"\nVARIANT_ID=x\n"));
        _cleanup_os_release_ struct os_release *empty = parse(TEXT(""));
        struct release_identity identity;

        release_from_os_release(release, &identity);
        CHECK_TEXT(identity.id, "alinux");
        CHECK_TEXT(identity.id_like, "rhel fedora centos anolis");
        CHECK_TEXT(identity.version_id, "3");
        CHECK_TEXT(identity.name, "Alibaba Cloud Linux");
        CHECK_TEXT(identity.variant_id, "x");
        release_from_os_release(empty, &identity);
        CHECK_TEXT(identity.id, "linux");
        CHECK_TEXT(identity.version_id, "");
}

TEST(identity_of_older_files)
{
        static const struct {
                const char *path;
                struct text content;
                const char *id, *version;
                unsigned major, minor;
        } files[] = {
                { "redhat-release", TEXT_INIT("CentOS release 6.10 (Final)\n"), "centos", "6.10", 6, 10 },
                { "centos-release", TEXT_INIT("CentOS Linux release 7.9.2009 (Core)\n"), "centos", "7.9.2009",
                  7, 9 },
                { "centos-release", TEXT_INIT("CentOS Stream release 8"), "centos", "8", 8, 0 },
                { "redhat-release", TEXT_INIT("Red Hat Enterprise Linux Server release 7.9 (Maipo)\r\n"),
                  "rhel", "7.9", 7, 9 },
                { "alinux-release",
                  TEXT_INIT("Alibaba Cloud Linux (Aliyun Linux) release 2.1903 LTS (Hunting Beagle)\n"),
                  "alinux", "2.1903", 2, 1903 },
                { "system-release", TEXT_INIT("Alibaba Cloud Linux release 3 (Soaring Falcon)\n"), "alinux",
                  "3", 3, 0 },
                { "anolis-release", TEXT_INIT("Anolis OS release 8.6\n"), "anolis", "8.6", 8, 6 },
                { "openEuler-release", TEXT_INIT("openEuler release 20.03 (LTS)\n"), "openEuler", "20.03", 20,
                  3 },
                { "system-release", TEXT_INIT("Kylin Linux Advanced Server release V10 (Tercel)\n"), "kylin",
                  "V10", 10, 0 },
                { "SuSE-release",
                  TEXT_INIT("SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n"),
                  "sles", "11", 11, 0 },
                { "SuSE-release", TEXT_INIT("openSUSE 13.1 (x86_64)\nVERSION = 13.1\n"), "opensuse", "13.1",
                  13, 1 },
                { "debian_version", TEXT_INIT("7.11\n"), "debian", "7.11", 7, 11 },
                { "issue", TEXT_INIT("\nUbuntu 14.04.6 LTS \\n \\l\n"), "ubuntu", "14.04.6", 14, 4 },
                { "issue",
                  TEXT_INIT("\nWelcome to SUSE Linux Enterprise Server 11 SP4  (x86_64) - Kernel \\r.\n"),
                  "sles", "11", 11, 0 },
        };
        struct release_identity identity;
        unsigned major, minor;

        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                CHECK(release_from_file(files[i].path, files[i].content, &identity));
                CHECK(text_equal(identity.id, files[i].id));
                CHECK(text_equal(identity.version_id, files[i].version));
                CHECK(release_version_parse(identity.version_id, &major, &minor));
                CHECK_INT(major, files[i].major);
                CHECK_INT(minor, files[i].minor);
                CHECK(string_in_list(files[i].path, release_files));
                if (i == 9)
                        CHECK_TEXT(identity.patch_level, "4");
        }

        CHECK(release_from_file("debian_version", TEXT("bookworm/sid\n"), &identity));
        CHECK_TEXT(identity.version_id, "");
        CHECK(!release_version_parse(identity.version_id, &major, &minor));
        CHECK(!release_from_file("issue", TEXT("Authorized use only\n"), &identity));
        CHECK(!release_from_file("redhat-release", TEXT("\n \n"), &identity));
        CHECK(!release_version_parse(TEXT("99999999999"), &major, &minor));
}

TEST(time_is_linear)
{
        _cleanup_free_ char *data = malloc(1 << 20);
        _cleanup_os_release_ struct os_release *release = NULL;
        clock_t start = clock();

        memset(data, '\\', 1 << 20);
        memcpy(data, "A=\"", 3);
        release = parse((struct text){ data, 1 << 20 });
        CHECK_STRING(release->lines[0].error, "quote is not closed");
        CHECK(clock() - start < CLOCKS_PER_SEC);
}
