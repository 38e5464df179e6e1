/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/kdump-conf.h"
#include "test.h"

static void check_print(const struct kdump_conf *conf, struct text expected)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        kdump_conf_print(conf, &out);
        test_check_text(__FILE__, __LINE__, "printed file", (struct text){ out.data, out.len }, expected);
}

static struct kdump_conf *parse(struct text text)
{
        struct kdump_conf *conf = NULL;

        CHECK_INT(kdump_conf_parse(text.data, text.len, &conf), 0);
        check_print(conf, text);
        return conf;
}

#define CONF(name, literal) _cleanup_kdump_conf_ struct kdump_conf *name = parse(TEXT(literal))

TEST(takes_lines_apart)
{
        CONF(conf,
             "# comment\n\n \tpath\t /var/crash  # here\r\n#path /x\ncore_collector makedumpfile -l -d 31");

        CHECK_INT(conf->n_lines, 5);
        CHECK_INT(conf->lines[0].kind, KDUMP_CONF_BLANK);
        CHECK_INT(conf->lines[1].kind, KDUMP_CONF_BLANK);
        CHECK_TEXT(conf->lines[2].indent, " \t");
        CHECK_TEXT(conf->lines[2].name, "path");
        CHECK_TEXT(conf->lines[2].gap, "\t ");
        CHECK_TEXT(conf->lines[2].value, "/var/crash");
        CHECK_TEXT(conf->lines[2].rest, "  # here");
        CHECK_TEXT(conf->lines[2].ending, "\r\n");
        CHECK_INT(conf->lines[3].kind, KDUMP_CONF_BLANK);
        CHECK_TEXT(conf->lines[4].value, "makedumpfile -l -d 31");
        CHECK(!kdump_conf_first_fault(conf));
        CHECK_INT(kdump_conf_line_number(conf, kdump_conf_find(conf, "path")), 3);
}

/* V16 d, e, f. */
TEST(targets)
{
        static const struct {
                const char *conf;
                enum kdump_target_kind kind;
                const char *type, *location, *path;
        } table[] = {
                { "", KDUMP_TARGET_LOCAL, "", "", "/var/crash" },
                { "#path /x\n#ext4 /dev/vda3\n", KDUMP_TARGET_LOCAL, "", "", "/var/crash" },
                { "path /srv/dump\n", KDUMP_TARGET_LOCAL, "", "", "/srv/dump" },
                { "path\n", KDUMP_TARGET_LOCAL, "", "", "/var/crash" },
                { "path /\nxfs UUID=a-b\n", KDUMP_TARGET_FILESYSTEM, "xfs", "UUID=a-b", "/" },
                { "ext4 LABEL=/boot#x\n", KDUMP_TARGET_FILESYSTEM, "ext4", "LABEL=/boot", "/var/crash" },
                { "raw /dev/vg/lv_kdump\n", KDUMP_TARGET_RAW, "raw", "/dev/vg/lv_kdump", "/var/crash" },
                { "nfs my.server:/export/tmp\n", KDUMP_TARGET_NFS, "nfs", "my.server:/export/tmp",
                  "/var/crash" },
                { "ssh kdump@[fd00::1]\n", KDUMP_TARGET_SSH, "ssh", "kdump@[fd00::1]", "/var/crash" },
                { "virtiofs myfs\n", KDUMP_TARGET_VIRTIOFS, "virtiofs", "myfs", "/var/crash" },
                { "net a:/b\n", KDUMP_TARGET_NFS, "net", "a:/b", "/var/crash" },
                { "net root@a\n", KDUMP_TARGET_SSH, "net", "root@a", "/var/crash" },
                { "dracut_args --omit-drivers x\n", KDUMP_TARGET_LOCAL, "", "", "/var/crash" },
                { "dracut_args --mount \"/dev/vdb /mnt xfs\"\n", KDUMP_TARGET_MOUNT, "dracut_args",
                  "--mount \"/dev/vdb /mnt xfs\"", "/var/crash" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                _cleanup_kdump_conf_ struct kdump_conf *conf = parse(text_from_string(table[i].conf));
                struct kdump_target target = kdump_conf_target(conf);

                CHECK_INT(target.kind, table[i].kind);
                CHECK_INT(target.line != NULL, target.kind != KDUMP_TARGET_LOCAL);
                test_check_text(__FILE__, __LINE__, table[i].conf, target.type,
                                text_from_string(table[i].type));
                test_check_text(__FILE__, __LINE__, table[i].conf, target.location,
                                text_from_string(table[i].location));
                test_check_text(__FILE__, __LINE__, table[i].conf, target.path,
                                text_from_string(table[i].path));
        }
}

TEST(faults)
{
        static const struct {
                const char *conf;
                size_t line; /* 0: none */
                enum kdump_conf_kind kind;
                const char *fault;
        } table[] = {
                { "path /a\nfinal_action reboot\ndefault shell\nssh a@b\nsshkey /k\n", 0 },
                { "path /a\npath /b\n", 2, KDUMP_CONF_OPTION, "the directive is given twice" },
                { "ext4 /dev/a\nssh a@b\n", 2, KDUMP_CONF_TARGET, "a second dump target" },
                { "dracut_args --mount \"a b c\"\nraw /dev/a\n", 2, KDUMP_CONF_TARGET,
                  "a second dump target" },
                { "path", 1, KDUMP_CONF_OPTION, "the value is missing" },
                { "path # /a\n", 1, KDUMP_CONF_OPTION, "the value is missing" },
                { "Path /a\n", 1, KDUMP_CONF_UNKNOWN, "unknown directive" },
                { "paths /a\n", 1, KDUMP_CONF_UNKNOWN, "unknown directive" },
                { "path=/a\n", 1, KDUMP_CONF_UNKNOWN, "unknown directive" },
                { "options bonding mode=1\n", 1, KDUMP_CONF_OBSOLETE, "obsolete directive" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                _cleanup_kdump_conf_ struct kdump_conf *conf = parse(text_from_string(table[i].conf));
                const struct kdump_conf_line *line = kdump_conf_first_fault(conf);

                CHECK_INT(line ? kdump_conf_line_number(conf, line) : 0, table[i].line);
                CHECK_STRING(line ? line->fault : NULL, table[i].fault);
                if (line)
                        CHECK_INT(line->kind, table[i].kind);
        }
}

TEST(the_last_of_several_counts)
{
        CONF(conf, "path /a\npath /b\n");

        CHECK_TEXT(kdump_conf_find(conf, "path")->value, "/b");
        CHECK(!kdump_conf_find(conf, "pat"));
}

/* V15. */
TEST(a_change_leaves_every_other_byte)
{
        CONF(conf, "#path /x\n  path \t/mnt/data/crash   # ours\r\n\n\tcore_collector  makedumpfile\n#end");

        CHECK_INT(kdump_conf_set(conf, "path", TEXT("/var/crash")), 0);
        check_print(conf,
                    TEXT("#path /x\n  path \t/var/crash   # ours\r\n\n\tcore_collector  makedumpfile\n#end"));
        CHECK_INT(kdump_conf_set(conf, "path", TEXT("/b")), 0);
        CHECK_INT(kdump_conf_set(conf, "default", TEXT("shell")), 0);
        check_print(conf, TEXT("#path /x\n  path \t/b   # ours\r\n\n\tcore_collector  makedumpfile\n#end\n"
                               "default shell\n"));
        CHECK_INT(kdump_conf_set(conf, "default", TEXT("reboot")), 0);
        CHECK_TEXT(kdump_conf_find(conf, "default")->value, "reboot");
}

TEST(sets_what_had_no_value)
{
        CONF(conf, "path# here");
        CONF(empty, "");

        CHECK_INT(kdump_conf_set(conf, "path", TEXT("/var/crash")), 0);
        check_print(conf, TEXT("path /var/crash# here"));
        CHECK(!kdump_conf_first_fault(conf));
        CHECK_INT(kdump_conf_set(empty, "path", TEXT("/var/crash")), 0);
        check_print(empty, TEXT("path /var/crash\n"));
}

TEST(refuses_values_that_a_line_cannot_carry)
{
        static const struct text bad[] = {
                { "", 0 }, { " a", 2 }, { "a ", 2 }, { "a#b", 3 }, { "a\nb", 3 }, { "a\0b", 3 }, { "a\r", 2 },
        };
        CONF(conf, "path /a\n");

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                CHECK_INT(kdump_conf_set(conf, "path", bad[i]), -EINVAL);
        check_print(conf, TEXT("path /a\n"));
}
