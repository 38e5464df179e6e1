/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-cfg.h"
#include "grub-cfg-samples.h"
#include "judge.h"

static void check_print(const struct grub_cfg *cfg, struct text expected)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        grub_cfg_print(cfg, &out);
        test_check_text(__FILE__, __LINE__, "print", (struct text){ out.data, out.len }, expected);
}

static struct grub_cfg *parse(struct text text)
{
        struct grub_cfg *cfg = NULL;

        CHECK_INT(grub_cfg_parse(text.data, text.len, &cfg), 0);
        check_print(cfg, text);
        return cfg;
}

/* The n-th command of a kind, from 0. */
static struct grub_cfg_command *find(const struct grub_cfg *cfg, enum grub_cfg_kind kind, size_t n)
{
        static struct grub_cfg_command none;

        for (size_t i = 0; i < cfg->n_commands; i++)
                if (cfg->commands[i].kind == kind && n-- == 0)
                        return &cfg->commands[i];

        test_failed(__FILE__, __LINE__, "there is no such command");
        return &none;
}

static const struct grub_cfg_command *find_set(const struct grub_cfg *cfg, const char *name, size_t n)
{
        static const struct grub_cfg_command none;

        for (size_t i = 0; i < cfg->n_commands; i++)
                if (cfg->commands[i].kind == GRUB_CFG_SET && text_equal(cfg->commands[i].name, name) &&
                    n-- == 0)
                        return &cfg->commands[i];

        test_failed(__FILE__, __LINE__, "'%s' is not set", name);
        return &none;
}

TEST(el7)
{
        _cleanup_grub_cfg_ struct grub_cfg *cfg = parse(TEXT(SAMPLE_EL7));
        const struct grub_cfg_command *line = find(cfg, GRUB_CFG_LINUX, 0);

        CHECK_STRING(cfg->fault, NULL);
        CHECK_INT(find(cfg, GRUB_CFG_LOAD_ENV, 0)->line, 4);
        CHECK_INT(cfg->n_entries, 2);
        CHECK_STRING(cfg->entries[0].title, "Example Linux (3.10.0-1160.el7.x86_64) 7 (Core)");
        CHECK_STRING(cfg->entries[0].id, "gnulinux-3.10.0-1160.el7.x86_64-advanced-1111");
        CHECK_INT(cfg->entries[0].line, 32);
        CHECK_INT(line->line, 42);
        CHECK_INT(line->entry, 1);
        CHECK(!line->conditional);
        CHECK_INT(line->n_words, 7);
        CHECK_TEXT(line->words[0], "/boot/vmlinuz-3.10.0-1160.el7.x86_64");
        CHECK_TEXT(line->arguments, "root=UUID=11111111-2222-3333-4444-555555555555 ro crashkernel=auto "
                                    "console=tty0 console=ttyS0,115200n8 LANG=en_US.UTF-8");
        CHECK_INT(find(cfg, GRUB_CFG_LINUX, 1)->entry, 2);
        CHECK_TEXT(find(cfg, GRUB_CFG_INITRD, 1)->words[0], "/boot/initramfs-0-rescue-20240101.img");

        CHECK_TEXT(find_set(cfg, "default", 0)->value, "\"${next_entry}\"");
        CHECK(find_set(cfg, "default", 0)->conditional);
        CHECK_TEXT(find_set(cfg, "default", 1)->value, "\"${saved_entry}\"");
        CHECK(!find_set(cfg, "default", 1)->fallback);
        CHECK(!find_set(cfg, "timeout", 0)->conditional);
        CHECK(!grub_cfg_is_stub(cfg));
}

TEST(el8)
{
        _cleanup_grub_cfg_ struct grub_cfg *cfg = parse(TEXT(SAMPLE_EL8));
        const struct grub_cfg_command *set = find_set(cfg, "kernelopts", 0);

        CHECK_STRING(cfg->fault, NULL);
        CHECK_INT(cfg->n_entries, 0);
        CHECK_INT(find(cfg, GRUB_CFG_BLSCFG, 0)->line, 16);
        CHECK_TEXT(set->value, "\"root=/dev/mapper/vg-root ro console=ttyS0 console=ttyS0,115200n8 \"");
        CHECK_INT(set->line, 13);
        CHECK(set->fallback);
        CHECK_TEXT(find_set(cfg, "tuned_params", 0)->value, "\"transparent_hugepage=never\"");
        CHECK(!grub_cfg_is_stub(cfg));
}

TEST(debian)
{
        _cleanup_grub_cfg_ struct grub_cfg *cfg = parse(TEXT(SAMPLE_DEBIAN_12));

        CHECK_STRING(cfg->fault, NULL);
        CHECK_INT(cfg->n_entries, 4);
        CHECK(cfg->entries[1].submenu);
        CHECK_INT(cfg->entries[0].parent, 0);
        CHECK_INT(cfg->entries[3].parent, 2);
        CHECK_INT(cfg->entries[3].position, 1);
        CHECK_TEXT(find(cfg, GRUB_CFG_LINUX, 2)->arguments,
                   "root=UUID=33333333-0000-0000-0000-000000000000 ro single");
        CHECK_INT(find(cfg, GRUB_CFG_LINUX, 2)->entry, 4);
}

TEST(the_default_entry)
{
        static const struct {
                const char *value;
                unsigned entry;
        } cases[] = {
                { "0", 1 },
                { "1", 3 }, /* a submenu means its first entry */
                { "1>1", 4 },
                { "gnulinux-advanced-3333>gnulinux-6.1.0-18-amd64-recovery-3333", 4 },
                { "Advanced options for Example GNU/Linux>1", 4 },
                { "Example GNU/Linux", 1 },
                { "no such entry", 1 },
                { "1>9", 3 },
                { "", 1 },
        };
        _cleanup_grub_cfg_ struct grub_cfg *cfg = parse(TEXT(SAMPLE_DEBIAN_12));
        _cleanup_grub_cfg_ struct grub_cfg *none = parse(TEXT(SAMPLE_EL8));

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                CHECK_INT(grub_cfg_find(cfg, text_from_string(cases[i].value)), cases[i].entry);
        CHECK_INT(grub_cfg_find(none, TEXT("0")), 0);
}

TEST(ubuntu)
{
        _cleanup_grub_cfg_ struct grub_cfg *cfg = parse(TEXT(SAMPLE_UBUNTU_22));

        CHECK_STRING(cfg->fault, NULL);
        CHECK_INT(cfg->n_entries, 2);
        CHECK(find(cfg, GRUB_CFG_LINUX, 0)->conditional);
        CHECK_INT(find(cfg, GRUB_CFG_LINUX, 1)->entry, 1);
        CHECK(find_set(cfg, "vt_handoff", 0)->conditional);
        CHECK(!find_set(cfg, "linux_gfx_mode", 0)->conditional);
}

TEST(sles)
{
        _cleanup_grub_cfg_ struct grub_cfg *cfg = parse(TEXT(SAMPLE_SLES_15));
        const struct grub_cfg_command *line = find(cfg, GRUB_CFG_LINUX, 0);
        _cleanup_free_ char *word = NULL, *variable = NULL;
        bool has_variable = true;

        CHECK_STRING(cfg->fault, NULL);
        CHECK_INT(cfg->n_entries, 3);
        CHECK_STRING(cfg->entries[1].title, "Advanced options for SLES 15-SP5");
        CHECK_STRING(cfg->entries[1].id, "gnulinux-advanced-6666");
        CHECK_TEXT(line->words[4], "\"dyndbg=file x.c +p\"");
        word = grub_cfg_unquote(line->words[4], &has_variable);
        CHECK_STRING(word, "dyndbg=file x.c +p");
        CHECK(!has_variable);
        variable = grub_cfg_unquote(line->words[2], &has_variable);
        CHECK_STRING(variable, "${extra_cmdline}");
        CHECK(has_variable);
}

TEST(stubs)
{
        _cleanup_grub_cfg_ struct grub_cfg *el9 = parse(TEXT(SAMPLE_STUB_EL9));
        _cleanup_grub_cfg_ struct grub_cfg *ubuntu = parse(TEXT(SAMPLE_STUB_UBUNTU));
        _cleanup_grub_cfg_ struct grub_cfg *empty = parse(TEXT(""));
        _cleanup_grub_cfg_ struct grub_cfg *custom = parse(TEXT("configfile /boot/custom.cfg\n"));

        CHECK(grub_cfg_is_stub(el9));
        CHECK(grub_cfg_is_stub(ubuntu));
        CHECK(!grub_cfg_is_stub(empty));
        CHECK(!grub_cfg_is_stub(custom));
}

TEST(words)
{
        _cleanup_grub_cfg_ struct grub_cfg *cfg =
                parse(TEXT("menuentry \"a \\\"b\\\" 'c'\" --id=x { linux /v; linux /w \\\n  x \"y }\" ; "
                           "linux /z a=\\}\n}\n"));

        CHECK_STRING(cfg->fault, NULL);
        CHECK_STRING(cfg->entries[0].title, "a \"b\" 'c'");
        CHECK_STRING(cfg->entries[0].id, "x");
        CHECK_TEXT(find(cfg, GRUB_CFG_LINUX, 0)->arguments, "");
        CHECK_TEXT(find(cfg, GRUB_CFG_LINUX, 1)->arguments, "x \"y }\"");
        CHECK_INT(find(cfg, GRUB_CFG_LINUX, 1)->line, 1);
        CHECK_INT(find(cfg, GRUB_CFG_LINUX, 2)->line, 2);
        CHECK_TEXT(find(cfg, GRUB_CFG_LINUX, 2)->words[1], "a=\\}");
}

TEST(replaced_arguments)
{
        _cleanup_grub_cfg_ struct grub_cfg *cfg =
                parse(TEXT("menuentry a {\n\tlinux /v  ro quiet  # c\n\tlinux16 /w\n}\nset x=1\n"));

        CHECK_INT(grub_cfg_set_arguments(cfg, find(cfg, GRUB_CFG_LINUX, 0), TEXT("ro console=tty0 \"a b\"")),
                  0);
        CHECK_INT(grub_cfg_set_arguments(cfg, find(cfg, GRUB_CFG_LINUX, 1), TEXT("single")), 0);
        check_print(cfg,
                    TEXT("menuentry a {\n\tlinux /v  ro console=tty0 \"a b\"  # c\n\tlinux16 /w single\n}\n"
                         "set x=1\n"));
        CHECK_INT(grub_cfg_set_arguments(cfg, find(cfg, GRUB_CFG_LINUX, 1), TEXT("")), 0);
        CHECK_INT(grub_cfg_set_arguments(cfg, find(cfg, GRUB_CFG_LINUX, 0), TEXT("x")), 0);
        check_print(cfg, TEXT("menuentry a {\n\tlinux /v  x  # c\n\tlinux16 /w\n}\nset x=1\n"));
}

TEST(arguments_that_are_refused)
{
        static const char *const refused[] = { "a;b",    "a\nb", "a }",  "a #b", "'a",
                                               "a && b", "a\\",  "a\rb", "${a",  "#" };
        _cleanup_grub_cfg_ struct grub_cfg *cfg = parse(TEXT("linux /v ro\nset a=b\n"));
        _cleanup_grub_cfg_ struct grub_cfg *faulty = parse(TEXT("linux /v ro\n}\n"));

        for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
                CHECK_INT(grub_cfg_set_arguments(cfg, find(cfg, GRUB_CFG_LINUX, 0),
                                                 text_from_string(refused[i])),
                          -EINVAL);
        CHECK_INT(grub_cfg_set_arguments(cfg, find(cfg, GRUB_CFG_SET, 0), TEXT("a")), -EINVAL);
        CHECK_INT(grub_cfg_set_arguments(faulty, find(faulty, GRUB_CFG_LINUX, 0), TEXT("a")), -EPERM);
        check_print(cfg, TEXT("linux /v ro\nset a=b\n"));
}

TEST(replaced_variables)
{
        static const char *const refused[] = { "", "a b", "a;b", "\"a", "a\nb", "'a' b", "#" };
        _cleanup_grub_cfg_ struct grub_cfg *cfg = parse(TEXT(
                "if [ -z \"$k\" ]; then\n  set k=\"a b\" # c\nfi\nset l=1;set m=\nset n\nlinux /v ro\n"));
        _cleanup_grub_cfg_ struct grub_cfg *faulty = parse(TEXT("set a=b\n}\n"));

        for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
                CHECK_INT(grub_cfg_set_value(cfg, find(cfg, GRUB_CFG_SET, 0), text_from_string(refused[i])),
                          -EINVAL);
        CHECK_INT(grub_cfg_set_value(cfg, find(cfg, GRUB_CFG_LINUX, 0), TEXT("a")), -EINVAL);
        CHECK_INT(grub_cfg_set_value(cfg, find(cfg, GRUB_CFG_SET, 3), TEXT("a")), -EINVAL);
        CHECK_INT(grub_cfg_set_value(faulty, find(faulty, GRUB_CFG_SET, 0), TEXT("a")), -EPERM);

        CHECK_INT(grub_cfg_set_value(cfg, find(cfg, GRUB_CFG_SET, 0), TEXT("'x  y'")), 0);
        CHECK_INT(grub_cfg_set_value(cfg, find(cfg, GRUB_CFG_SET, 2), TEXT("3")), 0);
        check_print(cfg, TEXT("if [ -z \"$k\" ]; then\n  set k='x  y' # c\nfi\nset l=1;set m=3\nset n\nlinux "
                              "/v ro\n"));
}

/* The "=" is inside of the quotes, so that no value can be put in its place. */
TEST(an_assignment_quoted_as_a_whole)
{
        static const char *const texts[] = { "set \"a=b\"\n", "set a\"b=c\"\n", "set 'a=b'\n", "set a\\=b\n",
                                             "set ${a}=b\n" };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                _cleanup_grub_cfg_ struct grub_cfg *cfg = parse(text_from_string(texts[i]));

                CHECK_INT(grub_cfg_set_value(cfg, find(cfg, GRUB_CFG_SET, 0), TEXT("x")), -EINVAL);
                check_print(cfg, text_from_string(texts[i]));
        }
}

/* Each with a NULL fault or not; grub-script-check agrees below. */
static const struct {
        const char *text;
        bool valid;
} scripts[] = {
        { "set a=b\n", true },
        { "set a='x\ny'\n", true },
        { "menuentry a {\n linux /x a\n}\n", true },
        { "if true; then\n set a=b\nelif false; then\n set a=c\nelse\n set a=d\nfi\n", true },
        { "while true; do\n set a=b\ndone\n", true },
        { "linux /x ${a}b \"$c d\" \\\n e\n", true },
        { "\nset a='x\n", false },
        { "set a=\"x\n", false },
        { "menuentry a {\n}\n}\n", false },
        { "set b=1\nmenuentry a {\n", false },
        { "if true; then\n set a=b\n", false },
        { "fi\n", false },
        { "done\n", false },
};

TEST(faults)
{
        for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
                _cleanup_grub_cfg_ struct grub_cfg *cfg = parse(text_from_string(scripts[i].text));

                if (!cfg->fault != scripts[i].valid)
                        test_failed(__FILE__, __LINE__, "'%s': %s", scripts[i].text, cfg->fault);
        }
}

TEST(any_bytes_come_back)
{
        static const struct text cases[] = {
                { "\0", 1 },
                { "linux \0 \0\n", 10 },
                { "\xef\xbb\xbflinux /x y\r\nlinux /x y\r\n", 27 },
                { "linux", 5 },
                { "linux /x \\", 10 },
                { "linux /x '\\", 11 },
                { "linux /x $", 10 },
                { "set\nset a\nset =\nset a=\n", 23 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                (void) grub_cfg_free(parse(cases[i]));
}

static void check_judge(const char *script, bool valid)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        char file[] = "/tmp/test-grub-cfg-XXXXXX";
        const char *const argv[] = { "grub-script-check", file, NULL };

        judge_write(file, script, strlen(script));
        CHECK_INT(judge_run(argv, &out), valid ? 0 : 1);
        (void) unlink(file);
}

/* The samples are worth something only if GRUB itself would take them. */
TEST(agrees_with_grub_script_check)
{
        static const char *const samples[] = { SAMPLE_EL7,        SAMPLE_EL8,     SAMPLE_DEBIAN_12,
                                               SAMPLE_UBUNTU_22,  SAMPLE_SLES_15, SAMPLE_STUB_EL9,
                                               SAMPLE_STUB_UBUNTU };

        for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
                check_judge(samples[i], true);
        for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
                check_judge(scripts[i].text, scripts[i].valid);
}
