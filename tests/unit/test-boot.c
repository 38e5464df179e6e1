/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot.h"
#include "engine/context.h"
#include "test.h"
#include "tree.h"

/* The golden roots show what is concluded from the lines; here is what the lines themselves say. */

struct scan {
        struct root *root;
        struct context *context;
        const struct boot *boot;
};

static const struct scan_options options = { .profile = PROFILE_BOOT };

static void scan_done(struct scan *scan)
{
        scan->context = context_free(scan->context);
        scan->root = root_free(scan->root);
}
#define _cleanup_scan_ _cleanup_(scan_done)

static void scan_tree(const struct tree *tree, struct scan *ret)
{
        *ret = (struct scan){ 0 };
        tree_need(root_open(tree->name, 0, &ret->root) == 0, "root_open");
        tree_need(context_new(ret->root, &options, &ret->context) == 0, "context_new");
        tree_need(boot_get(ret->context, &ret->boot) == 0, "boot_get");
}

static void write_env(const struct tree *tree, const char *entries)
{
        char block[1024];
        int n = snprintf(block, sizeof(block), "# GRUB Environment Block\n%s", entries);

        memset(block + n, '#', sizeof(block) - (size_t) n);
        tree_file(tree, "boot/grub2/grubenv", (struct text){ block, sizeof(block) });
}

static void make_tree(struct tree *tree, const char *configuration, const char *entries)
{
        static const char *const directories[] = { "etc",        "etc/default", "boot",
                                                   "boot/grub2", "boot/loader", "boot/loader/entries" };

        tree_new(tree);
        for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
                tree_directory(tree, directories[i]);
        tree_file(tree, "etc/os-release", TEXT("ID=rhel\nVERSION_ID=8.10\n"));
        tree_file(tree, "boot/grub2/grub.cfg", text_from_string(configuration));
        write_env(tree, entries);
}

#define SAVED                                                                                                \
        "load_env\n"                                                                                         \
        "if [ \"${next_entry}\" ]; then\n set default=\"${next_entry}\"\n set next_entry=\n"                 \
        "else\n set default=\"${saved_entry}\"\nfi\n"
#define MENU                                                                                                 \
        "menuentry 'A' --id a {\n linux /a root=/dev/vda1 name=a\n}\n"                                       \
        "submenu 'More' --id more {\n menuentry 'B' --id b {\n linux /b root=/dev/vda1 name=b\n}\n"          \
        " menuentry 'B (recovery mode)' --id b-recovery-1 {\n linux /b root=/dev/vda1 name=r\n }\n}\n"

TEST(default_of_a_menu)
{
        static const struct row {
                const char *configuration, *entries, *text;
        } rows[] = {
                { SAVED MENU, "saved_entry=a\n", "root=/dev/vda1 name=a" },
                { SAVED MENU, "saved_entry=more>b\n", "root=/dev/vda1 name=b" },
                { SAVED MENU, "saved_entry=1>1\n", "root=/dev/vda1 name=r" },
                { SAVED MENU, "saved_entry=More\n", "root=/dev/vda1 name=b" },
                { SAVED MENU, "saved_entry=gone\n", "root=/dev/vda1 name=a" },
                { SAVED MENU, "", "root=/dev/vda1 name=a" },
                { SAVED MENU, "saved_entry=a\nnext_entry=1\n", "root=/dev/vda1 name=b" },
                { "set default=\"1>0\"\n" MENU, "saved_entry=a\n", "root=/dev/vda1 name=b" },
                { "set default=\"${x}\"\n" MENU, "", NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_tree_ struct tree tree;
                _cleanup_scan_ struct scan scan;
                const struct boot_line *line;

                make_tree(&tree, rows[i].configuration, rows[i].entries);
                scan_tree(&tree, &scan);
                line = boot_default(scan.boot);
                CHECK_STRING(line ? line->text : NULL, rows[i].text);
                CHECK_INT(scan.boot->default_unknown == NULL, line != NULL);
                CHECK_INT(scan.boot->n_lines, 3);
                CHECK_STRING(scan.boot->loader, "grub2");
                CHECK(scan.boot->lines[2].recovery);
                /* A recovery entry that starts by itself is like any other. */
                CHECK_INT(boot_line_counts(&scan.boot->lines[2]), scan.boot->lines[2].is_default);
        }
}

static void check_part(const struct boot_line *line, const char *key, const char *path, unsigned number,
                       const char *variable)
{
        const struct kernel_cmdline_token *token = kernel_cmdline_first(line->cmdline, key);
        const struct boot_part *part = token ? boot_line_part(line, token) : NULL;

        CHECK_STRING(part ? part->path : NULL, path);
        CHECK_INT(part ? part->line : 0, number);
        CHECK_STRING(part ? part->variable : NULL, variable);
}

TEST(each_token_has_its_place)
{
        _cleanup_tree_ struct tree tree;
        _cleanup_scan_ struct scan scan;
        const struct boot_line *line;

        make_tree(&tree, SAVED "set tuned_params=\"nohz=on\"\nblscfg\n",
                  "kernelopts=root=/dev/vda1  ro quiet\n");
        tree_file(
                &tree, "boot/loader/entries/a.conf",
                TEXT("title A\nlinux /a\noptions first=1 $kernelopts ${tuned_params} $nothing last=\"x  y\"\n"
                     "options more=2\n"));
        tree_file(&tree, "etc/default/grub", TEXT("X=1\nGRUB_CMDLINE_LINUX=\"quiet\"\n"));
        scan_tree(&tree, &scan);

        CHECK_STRING(scan.boot->loader, "grub2-bls");
        CHECK_INT(scan.boot->n_lines, 2);
        line = &scan.boot->lines[0];
        CHECK_STRING(line->uncertain, NULL);
        CHECK_STRING(line->title, "A");
        CHECK_STRING(line->text, "first=1 root=/dev/vda1  ro quiet nohz=on last=\"x  y\" more=2");
        check_part(line, "first", "/boot/loader/entries/a.conf", 3, NULL);
        check_part(line, "root", "/boot/grub2/grubenv", 2, "kernelopts");
        check_part(line, "quiet", "/boot/grub2/grubenv", 2, "kernelopts");
        check_part(line, "nohz", "/boot/grub2/grub.cfg", 8, "tuned_params");
        check_part(line, "last", "/boot/loader/entries/a.conf", 3, NULL);
        check_part(line, "more", "/boot/loader/entries/a.conf", 4, NULL);

        line = &scan.boot->lines[1];
        CHECK_INT(line->role, BOOT_FUTURE);
        CHECK_STRING(line->text, "quiet nohz=on");
        check_part(line, "quiet", "/etc/default/grub", 2, "GRUB_CMDLINE_LINUX");
        check_part(line, "nohz", "/boot/grub2/grub.cfg", 8, "tuned_params");
}

TEST(variables)
{
        static const struct row {
                const char *configuration, *entries, *text, *uncertain;
        } rows[] = {
                { "load_env\nblscfg\n", "kernelopts=a\n", "a", NULL },
                /* Nobody reads the block. */
                { "blscfg\n", "kernelopts=a\n", "",
                  "the variable kernelopts has no value, neither in grubenv nor in grub.cfg" },
                { "load_env\nset kernelopts=b\nblscfg\n", "kernelopts=a\n", "b", NULL },
                { "load_env\nif [ -z \"${kernelopts}\" ]; then\nset kernelopts=b\nfi\nblscfg\n",
                  "kernelopts=a\n", "a", NULL },
                { "load_env\nif [ -z \"${kernelopts}\" ]; then\nset kernelopts='b c'\nfi\nblscfg\n", "",
                  "b c", NULL },
                { "load_env\nif [ x = y ]; then\nset kernelopts=b\nfi\nblscfg\n", "kernelopts=a\n", "",
                  "a variable in it is set below a condition" },
                { "load_env\nset kernelopts=\"b $c\"\nblscfg\n", "", "b $c",
                  "a variable in it is made of other variables" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_tree_ struct tree tree;
                _cleanup_scan_ struct scan scan;

                make_tree(&tree, rows[i].configuration, rows[i].entries);
                tree_file(&tree, "boot/loader/entries/a.conf", TEXT("linux /a\noptions $kernelopts\n"));
                scan_tree(&tree, &scan);
                CHECK_STRING(scan.boot->lines[0].text, rows[i].text);
                CHECK_STRING(scan.boot->lines[0].uncertain, rows[i].uncertain);
                CHECK_STRING(scan.boot->no_template, "there is no /etc/default/grub");
        }
}

TEST(other_systems_and_tests_are_no_entries)
{
        _cleanup_tree_ struct tree tree;
        _cleanup_scan_ struct scan scan;

        make_tree(&tree,
                  "menuentry 'Other (on /dev/vdb1)' --id osprober-gnulinux-1 {\n linux /o root=/dev/vdb1\n}\n"
                  "menuentry 'Memory' {\n linux16 /boot/memtest86+.bin console=ttyS0\n}\n"
                  "menuentry 'Setup' {\n fwsetup\n}\n",
                  "");
        scan_tree(&tree, &scan);
        CHECK_INT(scan.boot->n_lines, 1);
        CHECK_STRING(scan.boot->lines[0].uncertain, "it has no entry that starts a Linux kernel");
}
