/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit.h"
#include "engine/context.h"
#include "engine/diag.h"
#include "formats/grubenv.h"
#include "judge.h"
#include "test.h"
#include "tree.h"

/* What becomes of each source's bytes, and what is refused. The plan is one that only remembers. */

#define WRITES_MAX 16

struct plan {
        struct context *context;
        const char *denied;
        struct {
                char *path, *content;
        } writes[WRITES_MAX];
        size_t n_writes;
};

struct context *plan_context(struct plan *plan)
{
        return plan->context;
}

int plan_write(struct plan *plan, const char *path, struct text content, mode_t mode_if_new)
{
        size_t i = 0;

        if (plan->denied && strcmp(plan->denied, path) == 0)
                return diag_set(context_diag(plan->context), -EPERM, path, 0, "it is immutable");

        while (i < plan->n_writes && strcmp(plan->writes[i].path, path) != 0)
                i++;
        tree_need(i < WRITES_MAX, "too many writes");
        if (i == plan->n_writes)
                plan->writes[plan->n_writes++].path = strdup(path);
        free(plan->writes[i].content);
        plan->writes[i].content = text_dup(content);
        return 0;
}

/* The other half of the API is not under test here. */
const struct finding *plan_next_finding(const struct plan *plan, const struct finding *previous)
{
        return NULL;
}

int plan_refuse(struct plan *plan, const struct finding *finding, const char *format, ...)
{
        return 0;
}

int plan_hint(struct plan *plan, const char *format, ...)
{
        return 0;
}

static void plan_done(struct plan *plan)
{
        for (size_t i = 0; i < plan->n_writes; i++) {
                free(plan->writes[i].path);
                free(plan->writes[i].content);
        }
        plan->context = context_free(plan->context);
}
#define _cleanup_plan_ _cleanup_(plan_done)

/* A script of what to do with the tokens: "+x" appends, "-x" removes each x, "x>y" replaces x by y, "x<y"
 * puts y in front of x. */
static int run_step(struct kernel_cmdline *cmdline, struct text step)
{
        struct text old, new;
        int n = 0;

        if (text_starts(step, "+")) {
                int r = kernel_cmdline_append(cmdline, (struct text){ step.data + 1, step.len - 1 });

                return r < 0 ? r : 1;
        }
        for (size_t i = cmdline->n_kernel; i > 0; i--) {
                struct text raw = cmdline->tokens[i - 1].raw;
                int r = 0;

                if (text_starts(step, "-") && text_same(raw, (struct text){ step.data + 1, step.len - 1 }))
                        kernel_cmdline_remove(cmdline, i - 1);
                else if (text_split(step, '>', &old, &new) && text_same(raw, old))
                        r = kernel_cmdline_replace(cmdline, i - 1, new);
                else if (text_split(step, '<', &old, &new) && text_same(raw, old))
                        r = kernel_cmdline_insert(cmdline, i - 1, new);
                else
                        continue;
                if (r < 0)
                        return r;
                n++;
        }

        return n;
}

static int run_script(struct kernel_cmdline *cmdline, const struct boot_line *line, void *userdata)
{
        struct text rest = text_from_string(userdata), step;
        int r = 0;

        while (text_next_word(&rest, " ", &step)) {
                int did = run_step(cmdline, step);

                if (did < 0)
                        return did;
                r = r || did;
        }

        return r;
}

static const struct scan_options options = { .profile = PROFILE_BOOT };

struct row {
        const char *files[12]; /* pairs of path and content, beside those of the layout */
        const char *script;
        const char *writes[8]; /* pairs of path and content; of grubenv the value of kernelopts */
        const char *refusal;   /* of the first line that is refused */
        const char *denied;
};

static char *env_value(const char *content, size_t len)
{
        _cleanup_grubenv_ struct grubenv *env = NULL;
        struct text value = TEXT("?");

        if (grubenv_parse(content, len, &env) == 0 && env->fault == GRUBENV_OK)
                (void) grubenv_get(env, "kernelopts", &value);
        return text_dup(value);
}

static void check_write(const struct plan *plan, size_t i, const struct row *row)
{
        const char *path = plan->writes[i].path, *content = plan->writes[i].content;
        _cleanup_free_ char *value = NULL;

        for (size_t k = 0; row->writes[k]; k += 2) {
                if (strcmp(row->writes[k], path) != 0)
                        continue;
                if (text_ends(text_from_string(path), "grubenv"))
                        content = value = env_value(content, strlen(content));
                CHECK_STRING(content, row->writes[k + 1]);
                return;
        }
        test_failed(__FILE__, __LINE__, "'%s' is written for \"%s\": %s", path, row->script, content);
}

static void fill(const struct tree *tree, const char *const *files)
{
        tree_fill(tree, files);
        for (; files[0]; files += 2) {
                char block[1024];
                int n;

                if (!text_ends(text_from_string(files[0]), "grubenv") || files[1][0] == '@')
                        continue;
                n = snprintf(block, sizeof(block), "# GRUB Environment Block\n%s", files[1]);
                memset(block + n, '#', sizeof(block) - (size_t) n);
                tree_file(tree, files[0], (struct text){ block, sizeof(block) });
        }
}

/* By key; the order of those of one key stays. */
static void sort_tokens(struct kernel_cmdline *cmdline)
{
        for (size_t i = 1; i < cmdline->n_kernel; i++)
                for (size_t k = i; k > 0; k--) {
                        struct kernel_cmdline_token *a = &cmdline->tokens[k - 1], *b = a + 1, other = *a;
                        size_t len = a->key.len < b->key.len ? a->key.len : b->key.len;
                        int order = memcmp(a->key.data, b->key.data, len);

                        if (order < 0 || (order == 0 && a->key.len <= b->key.len))
                                break;
                        *a = *b;
                        *b = other;
                }
}

static bool same_tokens(struct kernel_cmdline *a, struct kernel_cmdline *b)
{
        sort_tokens(a);
        sort_tokens(b);
        if (a->n_tokens != b->n_tokens || a->n_kernel != b->n_kernel)
                return false;
        for (size_t i = 0; i < a->n_tokens; i++)
                if (!text_same(a->tokens[i].raw, b->tokens[i].raw))
                        return false;

        return true;
}

static bool is_refused(const struct boot_edit_result *result, const struct boot_line *line)
{
        for (size_t i = 0; i < result->n_refusals; i++)
                if (result->refusals[i].boot_line == line)
                        return true;

        return false;
}

/* A line that counts is what the script makes of it, or else what it was; nothing is guessed about others,
 * which may share a source. */
static void check_line(const struct boot_line *before, const struct boot_line *after,
                       const struct boot_edit_result *result, boot_edit_tokens edit, const char *script)
{
        _cleanup_kernel_cmdline_ struct kernel_cmdline *wanted = NULL, *now = NULL;

        if (before->uncertain || before->role == BOOT_RUNNING || !boot_line_counts(before))
                return;
        tree_need(kernel_cmdline_parse(before->text, strlen(before->text), &wanted) == 0, "parse");
        tree_need(kernel_cmdline_parse(after->text, strlen(after->text), &now) == 0, "parse");
        if (!is_refused(result, before))
                CHECK(edit(wanted, before, (void *) script) >= 0);
        if (after->uncertain || !same_tokens(wanted, now))
                test_failed(__FILE__, __LINE__, "\"%s\" made '%s' of '%s'%s", script, after->text,
                            before->text, is_refused(result, before) ? " (refused)" : "");
}

/* Carries the plan out and reads everything again. */
static void check_outcome(const struct tree *tree, const struct plan *plan,
                          const struct boot_edit_result *result, boot_edit_tokens edit, const char *script)
{
        _cleanup_context_ struct context *context = NULL;
        _cleanup_root_ struct root *root = NULL;
        const struct boot *before = NULL, *after = NULL;

        for (size_t i = 0; i < plan->n_writes; i++)
                tree_file(tree, plan->writes[i].path + 1, text_from_string(plan->writes[i].content));
        tree_need(root_open(tree->name, 0, &root) == 0, "root_open");
        tree_need(context_new(root, &options, &context) == 0, "context_new");
        tree_need(boot_get(plan->context, &before) == 0 && boot_get(context, &after) == 0, "boot_get");

        CHECK_INT(after->n_lines, before->n_lines);
        for (size_t i = 0; i < before->n_lines && i < after->n_lines; i++)
                check_line(&before->lines[i], &after->lines[i], result, edit, script);
}

static void check_edit(const char *const *layout, const struct row *row, unsigned flags,
                       boot_edit_tokens edit)
{
        _cleanup_boot_edit_ struct boot_edit_result result = { 0 };
        _cleanup_plan_ struct plan plan = { .denied = row->denied };
        _cleanup_root_ struct root *root = NULL;
        _cleanup_tree_ struct tree tree;
        size_t n = 0;

        tree_new(&tree);
        fill(&tree, layout);
        fill(&tree, row->files);
        tree_need(root_open(tree.name, 0, &root) == 0, "root_open");
        tree_need(context_new(root, &options, &plan.context) == 0, "context_new");

        CHECK_INT(boot_edit_with(&plan, flags, edit, (void *) row->script, &result), 0);
        CHECK_STRING(result.n_refusals > 0 ? result.refusals[0].reason : NULL, row->refusal);
        for (size_t i = 0; i < plan.n_writes; i++)
                check_write(&plan, i, row);
        while (row->writes[n])
                n += 2;
        CHECK_INT(plan.n_writes, n / 2);
        check_outcome(&tree, &plan, &result, edit, row->script);
        if (flags == 0)
                CHECK_INT(result.n_changed > 0, n > 0 && !row->denied);
}

#define CHECK_ROWS(layout, rows)                                                                             \
        for (size_t i_ = 0; i_ < ARRAY_SIZE(rows); i_++)                                                     \
        check_edit(layout, &(rows)[i_], 0, run_script)

static const char *const el8[] = { "etc/os-release",
                                   "ID=rhel\nVERSION_ID=8.10\n",
                                   "boot/grub2/grub.cfg",
                                   "load_env\nset tuned_params=\"nohz=on\"\nblscfg\n",
                                   "boot/grub2/grubenv",
                                   "saved_entry=a\nkernelopts=root=/dev/vda1  ro quiet\nx=y\n",
                                   NULL };
#define ENV_NAME "boot/grub2/grubenv"
#define ENV "/" ENV_NAME
#define A "boot/loader/entries/a.conf"
#define B "boot/loader/entries/b.conf"

TEST(grubenv_and_entries)
{
        static const struct row rows[] = {
                { { A, "linux /a\noptions $kernelopts $tuned_params\n", B,
                    "linux /b\noptions $kernelopts\n" },
                  "+new=1",
                  { ENV, "root=/dev/vda1  ro quiet new=1" } },
                { { A, "linux /a\noptions $kernelopts $tuned_params\n" },
                  "-ro",
                  { ENV, "root=/dev/vda1 quiet" } },
                { { A, "linux /a\noptions $kernelopts\n" },
                  "ro<x=1 ro>rw quiet<y=2 -quiet",
                  { ENV, "root=/dev/vda1  x=1 rw y=2" } },
                /* Nothing is to be done. */
                { { A, "linux /a\noptions $kernelopts\n" }, "-none", { NULL } },
                /* Words of the entry itself, with its own blanks. */
                { { A, "title A\noptions  first=1\t $kernelopts  last \r\nlinux /a\n" },
                  "first=1>one=1 last<b=2 +new=3",
                  { "/" A, "title A\noptions  one=1\t $kernelopts  last \r\nlinux /a\n", ENV,
                    "root=/dev/vda1  ro quiet b=2 new=3" } },
                { { A, "linux /a\noptions $kernelopts last=1\n" },
                  "last=1<last=0",
                  { "/" A, "linux /a\noptions $kernelopts last=0 last=1\n" } },
                /* Before a parameter of its own key there is but one place. */
                { { A, "linux /a\noptions $kernelopts k=1 z\n" },
                  "+k=2",
                  { "/" A, "linux /a\noptions $kernelopts k=1 z k=2\n" } },
                { { A, "linux /a\noptions k=1 $kernelopts\n" },
                  "k=1<k=0",
                  { "/" A, "linux /a\noptions k=0 k=1 $kernelopts\n" } },
        };

        CHECK_ROWS(el8, rows);
}

static const char *const flattened[] = { "etc/os-release",
                                         "ID=rhel\nVERSION_ID=8.10\n",
                                         "boot/grub2/grub.cfg",
                                         "load_env\nset tuned_params=\"nohz=on\"\nblscfg\n",
                                         "boot/grub2/grubenv",
                                         "saved_entry=a\n",
                                         NULL };

TEST(literal_entries)
{
        static const struct row rows[] = {
                /* Several lines of options. */
                { { A, "linux /a\noptions a=1\noptions b=2 c=3\n" },
                  "a=1>a=0 -b=2 +d=4",
                  { "/" A, "linux /a\noptions a=0\noptions c=3 d=4\n" } },
                { { A, "linux /a\noptions a=1\noptions b=2\n" },
                  "-b=2",
                  { NULL },
                  "nothing would be left of it" },
                /* Behind "--" everything is init's. */
                { { A, "linux /a\noptions a=1 -- a=1 b\n" },
                  "-a=1 +b=2",
                  { "/" A, "linux /a\noptions b=2 -- a=1 b\n" } },
                { { A, "linux /a\noptions \"q=1 2\" a=$tuned_params z\n" },
                  "z>y",
                  { "/" A, "linux /a\noptions \"q=1 2\" a=$tuned_params y\n" } },
                { { A, "linux /a\noptions a=$tuned_params z\n" },
                  "a=nohz=on>a",
                  { NULL },
                  "'a=$tuned_params' is quoted, escaped or made of variables" },
                { { A, "linux /a\noptions z a=\"1 2\n" }, "+x", { NULL }, "a quote in it is not closed" },
                { { A, "linux /a\noptions z\n" }, "+x=\"1\"", { NULL }, "'x=\"1\"' would have to be quoted" },
        };

        CHECK_ROWS(flattened, rows);
}

TEST(shared_sources)
{
        static const struct row rows[] = {
                /* One entry has the parameter already: then it may not come from what they share. */
                { { A, "linux /a\noptions $kernelopts\n", B, "linux /b\noptions $kernelopts quiet\n" },
                  "-quiet",
                  { ENV, "root=/dev/vda1  ro", "/" B, "linux /b\noptions $kernelopts\n" } },
                { { A, "linux /a\noptions $kernelopts only=a\n", B, "linux /b\noptions $kernelopts z\n" },
                  "only=a>only=b quiet>verbose",
                  { ENV, "root=/dev/vda1  ro verbose", "/" A, "linux /a\noptions $kernelopts only=b\n" } },
                { { A, "linux /a\noptions $kernelopts k=1\n", B, "linux /b\noptions $kernelopts\n" },
                  "k=1<k=0 quiet<k=0",
                  { "/" A, "linux /a\noptions $kernelopts k=0 k=1\n", ENV, "root=/dev/vda1  ro k=0 quiet" } },
                /* What tuned adds is tuned's, and the line stays as a whole; b has nothing of it. */
                { { A, "linux /a\noptions $kernelopts $tuned_params z\n", B, "linux /b\noptions z\n" },
                  "nohz=on>nohz=off z>y",
                  { "/" B, "linux /b\noptions y\n" },
                  "tuned adds it (see /etc/tuned/bootcmdline): change the tuned profile that sets it" },
                /* … and so does what shares a source with it. */
                { { A, "linux /a\noptions $kernelopts $tuned_params\n", B,
                    "linux /b\noptions $kernelopts z\n" },
                  "-nohz=on -quiet z>y",
                  { NULL },
                  "tuned adds it (see /etc/tuned/bootcmdline): change the tuned profile that sets it" },
                /* The engine will not have one file touched, so the other is not either. */
                { { A, "linux /a\noptions $kernelopts z\n" },
                  "-quiet z>y",
                  { NULL },
                  "it is immutable",
                  ENV },
                { { A, "linux /a\noptions $kernelopts z\n" },
                  "-quiet z>y",
                  { ENV, "root=/dev/vda1  ro quiet" },
                  "it is immutable",
                  "/" A },
                /* Rescue entries stay, but for what they share. */
                { { A, "linux /a\noptions $kernelopts z\n", "boot/loader/entries/m-0-rescue.conf",
                    "title R (0-rescue-m)\nlinux /r\noptions $kernelopts z\n" },
                  "-quiet z>y",
                  { ENV, "root=/dev/vda1  ro", "/" A, "linux /a\noptions $kernelopts y\n" } },
                { { A, "linux /a\noptions ostree=/x z\n" },
                  "z>y",
                  { NULL },
                  "rpm-ostree writes this entry: use rpm-ostree kargs" },
        };

        CHECK_ROWS(el8, rows);
}

TEST(grubenv_of_another_kind)
{
        static const struct row rows[] = {
                /* BIOS and EFI each have a block of their own, and today they say the same. */
                { { A, "linux /a\noptions $kernelopts\n", "boot/efi/EFI/redhat/grub.cfg",
                    "load_env\nblscfg\n", "boot/efi/EFI/redhat/grubenv",
                    "kernelopts=root=/dev/vda1  ro quiet\n" },
                  "+z",
                  { ENV, "root=/dev/vda1  ro quiet z", "/boot/efi/EFI/redhat/grubenv",
                    "root=/dev/vda1  ro quiet z" } },
                { { A, "linux /a\noptions $kernelopts\n", "boot/grub2/grubenv",
                    "kernelopts=a=\\\\x z\nsaved_entry=a\\\\b\n" },
                  "z>y",
                  { ENV, "a=\\x y" } },
                { { A, "linux /a\noptions $kernelopts\n", "boot/grub2/grubenv", "kernelopts=a=\\x z\n" },
                  "z>y",
                  { NULL },
                  "the variable kernelopts is escaped in a way that is not edited" },
                { { A, "linux /a\noptions $kernelopts\n", "boot/grub2/grub.cfg",
                    "load_env\nif [ -z \"${kernelopts}\" ]; then\n set kernelopts=\"a z\"\nfi\nblscfg\n",
                    "boot/grub2/grubenv", "x=y\n" },
                  "z>y +b=1",
                  { "/boot/grub2/grub.cfg", "load_env\nif [ -z \"${kernelopts}\" ]; then\n set "
                                            "kernelopts=\"a y b=1\"\nfi\nblscfg\n" } },
                { { A, "linux /a\noptions $kernelopts\n", "boot/grub2/grub.cfg",
                    "load_env\nset kernelopts='z'\nblscfg\n" },
                  "+b=1",
                  { "/boot/grub2/grub.cfg", "load_env\nset kernelopts='z b=1'\nblscfg\n" } },
                { { A, "linux /a\noptions $kernelopts\n", "boot/grub2/grub.cfg",
                    "load_env\nset kernelopts=z\\\\z\nblscfg\n" },
                  "+b=1",
                  { NULL },
                  "its value is quoted in a way that is not edited" },
        };

        CHECK_ROWS(el8, rows);
}

#define CFG "boot/grub2/grub.cfg"
static const char *const el7[] = { "etc/os-release", "ID=centos\nVERSION_ID=7\n", NULL };

TEST(grub_cfg)
{
        static const struct row rows[] = {
                { { CFG, "menuentry 'A' {\n\tlinux16 /a root=1  ro\t$tuned_params\n\tinitrd /i\n}\n"
                         "menuentry 'B' {\n\tlinux16 /b root=1 ro quiet\n}\n" },
                  "ro>rw +k=1 -quiet",
                  { "/" CFG, "menuentry 'A' {\n\tlinux16 /a root=1  rw k=1\t$tuned_params\n\tinitrd /i\n}\n"
                             "menuentry 'B' {\n\tlinux16 /b root=1 rw k=1\n}\n" } },
                { { CFG, "menuentry 'A' {\nlinux /a 'k=1' \"z\" k\\=2 \"$x\" '' e\n}\n" },
                  "k=1>k=0 z>y k=2>k=3",
                  { "/" CFG, "menuentry 'A' {\nlinux /a k=0 y k=3 \"$x\" '' e\n}\n" } },
                { { CFG, "menuentry 'A' {\nlinux /a 'a b' z\n}\n" },
                  "z>y",
                  { "/" CFG, "menuentry 'A' {\nlinux /a 'a b' y\n}\n" } },
                { { CFG, "menuentry 'A' {\nlinux /a 'a b' z\n}\n" },
                  "-\"a +q=1",
                  { "/" CFG, "menuentry 'A' {\nlinux /a 'a b' z q=1\n}\n" } },
                { { CFG, "set x=1\nmenuentry 'A' {\nlinux /a k=$x z\n}\n" },
                  "k=1>k=0",
                  { NULL },
                  "'k=$x' is quoted, escaped or made of variables" },
                { { CFG, "menuentry 'A' {\nlinux /a\n}\n" },
                  "+k=1",
                  { "/" CFG, "menuentry 'A' {\nlinux /a k=1\n}\n" } },
                { { CFG, "menuentry 'A' {\nlinux /a k=1\n}\n" },
                  "-k=1",
                  { "/" CFG, "menuentry 'A' {\nlinux /a \n}\n" } },
                { { CFG, "menuentry 'A' {\nlinux /a x; linux /b x\n}\n" },
                  "-x",
                  { NULL },
                  "no single entry stands on that line" },
                { { CFG, "menuentry 'A' {\nlinux /a x \\\n y\n}\n" },
                  "-x",
                  { NULL },
                  "GRUB would read it otherwise" },
                /* Two entries share a variable of the script. */
                { { CFG, "set v=\"k=1 z\"\nmenuentry 'A' {\nlinux /a $v\n}\nmenuentry 'B' {\nlinux /b ${v} "
                         "x\n}\n" },
                  "k=1>k=2",
                  { "/" CFG, "set v=\"k=2 z\"\nmenuentry 'A' {\nlinux /a $v\n}\nmenuentry 'B' {\nlinux /b "
                             "${v} x\n}\n" } },
        };

        CHECK_ROWS(el7, rows);
}

TEST(grub_legacy)
{
        static const char *const el6[] = { "etc/os-release", "ID=centos\nVERSION_ID=6\n", NULL };
        static const struct row rows[] = {
                { { "boot/grub/grub.conf",
                    "default=0\ntitle A\n\tkernel /a ro  k=1 rhgb\ntitle B\n\tkernel /b ro\n" },
                  "k=1>k=2 +z",
                  { "/boot/grub/grub.conf",
                    "default=0\ntitle A\n\tkernel /a ro  k=2 rhgb z\ntitle B\n\tkernel /b ro z\n" } },
                { { "boot/grub/grub.conf", "title A\nkernel /a\n" },
                  "+z",
                  { "/boot/grub/grub.conf", "title A\nkernel /a z\n" } },
        };

        CHECK_ROWS(el6, rows);
}

TEST(kernel_cmdline_file)
{
        static const char *const el9[] = { "etc/os-release",
                                           "ID=rhel\nVERSION_ID=9.4\n",
                                           "boot/grub2/grub.cfg",
                                           "load_env\nblscfg\n",
                                           A,
                                           "linux /a\noptions z\n",
                                           NULL };
        static const struct row rows[] = {
                { { "etc/kernel/cmdline", " a b \nc=1" },
                  "-a -b z>y",
                  { "/etc/kernel/cmdline", "\nc=1", "/" A, "linux /a\noptions y\n" } },
                { { "etc/kernel/cmdline", " a b \nc=1" },
                  "b>B +d=2",
                  { "/etc/kernel/cmdline", " a B \nc=1 d=2", "/" A, "linux /a\noptions z d=2\n" } },
        };

        CHECK_ROWS(el9, rows);
}

#define DEFAULT "etc/default/grub"
#define D "etc/default/grub.d/"
/* The words of the entries are not in question here. */
#define OTHER "boot/grub/grub.cfg", "menuentry 'A' {\nlinux /a other\n}\n"
static const char *const debian[] = { "etc/os-release", "ID=debian\nVERSION_ID=12\n", OTHER, NULL };

TEST(defaults)
{
        static const struct row rows[] = {
                { { DEFAULT,
                    "# a\nX=1\nGRUB_CMDLINE_LINUX=\"\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"k=1  z\" # b\nY=`x`\n" },
                  "k=1>k=2 -z",
                  { "/" DEFAULT,
                    "# a\nX=1\nGRUB_CMDLINE_LINUX=\"\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"k=2\" # b\nY=`x`\n" } },
                { { DEFAULT, "GRUB_CMDLINE_LINUX='k=1'\r\n" },
                  "k=1>k=2",
                  { NULL },
                  "its value cannot be quoted" },
                { { DEFAULT, "GRUB_CMDLINE_LINUX='k=1 z'" },
                  "k=1>k=2",
                  { "/" DEFAULT, "GRUB_CMDLINE_LINUX='k=2 z'" } },
                { { DEFAULT, "GRUB_CMDLINE_LINUX=k=1\n" },
                  "k=1<k=0 k=1>k=2",
                  { "/" DEFAULT, "GRUB_CMDLINE_LINUX=\"k=0 k=2\"\n" } },
                { { DEFAULT, "GRUB_CMDLINE_LINUX=k=1\n" }, "-k=1", { "/" DEFAULT, "GRUB_CMDLINE_LINUX=\n" } },
                { { DEFAULT, "GRUB_CMDLINE_LINUX=\"k=1 a=\\\"b c\\\"\"\n" },
                  "k=1>k=2",
                  { "/" DEFAULT, "GRUB_CMDLINE_LINUX=\"k=2 a=\\\"b c\\\"\"\n" } },
                /* The value could be written back, but not as it stands. */
                { { DEFAULT, "GRUB_CMDLINE_LINUX=\"k=1 a\"'b'\n" },
                  "k=1>k=2",
                  { NULL },
                  "its value is quoted in a way that is not edited" },
                { { DEFAULT, "GRUB_CMDLINE_LINUX=\"k=1\"\nGRUB_CMDLINE_LINUX=\"k=1 z\"\n" },
                  "-z",
                  { NULL },
                  "GRUB_CMDLINE_LINUX is no plain assignment: the variable is assigned more than once" },
                { { DEFAULT, "GRUB_CMDLINE_LINUX=\"k=$(cat x) z\"\n" },
                  "-z",
                  { NULL },
                  "the command line cannot be told: a command substitution" },
                { { DEFAULT, "GRUB_CMDLINE_LINUX=\"k=`cat x` z\"\n" },
                  "-z",
                  { NULL },
                  "the command line cannot be told: a command substitution" },
                { { DEFAULT, "GRUB_CMDLINE_LINUX=\"k=1 \\\nz\"\n" },
                  "-z",
                  { NULL },
                  "GRUB_CMDLINE_LINUX is no plain assignment: the value spans lines" },
                { { DEFAULT, "X=z\nGRUB_CMDLINE_LINUX=\"k=1 $X\"\n" },
                  "-z",
                  { NULL },
                  "its words do not stand one for one parameter" },
                { { DEFAULT, "GRUB_CMDLINE_LINUX=\"a\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"b\"\n" },
                  "a>A b>B",
                  { "/" DEFAULT, "GRUB_CMDLINE_LINUX=\"A\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"B\"\n" } },
        };

        CHECK_ROWS(debian, rows);
}

#define OWN_NAME D "99-ecs-guest-agent.cfg"
#define OWN "/" OWN_NAME
#define OWN_COMMENT "# Added by ecs-guest-agent to what the files before this one set.\n"
#define SELF "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT"

static int append_or_edit(struct kernel_cmdline *cmdline, const struct boot_line *line, void *userdata)
{
        return line->role == BOOT_FUTURE ? run_script(cmdline, line, userdata) : 0;
}

TEST(defaults_of_several_files)
{
        static const struct row rows[] = {
                /* Ubuntu's cloud images: the first file is overruled. */
                { { DEFAULT, "GRUB_CMDLINE_LINUX_DEFAULT=\"z\"\n", D "50-cloud.cfg",
                    "GRUB_CMDLINE_LINUX_DEFAULT=\"k=1 z\"\n" },
                  "-z k=1>k=2",
                  { "/" D "50-cloud.cfg", "GRUB_CMDLINE_LINUX_DEFAULT=\"k=2\"\n" } },
                /* What is added there goes into a file of our own. */
                { { DEFAULT, "GRUB_CMDLINE_LINUX_DEFAULT=\"z\"\n", D "50-cloud.cfg",
                    "GRUB_CMDLINE_LINUX_DEFAULT=\"k=1 z\"\n" },
                  "+k=2 +l",
                  { OWN, OWN_COMMENT SELF " k=2 l\"\n" } },
                { { DEFAULT, "GRUB_CMDLINE_LINUX_DEFAULT=\"z\"\n", D "50-cloud.cfg",
                    "GRUB_CMDLINE_LINUX_DEFAULT=\"k=1 z\"\n", OWN_NAME, "GRUB_TIMEOUT=1" },
                  "+k=2",
                  { OWN, "GRUB_TIMEOUT=1\n" SELF " k=2\"\n" } },
                /* Ours is there already. */
                { { DEFAULT, "GRUB_CMDLINE_LINUX_DEFAULT=\"z\"\n", OWN_NAME, OWN_COMMENT SELF " k=2\"\n" },
                  "+k=3 -z",
                  { OWN, OWN_COMMENT SELF " k=2 k=3\"\n", "/" DEFAULT,
                    "GRUB_CMDLINE_LINUX_DEFAULT=\"\"\n" } },
                /* kdump-tools */
                { { DEFAULT, "GRUB_CMDLINE_LINUX_DEFAULT=\"a z\"\n", D "kdump-tools.cfg",
                    SELF " k=512M-:192M\"\n" },
                  "z>y",
                  { "/" DEFAULT, "GRUB_CMDLINE_LINUX_DEFAULT=\"a y\"\n" } },
                { { DEFAULT, "GRUB_CMDLINE_LINUX_DEFAULT=\"a z\"\n", D "kdump-tools.cfg",
                    "GRUB_CMDLINE_LINUX_DEFAULT=\"b  ${GRUB_CMDLINE_LINUX_DEFAULT} k=1 k=2\"\n" },
                  "b>c k=1>k=3 -k=2 -a",
                  { "/" DEFAULT, "GRUB_CMDLINE_LINUX_DEFAULT=\"z\"\n", "/" D "kdump-tools.cfg",
                    "GRUB_CMDLINE_LINUX_DEFAULT=\"c  ${GRUB_CMDLINE_LINUX_DEFAULT} k=3\"\n" } },
                /* No later name than that. */
                { { DEFAULT, "GRUB_CMDLINE_LINUX_DEFAULT=\"z\"\n", D "zz.cfg",
                    "GRUB_CMDLINE_LINUX_DEFAULT=\"a\"\n" },
                  "+b",
                  { "/" D "zz.cfg", "GRUB_CMDLINE_LINUX_DEFAULT=\"a b\"\n" } },
                { { DEFAULT, "GRUB_CMDLINE_LINUX=\"q\"\n", D "a.cfg",
                    "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX z\"\n" },
                  "-z",
                  { NULL },
                  "its words do not stand one for one parameter" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check_edit(debian, &rows[i], 0, append_or_edit);
}

TEST(newlines)
{
        static const struct row rows[] = {
                { { DEFAULT, "GRUB_CMDLINE_LINUX=\"a\"" },
                  "+b",
                  { "/" DEFAULT, "GRUB_CMDLINE_LINUX=\"a b\"\n" } },
                { { DEFAULT, "GRUB_CMDLINE_LINUX=\"a\"" },
                  "-b",
                  { "/" DEFAULT, "GRUB_CMDLINE_LINUX=\"a\"\n" } },
                { { DEFAULT, "GRUB_CMDLINE_LINUX=\"a\"\n" }, "-b", { NULL } },
                { { DEFAULT, "GRUB_CMDLINE_LINUX=\"a\"" }, "-b", { NULL }, "it is immutable", "/" DEFAULT },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check_edit(debian, &rows[i], BOOT_EDIT_NEWLINES, append_or_edit);
}

/* Words that entries, variables and scripts are made of: few, so that they meet. */
static const char *const vocabulary[] = {
        "a",           "b",   "k=1", "k=2", "k=3",         "quiet",           "ro",      "\"x=1 2\"",
        "r=/dev/vda1", "z_z", "--",  "k",   "$kernelopts", "${tuned_params}", "$nothing"
};
#define N_WORDS 11 /* without those that mean more */

static void add_words(struct buffer *out, uint64_t *seed, size_t n_words, unsigned most)
{
        for (unsigned n = judge_random(seed, most + 1); n > 0; n--)
                buffer_addf(out, "%s%s", judge_random(seed, 6) == 0 ? "  " : " ",
                            vocabulary[judge_random(seed, (unsigned) n_words)]);
}

static void add_script(struct buffer *out, uint64_t *seed)
{
        static const char *const words[] = { "a", "b", "k=1", "k=2", "k=3", "quiet", "ro", "z_z" };

        for (unsigned n = 1 + judge_random(seed, 3); n > 0; n--) {
                const char *one = words[judge_random(seed, ARRAY_SIZE(words))];
                const char *other = words[judge_random(seed, ARRAY_SIZE(words))];

                switch (judge_random(seed, 4)) {
                case 0:
                        buffer_addf(out, " +%s", one);
                        break;
                case 1:
                        buffer_addf(out, " -%s", one);
                        break;
                default:
                        buffer_addf(out, " %s%c%s", one, judge_random(seed, 2) ? '<' : '>', other);
                }
        }
}

/* Entries that share variables, in a random mixture: each line becomes what is wanted, or stays as a whole.
 */
TEST(any_mixture)
{
        uint64_t seed = 3;
        size_t n_written = 0, n_refused = 0;

        for (size_t round = 0; round < 250; round++) {
                _cleanup_buffer_ struct buffer env = { 0 }, cfg = { 0 }, a = { 0 }, b = { 0 }, script = { 0 };
                _cleanup_boot_edit_ struct boot_edit_result result = { 0 };
                _cleanup_plan_ struct plan plan = { 0 };
                _cleanup_root_ struct root *root = NULL;
                _cleanup_tree_ struct tree tree;

                buffer_add_string(&env, "kernelopts=first");
                add_words(&env, &seed, N_WORDS, 4);
                buffer_add_char(&env, '\n');
                buffer_add_string(&cfg, "load_env\nset tuned_params=\"t=1 k=9\"\nblscfg\n");
                buffer_add_string(&a, "linux /a\noptions one=1");
                add_words(&a, &seed, ARRAY_SIZE(vocabulary), 5);
                buffer_add_string(&a, "\noptions two=2");
                add_words(&a, &seed, ARRAY_SIZE(vocabulary), 2);
                buffer_add_char(&a, '\n');
                buffer_add_string(&b, "linux /b\noptions $kernelopts");
                add_words(&b, &seed, ARRAY_SIZE(vocabulary), 3);
                buffer_add_char(&b, '\n');
                add_script(&script, &seed);

                tree_new(&tree);
                fill(&tree,
                     (const char *const[]){ "etc/os-release", "ID=rhel\nVERSION_ID=8.10\n", CFG, cfg.data,
                                            ENV_NAME, env.data, A, a.data, B, b.data, NULL });
                tree_need(root_open(tree.name, 0, &root) == 0, "root_open");
                tree_need(context_new(root, &options, &plan.context) == 0, "context_new");
                CHECK_INT(boot_edit(&plan, run_script, script.data, &result), 0);
                check_outcome(&tree, &plan, &result, run_script, script.data);
                n_written += result.n_changed;
                n_refused += result.n_refusals;
        }

        printf("# %zu lines changed, %zu refused\n", n_written, n_refused);
        CHECK(n_written > 100 && n_refused > 20);
}
