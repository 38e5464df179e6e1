/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/waive.h"
#include "test.h"
#include "tree.h"

#define PLACE "etc/ecs-guest-agent/waivers.d"
#define NOW ((time_t) 1769817600) /* 2026-01-31 00:00 UTC */
#define KEY "fstab-data-disk:/my data"

TEST(dates)
{
        static const struct {
                const char *text;
                int64_t end; /* negative: it is none */
        } dates[] = {
                { "1970-01-01", 86400 },      { "2026-01-30", NOW },       { "2026-01-31", NOW + 86400 },
                { "2028-02-29", 1835481600 }, { "2000-02-29", 951868800 }, { "9999-12-31", 253402300800 },
                { "2027-02-29", -1 },         { "2100-02-29", -1 },        { "2027-04-31", -1 },
                { "2027-13-01", -1 },         { "2027-00-01", -1 },        { "2027-01-00", -1 },
                { "2027-01-32", -1 },         { "1969-12-31", -1 },        { "", -1 },
                { "2027-1-31", -1 },          { "2027-01-31 ", -1 },       { "+027-01-31", -1 },
                { "2027/01/31", -1 },         { "20270131", -1 },          { "2027-01-311", -1 },
                { "2027-01-31T00", -1 },      { "tomorrow", -1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(dates); i++) {
                int64_t end = -1;
                int r = waiver_parse_date(text_from_string(dates[i].text), &end);

                if (r != (dates[i].end < 0 ? -EINVAL : 0) || end != dates[i].end)
                        test_failed(__FILE__, __LINE__, "'%s': %d, %" PRIi64, dates[i].text, r, end);
        }
}

static void check_name(const char *key, const char *expected)
{
        _cleanup_free_ char *name = waive_file_name(key);

        CHECK_STRING(name, expected);
}

TEST(file_names)
{
        _cleanup_free_ char *long_a = NULL, *long_b = NULL;
        char key[4001];

        check_name("fstab-root", "fstab-root.conf");
        check_name("fstab-data-disk:/my data", "fstab-data-disk:%2Fmy%20data.conf");
        check_name("fstab-data-disk:/a%2F", "fstab-data-disk:%2Fa%252F.conf");
        check_name("../x", "%2E.%2Fx.conf");
        check_name("\xc3\xa9", "%C3%A9.conf");

        memset(key, '/', sizeof(key) - 1);
        key[sizeof(key) - 1] = '\0';
        long_a = waive_file_name(key);
        key[sizeof(key) - 2] = 'x';
        long_b = waive_file_name(key);
        CHECK(strlen(long_a) <= 220 && strlen(long_b) <= 220);
        CHECK(strcmp(long_a, long_b) != 0);
}

/* A tree with what a test needs in it. */
static struct root *new_tree(struct tree *tree, const char *const *files)
{
        tree_new(tree);
        tree_fill(tree, files);
        return tree_open(tree, &tree_ways[0]);
}

static const char *const empty[] = { "etc/os-release", "", NULL };

static size_t count_files(const struct tree *tree)
{
        _cleanup_root_ struct root *root = tree_open(tree, &tree_ways[0]);
        const char *const *names;
        size_t n = 0;

        CHECK_INT(root_list(root, "/" PLACE, &names, &n), 0);
        return n;
}

static void check_waiver(const struct tree *tree, const char *key, const char *reason, const char *until)
{
        _cleanup_root_ struct root *root = tree_open(tree, &tree_ways[0]);
        _cleanup_waivers_ struct waivers waivers = { 0 };
        const struct waiver *waiver;

        CHECK_INT(waivers_read(root, NOW, &waivers), 0);
        CHECK_INT(waivers.warnings.n, 0);
        waiver = waivers_find(&waivers, key);
        if (!waiver) {
                test_failed(__FILE__, __LINE__, "'%s' is not waived", key);
                return;
        }
        CHECK_STRING(waiver->reason, reason);
        CHECK_STRING(waiver->until, until);
        CHECK(!waiver->expired);
}

TEST(what_is_written_is_read)
{
        static const char *const keys[] = { KEY, "fstab-root", "fstab-data-disk:/]#;=%\\",
                                            "fstab-order:/\xff\xc3\xa9" };
        _cleanup_tree_ struct tree tree = { 0 };
        _cleanup_root_ struct root *root = new_tree(&tree, empty);
        _cleanup_diag_ struct diag diag = { 0 };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                CHECK_INT(waive_set(root, keys[i], "first; \"x\" = [y] # z", "2026-01-31", NOW, &diag), 0);
                check_waiver(&tree, keys[i], "first; \"x\" = [y] # z", "2026-01-31");
        }
        CHECK_INT(count_files(&tree), ARRAY_SIZE(keys));

        /* Again: the same file. */
        CHECK_INT(waive_set(root, KEY, "second", "2027-01-31", NOW, &diag), 0);
        CHECK_INT(waive_set(root, KEY, "second", "2027-01-31", NOW, &diag), 0);
        check_waiver(&tree, KEY, "second", "2027-01-31");
        check_waiver(&tree, "fstab-root", "first; \"x\" = [y] # z", "2026-01-31");
        CHECK_INT(count_files(&tree), ARRAY_SIZE(keys));

        CHECK_INT(waive_remove(root, KEY, &diag), 0);
        CHECK_INT(count_files(&tree), ARRAY_SIZE(keys) - 1);
        CHECK_INT(waive_remove(root, KEY, &diag), -ENOENT);
        check_waiver(&tree, "fstab-root", "first; \"x\" = [y] # z", "2026-01-31");
}

TEST(what_is_made_is_readable_by_all_and_writable_by_us)
{
        _cleanup_tree_ struct tree tree = { 0 };
        _cleanup_root_ struct root *root = new_tree(&tree, empty);
        _cleanup_diag_ struct diag diag = { 0 };
        struct stat st = { 0 };

        CHECK_INT(waive_set(root, "fstab-root", "x", "2027-01-31", NOW, &diag), 0);
        CHECK_INT(fstatat(tree.fd, PLACE "/fstab-root.conf", &st, 0), 0);
        CHECK_INT(st.st_mode, S_IFREG | 0644);
        CHECK_INT(fstatat(tree.fd, PLACE, &st, 0), 0);
        CHECK_INT(st.st_mode, S_IFDIR | 0755);
}

TEST(what_is_no_waiver_is_refused)
{
        static const struct {
                const char *key, *reason, *until;
                int error;
        } bad[] = {
                { "nosuch", "x", "2027-01-31", -EINVAL },
                { "fstab", "x", "2027-01-31", -EINVAL },
                { "", "x", "2027-01-31", -EINVAL },
                { "fstab-rootx:/a", "x", "2027-01-31", -EINVAL },
                { "fstab-root:/\n[fstab-root]", "x", "2027-01-31", -EINVAL },
                { "fstab-root:\033[31m", "x", "2027-01-31", -EINVAL },
                { "fstab-root:\x7f", "x", "2027-01-31", -EINVAL },
                { "fstab-root", "", "2027-01-31", -EINVAL },
                { "fstab-root", "a\nUntil=2099-01-01", "2027-01-31", -EINVAL },
                { "fstab-root", " a", "2027-01-31", -EINVAL },
                { "fstab-root", "a\\", "2027-01-31", -EINVAL },
                { "fstab-root", "x", "2027-02-30", -EINVAL },
                { "fstab-root", "x", "", -EINVAL },
                { "fstab-root", "x", "2026-01-30", -ERANGE },
        };
        _cleanup_tree_ struct tree tree = { 0 };
        _cleanup_root_ struct root *root = new_tree(&tree, empty);
        _cleanup_diag_ struct diag diag = { 0 };

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                int r = waive_set(root, bad[i].key, bad[i].reason, bad[i].until, NOW, &diag);

                if (r != bad[i].error || !diag.message)
                        test_failed(__FILE__, __LINE__, "%zu: %d", i, r);
        }
        /* Not even the directory. */
        CHECK(faccessat(tree.fd, "etc/ecs-guest-agent", F_OK, 0) < 0);
}

TEST(files_of_others_are_left_alone)
{
        static const char *const files[] = { PLACE "/mine.conf",
                                             "[fstab-root]\nReason=mine\nUntil=2027-01-31\n", NULL };
        _cleanup_tree_ struct tree tree = { 0 };
        _cleanup_root_ struct root *root = new_tree(&tree, files);
        _cleanup_diag_ struct diag diag = { 0 };

        CHECK_INT(waive_set(root, "fstab-root", "x", "2027-02-28", NOW, &diag), -EEXIST);
        CHECK_STRING(diag.path, "/" PLACE "/mine.conf");
        CHECK_INT(diag.line, 1);
        CHECK_INT(waive_remove(root, "fstab-root", &diag), -EEXIST);
        check_waiver(&tree, "fstab-root", "mine", "2027-01-31");
        CHECK_INT(count_files(&tree), 1);
}

/* /etc may be a link inside the root; ours are directories that nobody else can write to. */
TEST(links_do_not_lead_out)
{
        static const char *const inside[] = { "system/etc/x", "", "etc", "@/system/etc", NULL };
        static const char *const outside[] = { "etc/ecs-guest-agent", "@/tmp", NULL };
        static const char *const below[] = { "etc/ecs-guest-agent/waivers.d", "@../../elsewhere",
                                             "elsewhere/x", "", NULL };
        _cleanup_diag_ struct diag diag = { 0 };
        struct tree tree;
        struct root *root;

        root = new_tree(&tree, inside);
        CHECK_INT(waive_set(root, "fstab-root", "x", "2027-01-31", NOW, &diag), 0);
        CHECK_INT(faccessat(tree.fd, "system/" PLACE "/fstab-root.conf", F_OK, 0), 0);
        (void) root_free(root);
        tree_done(&tree);

        root = new_tree(&tree, outside);
        CHECK(waive_set(root, "fstab-root", "x", "2027-01-31", NOW, &diag) < 0);
        CHECK(diag.message != NULL);
        (void) root_free(root);
        tree_done(&tree);

        root = new_tree(&tree, below);
        CHECK(waive_set(root, "fstab-root", "x", "2027-01-31", NOW, &diag) < 0);
        CHECK(faccessat(tree.fd, "elsewhere/fstab-root.conf", F_OK, 0) < 0);
        (void) root_free(root);
        tree_done(&tree);
}

TEST(a_directory_that_others_can_write_to_is_refused)
{
        static const char *const files[] = { PLACE "/x", "", NULL };
        _cleanup_tree_ struct tree tree = { 0 };
        _cleanup_root_ struct root *root = new_tree(&tree, files);
        _cleanup_diag_ struct diag diag = { 0 };

        tree_need(fchmodat(tree.fd, PLACE, 0777, 0) == 0, "chmod");
        CHECK_INT(waive_set(root, "fstab-root", "x", "2027-01-31", NOW, &diag), -EPERM);
        CHECK_INT(count_files(&tree), 1);
}

/* A link that stands under the file's name is replaced, not written through. */
TEST(a_link_is_replaced)
{
        static const char *const files[] = { PLACE "/fstab-root.conf", "@../../../victim", "victim",
                                             "precious", NULL };
        _cleanup_tree_ struct tree tree = { 0 };
        _cleanup_root_ struct root *root = new_tree(&tree, files);
        _cleanup_diag_ struct diag diag = { 0 };
        const struct root_file *file;
        struct stat st = { 0 };

        CHECK_INT(waive_set(root, "fstab-root", "x", "2027-01-31", NOW, &diag), 0);
        CHECK_INT(fstatat(tree.fd, PLACE "/fstab-root.conf", &st, AT_SYMLINK_NOFOLLOW), 0);
        CHECK(S_ISREG(st.st_mode));
        CHECK_INT(root_read(root, "/victim", &file), 0);
        CHECK_TEXT(file->content, "precious");
}
