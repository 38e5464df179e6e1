/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-default.h"
#include "judge.h"

static struct grub_default *parse(const struct grub_default_file *files, size_t n)
{
        struct grub_default *grub_default = NULL;

        CHECK_INT(grub_default_parse(files, n, &grub_default), 0);
        for (size_t i = 0; i < n; i++) {
                _cleanup_buffer_ struct buffer out = { 0 };

                grub_default_print(grub_default, i, &out);
                test_check_text(__FILE__, __LINE__, "print", (struct text){ out.data, out.len },
                                files[i].data);
        }
        return grub_default;
}

static void check(const struct grub_default *grub_default, const char *name, enum shell_state state,
                  const char *file, unsigned line, const char *text)
{
        struct shell_value value = { 0 };

        CHECK_INT(grub_default_get(grub_default, name, &value), state);
        if (state == SHELL_UNSET)
                return;
        CHECK_STRING(grub_default->files[value.file].name, file);
        CHECK_INT(value.line, line);
        if (state == SHELL_CERTAIN)
                test_check_text(__FILE__, __LINE__, name, value.text, text_from_string(text));
        else
                CHECK_STRING(value.cause, text);
}

#define FILE_TEXT(name, text)                                                                                \
        {                                                                                                    \
                { name, sizeof(name) - 1 },                                                                  \
                {                                                                                            \
                        text, sizeof(text) - 1                                                               \
                }                                                                                            \
        }

/* What tuned adds when a profile has kernel parameters. */
TEST(tuned_appends)
{
        static const struct grub_default_file files[] = {
                FILE_TEXT("grub", "GRUB_CMDLINE_LINUX=\"quiet\"\n"
                                  "GRUB_CMDLINE_LINUX_DEFAULT=\"${GRUB_CMDLINE_LINUX_DEFAULT:+$GRUB_CMDLINE_"
                                  "LINUX_DEFAULT "
                                  "}\\$tuned_params\"\n"),
        };
        _cleanup_grub_default_ struct grub_default *grub_default = parse(files, ARRAY_SIZE(files));

        check(grub_default, "GRUB_CMDLINE_LINUX_DEFAULT", SHELL_CERTAIN, "grub", 2, "$tuned_params");
        check(grub_default, "GRUB_DISTRIBUTOR", SHELL_UNSET, NULL, 0, NULL);
}

/* An Ubuntu cloud image with kdump-tools. */
TEST(later_files_override_and_append)
{
        static const struct grub_default_file files[] = {
                FILE_TEXT("grub",
                          "GRUB_DEFAULT=0\n"
                          "GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${NAME:-Ubuntu} ) 2>/dev/null`\n"
                          "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\n"
                          "GRUB_CMDLINE_LINUX=\"\"\n"),
                FILE_TEXT("50-cloudimg-settings.cfg",
                          "# Cloud images\nGRUB_TERMINAL=console\n"
                          "GRUB_CMDLINE_LINUX_DEFAULT=\"console=tty1 console=ttyS0\""),
                FILE_TEXT("kdump-tools.cfg", "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT "
                                             "crashkernel=384M-:128M\"\n"),
        };
        _cleanup_grub_default_ struct grub_default *grub_default = parse(files, ARRAY_SIZE(files));
        size_t file = 0, index = 0;

        check(grub_default, "GRUB_CMDLINE_LINUX_DEFAULT", SHELL_CERTAIN, "kdump-tools.cfg", 1,
              "console=tty1 console=ttyS0 crashkernel=384M-:128M");
        check(grub_default, "GRUB_CMDLINE_LINUX", SHELL_CERTAIN, "grub", 4, "");
        check(grub_default, "GRUB_TERMINAL", SHELL_CERTAIN, "50-cloudimg-settings.cfg", 2, "console");
        check(grub_default, "GRUB_DISTRIBUTOR", SHELL_UNCERTAIN, "grub", 2, "a command substitution");
        check(grub_default, "GRUB_ENABLE_BLSCFG", SHELL_UNSET, NULL, 0, NULL);
        CHECK(!grub_default_next_repeated(grub_default, &file, &index));
}

TEST(doubt_reaches_later_files)
{
        static const struct grub_default_file files[] = {
                FILE_TEXT("grub", "GRUB_CMDLINE_LINUX=x\nGRUB_CMDLINE_LINUX_DEFAULT=quiet\n"),
                FILE_TEXT("a.cfg",
                          "if [ -x /usr/bin/x ]; then\n\tGRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX y\"\nfi\n"),
                FILE_TEXT("b.cfg", "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX z\"\n"),
        };
        _cleanup_grub_default_ struct grub_default *grub_default = parse(files, ARRAY_SIZE(files));

        check(grub_default, "GRUB_CMDLINE_LINUX", SHELL_UNCERTAIN, "b.cfg", 1,
              "a variable whose value is uncertain");
        check(grub_default, "GRUB_CMDLINE_LINUX_DEFAULT", SHELL_CERTAIN, "grub", 2, "quiet");
}

TEST(one_lost_file_takes_all_with_it)
{
        static const struct grub_default_file files[] = {
                FILE_TEXT("grub", "GRUB_CMDLINE_LINUX=x\n"),
                FILE_TEXT("a.cfg", "A=1\n. /etc/x\n"),
                FILE_TEXT("b.cfg", "GRUB_TERMINAL=console\n"),
        };
        _cleanup_grub_default_ struct grub_default *grub_default = parse(files, ARRAY_SIZE(files));

        check(grub_default, "GRUB_CMDLINE_LINUX", SHELL_UNCERTAIN, "a.cfg", 2, "another file is read");
        check(grub_default, "GRUB_TERMINAL", SHELL_UNCERTAIN, "a.cfg", 2, "another file is read");
        check(grub_default, "GRUB_ENABLE_BLSCFG", SHELL_UNCERTAIN, "a.cfg", 2, "another file is read");
}

TEST(repeated_assignments)
{
        static const struct grub_default_file files[] = {
                FILE_TEXT("grub", "GRUB_CMDLINE_LINUX=x\nA=1\n"),
                FILE_TEXT("b.cfg", "GRUB_CMDLINE_LINUX=1\nGRUB_TIMEOUT=1\nGRUB_CMDLINE_LINUX=2\n"),
        };
        _cleanup_grub_default_ struct grub_default *grub_default = parse(files, ARRAY_SIZE(files));
        size_t file = 7;
        unsigned line = 7;

        CHECK(grub_default_repeated(grub_default, "GRUB_CMDLINE_LINUX", &file, &line));
        CHECK_INT(file, 1);
        CHECK_INT(line, 3);
        CHECK(!grub_default_repeated(grub_default, "GRUB_TIMEOUT", &file, &line));
        CHECK_INT(line, 3);
}

TEST(no_files)
{
        _cleanup_grub_default_ struct grub_default *grub_default = parse(NULL, 0);

        check(grub_default, "GRUB_CMDLINE_LINUX", SHELL_UNSET, NULL, 0, NULL);
}

static const char *const variables[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT",
                                         "GRUB_ENABLE_BLSCFG", "GRUB_TERMINAL" };

static void add_line(struct buffer *out, uint64_t *seed)
{
        static const char *const values[] = { "''",
                                              "true",
                                              "\"\"",
                                              "\"console=tty0 console=ttyS0,115200n8\"",
                                              "'dyndbg=\"file x +p\"'",
                                              "\"a\\\"b\\\\c\\$d\"",
                                              "x\\ y",
                                              "serial # c",
                                              "\"$GRUB_CMDLINE_LINUX\"",
                                              "\"$GRUB_CMDLINE_LINUX_DEFAULT x\"",
                                              "\"${GRUB_TERMINAL} \"quiet",
                                              "$GRUB_CMDLINE_LINUX",
                                              "'a\nb'",
                                              "`echo x`" };
        static const char *const ends[] = { "\n", "\n", "\n\n", "; ", "\t\n", "\n# c 'x\n" };

        buffer_addf(out, "%s%s=%s%s", judge_random(seed, 6) == 0 ? "export " : "",
                    variables[judge_random(seed, ARRAY_SIZE(variables))],
                    values[judge_random(seed, ARRAY_SIZE(values))],
                    ends[judge_random(seed, ARRAY_SIZE(ends))]);
}

static size_t compare_with_shell(const char *shell, const struct grub_default_file *files)
{
        char names[3][sizeof("/tmp/test-grub-default-XXXXXX")];
        const char *const argv[] = { shell,
                                     "-c",
                                     "for f; do . \"$f\"; done; printf '%s\\0' "
                                     "\"${GRUB_CMDLINE_LINUX-<unset>}\" "
                                     "\"${GRUB_CMDLINE_LINUX_DEFAULT-<unset>}\" "
                                     "\"${GRUB_ENABLE_BLSCFG-<unset>}\" \"${GRUB_TERMINAL-<unset>}\"",
                                     "judge",
                                     names[0],
                                     names[1],
                                     names[2],
                                     NULL };
        _cleanup_grub_default_ struct grub_default *grub_default = parse(files, 3);
        _cleanup_buffer_ struct buffer out = { 0 };
        struct text rest, theirs = { 0 };
        size_t certain = 0;

        for (size_t i = 0; i < 3; i++) {
                strcpy(names[i], "/tmp/test-grub-default-XXXXXX");
                judge_write(names[i], files[i].data.data, files[i].data.len);
        }
        CHECK_INT(judge_run(argv, &out), 0);
        for (size_t i = 0; i < 3; i++)
                (void) unlink(names[i]);

        rest = (struct text){ out.data, out.len };
        for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
                struct shell_value value = { 0 };
                enum shell_state state = grub_default_get(grub_default, variables[i], &value);

                CHECK(text_split(rest, '\0', &theirs, &rest));
                certain += state == SHELL_CERTAIN;
                if (state != SHELL_UNCERTAIN)
                        test_check_text(__FILE__, __LINE__, variables[i],
                                        state == SHELL_UNSET ? TEXT("<unset>") : value.text, theirs);
        }

        return certain;
}

TEST(a_certain_value_is_the_shells)
{
        size_t certain = 0;
        uint64_t seed = 3;

        for (unsigned round = 0; round < 60; round++) {
                struct buffer data[3] = { { 0 } };
                struct grub_default_file files[3];

                for (size_t i = 0; i < 3; i++) {
                        for (unsigned n = judge_random(&seed, 4); n > 0; n--)
                                add_line(&data[i], &seed);
                        files[i].name = TEXT("file");
                        files[i].data = (struct text){ data[i].data, data[i].len };
                }
                certain += compare_with_shell(round % 2 == 0 ? "sh" : "bash", files);
                for (size_t i = 0; i < 3; i++)
                        buffer_done(&data[i]);
        }
        CHECK(certain > 60);
}
