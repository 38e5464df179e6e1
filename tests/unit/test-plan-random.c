/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/change.h"
#include "engine/plan-internal.h"
#include "engine/root-write.h"
#include "test.h"

#include "tree.h"

/* A planned root answers every question as the tree does once the plan is carried out; and carried out
 * backwards, the tree is what it was. */

static uint32_t state;

static uint32_t random_below(uint32_t limit)
{
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        return state % limit;
}

static const char *const places[] = { "a", "b", "a/a", "a/b", "b/c", "a/a/l", "a/a/m", "l",     "m",
                                      "c", "n", "a/l", "b/m", "b/l", "a/b/c", "c/a",   "a/a/n", "b/n" };
static const char *const targets[] = { "/a", "b", "../b", "/a/a", "/n", "a", "/b/c", "../n", "/a/b/c", "/c" };

/* Thousands of syncs, of which a busy disk makes minutes. */
static void new_tree(struct tree *tree)
{
        tree_new_in(tree, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
}

static void random_tree(struct tree *tree)
{
        new_tree(tree);
        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                switch (random_below(6)) {
                case 0:
                        (void) !symlinkat(targets[random_below(ARRAY_SIZE(targets))], tree->fd, places[i]);
                        break;
                case 1:
                        (void) !mknodat(tree->fd, places[i], S_IFREG | 0640, 0);
                        break;
                case 2:
                        break;
                default:
                        (void) !mkdirat(tree->fd, places[i], 0755);
                }
}

/* A place, perhaps one level below it. */
static void random_path(char *path, size_t size)
{
        (void) snprintf(path, size, "/%s%s%s", places[random_below(ARRAY_SIZE(places))],
                        random_below(2) ? "/" : "", random_below(3) ? "n" : "");
}

static int plan_something(struct plan *plan, const char *path)
{
        char content[32];

        switch (random_below(5)) {
        case 0:
                return plan_directory(plan, path, 0750);
        case 1:
                return plan_symlink(plan, path, targets[random_below(ARRAY_SIZE(targets))]);
        case 2:
                return plan_remove(plan, path);
        default:
                (void) snprintf(content, sizeof(content), "content %u", (unsigned) random_below(1000));
                return plan_write(plan, path, text_from_string(content), 0600);
        }
}

/* One fixer: mostly one change, or two that may concern one path. */
static void plan_some(struct plan *plan)
{
        char path[64];

        random_path(path, sizeof(path));
        if (path[strlen(path) - 1] == '/')
                path[strlen(path) - 1] = '\0';
        for (unsigned n = random_below(3); n < 3; n += 2)
                /* Many are refused, as they are to real fixers. */
                if (plan_something(plan, path) < 0) {
                        plan_drop(plan);
                        break;
                }
        plan_merge(plan);
        CHECK_INT(plan_put_in_place(plan), 0);
}

static void add_names(struct root *root, const char *path, struct buffer *out)
{
        const char *const *names;
        size_t n;
        int r = root_list(root, path, &names, &n);

        buffer_addf(out, " list %d", r);
        for (size_t i = 0; r >= 0 && i < n; i++)
                buffer_addf(out, " %s", names[i]);
}

/* All that can be asked of a path, in one line. */
static void describe(struct root *root, const char *path, struct buffer *out)
{
        const struct root_file *file;
        const char *string;
        struct root_stat st;
        bool exists;
        int r;

        r = root_stat(root, path, &st);
        buffer_addf(out, "stat %d %o", r, r < 0 ? 0 : (unsigned) st.mode);
        r = root_lstat(root, path, &st);
        buffer_addf(out, " lstat %d %o", r, r < 0 ? 0 : (unsigned) st.mode);
        buffer_addf(out, " exists %d", root_exists(root, path));
        r = root_read(root, path, &file);
        buffer_addf(out, " read %d '%.*s'", r, r < 0 ? 0 : (int) file->content.len,
                    r < 0 ? "" : file->content.data);
        r = root_readlink(root, path, &string);
        buffer_addf(out, " link %d %s", r, r < 0 ? "" : string);
        r = root_resolve(root, path, &string, &exists);
        buffer_addf(out, " resolve %d %s %d", r, r < 0 ? "" : string, r >= 0 && exists);
        add_names(root, path, out);
}

static void describe_all(struct root *root, struct buffer *out)
{
        static const char *const ends[] = { "", "/n", "/n/a", "/n/../b" };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                for (unsigned below = 0; below < ARRAY_SIZE(ends); below++) {
                        char path[64];

                        (void) snprintf(path, sizeof(path), "/%s%s", places[i], ends[below]);
                        buffer_addf(out, "%s: ", path);
                        describe(root, path, out);
                        buffer_add_char(out, '\n');
                }
}

/* The first line that differs. */
static bool compare(const char *what, const struct buffer *a, const struct buffer *b)
{
        struct text rest_a = { a->data, a->len }, rest_b = { b->data, b->len }, line_a, line_b;

        while (text_next_line(&rest_a, &line_a) && text_next_line(&rest_b, &line_b))
                if (!text_same(line_a, line_b)) {
                        test_failed(__FILE__, __LINE__, "%s: %.*s, not %.*s", what,
                                    TEXT_ARGS(text_chomp(line_a)), TEXT_ARGS(text_chomp(line_b)));
                        return false;
                }
        CHECK_INT(a->len, b->len);
        return true;
}

/* What was planned: for whoever has to find out why. */
static void print_plan(const struct plan *plan)
{
        for (size_t i = 0; i < plan->n_changes; i++)
                printf("# %s %s%s%s\n", change_kind_name(plan->changes[i]->kind), plan->changes[i]->path,
                       plan->changes[i]->after.target ? " -> " : "",
                       plan->changes[i]->after.target ? plan->changes[i]->after.target : "");
}

static void describe_tree(const struct tree *tree, const struct tree_way *way, struct buffer *out)
{
        _cleanup_root_ struct root *root = tree_open(tree, way);

        describe_all(root, out);
}

static struct plan *plan_begin(struct root *root)
{
        static const char *const none[] = { NULL };
        static const struct fixer fixer = { .id = "test", .fixes = none };
        static const struct fix_options options = { .time = 1 };
        struct plan *plan = calloc(1, sizeof(*plan));

        tree_need(plan, "calloc");
        root_plan_begin(root);
        *plan = (struct plan){ .root = root, .options = &options, .fixer = &fixer };
        return plan;
}

static void try_tree(const struct tree_way *way)
{
        _cleanup_buffer_ struct buffer before = { 0 }, planned = { 0 }, done = { 0 }, undone = { 0 };
        _cleanup_tree_ struct tree tree;
        struct root *root;
        struct plan *plan;
        struct diag diag = { 0 };
        bool taken_back;

        random_tree(&tree);
        describe_tree(&tree, way, &before);
        root = tree_open(&tree, way);
        plan = plan_begin(root);
        /* Answers from before are not to survive. */
        describe_all(root, &planned);
        compare("unplanned", &planned, &before);
        for (unsigned i = 0; i < 4; i++) {
                plan_some(plan);
                planned.len = 0;
                describe_all(root, &planned);
        }

        CHECK_INT(plan_arrange(plan), 0);
        CHECK_INT(changes_prepare(plan->changes, plan->n_changes), 0);
        CHECK_INT(changes_carry_out(root, plan->changes, plan->n_changes, false, &taken_back, &diag), 0);
        if (diag.message)
                test_failed(__FILE__, __LINE__, "%s", diag.message);
        describe_tree(&tree, way, &done);
        if (!compare("planned", &planned, &done))
                print_plan(plan);
        CHECK_INT(changes_carry_out(root, plan->changes, plan->n_changes, true, &taken_back, &diag), 0);
        describe_tree(&tree, way, &undone);
        compare("undone", &undone, &before);

        diag_done(&diag);
        (void) plan_free(plan);
        (void) root_free(root);
}

TEST(a_plan_answers_as_its_result_does)
{
        state = 20261128;
        for (unsigned i = 0; i < 60; i++)
                for (EACH_WAY(way))
                        try_tree(way);
}

/* Two fixers whose edits cancel each other: nothing is left of the change, in the root neither. */
TEST(what_comes_to_nothing_leaves_nothing)
{
        const struct tree_way *way = &tree_ways[0];
        _cleanup_buffer_ struct buffer before = { 0 }, arranged = { 0 };
        _cleanup_tree_ struct tree tree;
        struct root *root;
        struct plan *plan;

        new_tree(&tree);
        tree_file(&tree, "a", TEXT("as it was"));
        describe_tree(&tree, way, &before);
        root = tree_open(&tree, way);
        plan = plan_begin(root);
        for (unsigned i = 0; i < 2; i++) {
                CHECK_INT(plan_write(plan, "/a", i == 0 ? TEXT("edited") : TEXT("as it was"), 0644), 0);
                plan_merge(plan);
                CHECK_INT(plan_put_in_place(plan), 0);
        }

        CHECK_INT(plan_arrange(plan), 0);
        CHECK_INT(plan->n_changes, 0);
        describe_all(root, &arranged);
        compare("arranged", &arranged, &before);
        (void) plan_free(plan);
        (void) root_free(root);
}

/* One fixer takes a link away and puts another one there: what was read through it is read anew. */
TEST(a_link_may_lead_elsewhere)
{
        const struct root_file *file;
        _cleanup_tree_ struct tree tree;
        struct root *root;
        struct plan *plan;

        new_tree(&tree);
        tree_file(&tree, "a", TEXT("old"));
        tree_file(&tree, "b", TEXT("new"));
        tree_link(&tree, "l", "a");
        root = tree_open(&tree, &tree_ways[0]);
        plan = plan_begin(root);
        CHECK_INT(root_read(root, "/l", &file), 0);
        CHECK_INT(plan_remove(plan, "/l"), 0);
        CHECK_INT(plan_symlink(plan, "/l", "b"), 0);
        plan_merge(plan);
        CHECK_INT(plan_put_in_place(plan), 0);
        CHECK_INT(root_read(root, "/l", &file), 0);
        CHECK(text_equal(file->content, "new"));
        (void) plan_free(plan);
        (void) root_free(root);
}
