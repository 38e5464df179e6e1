/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/config.h"
#include "test.h"
#include "tree.h"

#define HOME "etc/ecs-guest-agent/"

static bool knows(const char *name)
{
        static const char *const names[] = { "dns", "fstab", "fstab-data-disk", "all", NULL };

        return string_in_list(name, names);
}

/* Reads the files in each way that a root has; the last result is returned. */
static void read_files(const char *const *files, const struct config *previous, struct config *ret)
{
        const struct config_source source = { .knows = knows, .previous = previous };
        _cleanup_tree_ struct tree tree = { 0 };

        tree_new(&tree);
        tree_fill(&tree, files);
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                struct root_trace trace;

                config_done(ret);
                CHECK_INT(config_read(root, &source, ret), 0);
                /* It is not what is judged. */
                CHECK(!root_trace(root, 0, &trace));
        }
}

static void check_autofix(const struct config *config, const char *expected)
{
        _cleanup_buffer_ struct buffer list = { 0 };

        for (size_t i = 0; config->autofix && config->autofix[i]; i++)
                buffer_addf(&list, "%s%s", i > 0 ? " " : "", config->autofix[i]);
        CHECK_STRING(list.data ? list.data : "", expected);
}

static void check_warnings(const struct config *config, const char *const *expected)
{
        size_t n = 0;

        for (; expected[n]; n++) {
                _cleanup_buffer_ struct buffer said = { 0 };

                if (n >= config->warnings.n) {
                        test_failed(__FILE__, __LINE__, "no warning '%s'", expected[n]);
                        continue;
                }
                warning_print(&config->warnings.items[n], &said);
                CHECK_STRING(said.data, expected[n]);
        }
        CHECK_INT(config->warnings.n, n);
}

static void check_defaults(const struct config *config)
{
        check_autofix(config, "");
        CHECK_INT(config->block_on, SEVERITY_CRITICAL);
        CHECK_INT(config->profile, PROFILE_BOOT);
        CHECK_INT(config->report_mode, 0644);
        CHECK_INT(config->readers, CONFIG_READERS_ALL);
}

TEST(without_files)
{
        static const char *const files[] = { "etc/os-release", "", NULL }, *const none[] = { NULL };
        _cleanup_config_ struct config config = { 0 };

        read_files(files, NULL, &config);
        check_defaults(&config);
        check_warnings(&config, none);
        CHECK(!config.unreadable);
}

TEST(every_key)
{
        static const char *const files[] = { HOME "agent.conf",
                                             "[Agent]\nautofix = dns \\\n  fstab\nblock-on=warning\n"
                                             "profile=capture\nreport-mode=0640\nreaders=root\n",
                                             NULL },
                                 *const none[] = { NULL };
        _cleanup_config_ struct config config = { 0 };

        read_files(files, NULL, &config);
        check_autofix(&config, "dns fstab");
        CHECK_INT(config.block_on, SEVERITY_WARNING);
        CHECK_INT(config.profile, PROFILE_CAPTURE);
        CHECK_INT(config.report_mode, 0640);
        CHECK_INT(config.readers, CONFIG_READERS_ROOT);
        check_warnings(&config, none);
}

TEST(later_files_win)
{
        static const char *const files[] = { HOME "agent.conf",
                                             "[Agent]\nautofix=dns,fstab\nblock-on=warning\n",
                                             HOME "agent.conf.d/10-a.conf",
                                             "[Agent]\nautofix=fstab-data-disk\nreport-mode=600\n",
                                             HOME "agent.conf.d/9-b.conf",
                                             "[Agent]\nautofix=\nblock-on=critical\n",
                                             HOME "agent.conf.d/z.conf.rpmsave",
                                             "[Agent]\nautofix=dns\n",
                                             HOME "agent.conf.d/.z.conf",
                                             "[Agent]\nautofix=dns\n",
                                             NULL },
                                 *const none[] = { NULL };
        _cleanup_config_ struct config config = { 0 };

        read_files(files, NULL, &config);
        check_autofix(&config, "");
        CHECK_INT(config.block_on, SEVERITY_CRITICAL);
        CHECK_INT(config.report_mode, 0600);
        check_warnings(&config, none);
}

TEST(what_is_wrong_is_named_and_left_out)
{
        static const char *const files[] = {
                HOME "agent.conf",
                "block-on=warning\n[Agent]\nblock-on=warning\nblock-on=Critical\nreport-mode=644x\n"
                "report-mode=0444\nreport-mode=0664\nBlock-On=critical\nautofix=fstab nosuch all\n"
                "[Sink ops]\nurl=x\n[Metadata]\n[nosuch ops]\na=b\nno sense\nreaders=root\n",
                NULL
        };
        static const char *const expected[] = {
                "/" HOME "agent.conf:1: assignment outside a section",
                "/" HOME "agent.conf:15: neither a section, an assignment nor a comment",
                "/" HOME "agent.conf:4: block-on=: 'Critical' is not one of critical, warning",
                "/" HOME "agent.conf:5: report-mode=: '644x' is no octal mode such as 0644",
                "/" HOME "agent.conf:7: report-mode=: mode 0664 is not within 0400 and 0644",
                "/" HOME "agent.conf:8: there is no key 'Block-On' in [Agent]; it is left out",
                "/" HOME "agent.conf:9: autofix=: no fixer, probe or area is called 'nosuch'; no fixer, "
                "probe or area is called 'all'",
                "/" HOME "agent.conf:13: there is no section [nosuch ops]; it is left out",
                NULL
        };
        _cleanup_config_ struct config config = { 0 };

        read_files(files, NULL, &config);
        check_autofix(&config, "fstab");
        CHECK_INT(config.block_on, SEVERITY_WARNING);
        CHECK_INT(config.report_mode, 0444);
        CHECK_INT(config.readers, CONFIG_READERS_ALL);
        check_warnings(&config, expected);
}

static const char *const good[] = { HOME "agent.conf",
                                    "[Agent]\nautofix=dns\nblock-on=warning\nprofile=capture\n"
                                    "report-mode=0600\nreaders=root\n",
                                    NULL };

TEST(a_bad_value_keeps_the_last_good_one)
{
        static const char *const bad[] = { HOME "agent.conf",
                                           "[Agent]\nblock-on=x\nprofile=x\nreport-mode=x\nreaders=x\n",
                                           NULL };
        _cleanup_config_ struct config before = { 0 }, after = { 0 };

        read_files(good, NULL, &before);
        read_files(bad, &before, &after);
        /* A key that is not there any more has its default again. */
        check_autofix(&after, "");
        CHECK_INT(after.block_on, SEVERITY_WARNING);
        CHECK_INT(after.profile, PROFILE_CAPTURE);
        CHECK_INT(after.report_mode, 0600);
        CHECK_INT(after.readers, CONFIG_READERS_ROOT);
        CHECK_INT(after.warnings.n, 4);
}

TEST(an_unreadable_file_keeps_everything)
{
        static const char *const bad[] = { HOME "agent.conf/x", "", HOME "agent.conf.d/a.conf",
                                           "[Agent]\nblock-on=critical\n", NULL };
        _cleanup_config_ struct config before = { 0 }, after = { 0 }, fresh = { 0 };

        read_files(good, NULL, &before);
        read_files(bad, &before, &after);
        CHECK(after.unreadable);
        check_autofix(&after, "dns");
        CHECK_INT(after.block_on, SEVERITY_CRITICAL);
        CHECK_INT(after.report_mode, 0600);

        read_files(bad, NULL, &fresh);
        check_defaults(&fresh);
        CHECK(fresh.unreadable);
}

TEST(a_named_file_must_be_there)
{
        static const char *const files[] = { HOME "agent.conf", "[Agent]\nblock-on=warning\n", "mine",
                                             "[Agent]\nreaders=root\n", NULL };
        struct config_source source = { .file = "/mine", .knows = NULL };
        _cleanup_config_ struct config config = { 0 }, missing = { 0 };
        _cleanup_root_ struct root *root = NULL;
        _cleanup_tree_ struct tree tree = { 0 };

        tree_new(&tree);
        tree_fill(&tree, files);
        root = tree_open(&tree, &tree_ways[0]);
        CHECK_INT(config_read(root, &source, &config), 0);
        CHECK_INT(config.readers, CONFIG_READERS_ROOT);
        CHECK_INT(config.block_on, SEVERITY_CRITICAL);
        CHECK(!config.unreadable);

        source.file = "/nosuch";
        CHECK_INT(config_read(root, &source, &missing), 0);
        CHECK(missing.unreadable);
        check_defaults(&missing);
}

TEST(warnings_are_bounded)
{
        _cleanup_buffer_ struct buffer text = { 0 };
        const char *files[] = { HOME "agent.conf", NULL, NULL };
        _cleanup_config_ struct config config = { 0 };

        for (size_t i = 0; i < WARNINGS_MAX + 5; i++)
                buffer_add_string(&text, "[x]\n");
        files[1] = text.data;
        read_files(files, NULL, &config);
        CHECK_INT(config.warnings.n, WARNINGS_MAX);
        CHECK_INT(config.warnings.n_more, 5);
}

/* The manual has a paragraph for each key, with its default. */
TEST(the_manual_has_every_key)
{
        _cleanup_free_ char *data = calloc(1, 65536);
        FILE *file = fopen(MANUAL, "re");
        size_t n;

        CHECK(file && data);
        if (!file || !data)
                return;
        n = fread(data, 1, 65535, file);
        (void) fclose(file);
        CHECK(n > 0 && n < 65535);
        for (size_t i = 0; config_key_name(i)->name; i++) {
                const struct config_key_name *key = config_key_name(i);
                _cleanup_free_ char *head = string_format(".It Sy %s Ns =\n", key->name);
                _cleanup_free_ char *line =
                        string_format("Default: %s.\n", key->by_default[0] ? key->by_default : "none");
                const char *at = strstr(data, head), *end = at ? strstr(at + 1, "\n.It") : NULL;
                const char *found = at ? strstr(at, line) : NULL;

                if (!at)
                        test_failed(__FILE__, __LINE__, "%s= is not in the manual", key->name);
                if (at && (!found || (end && found > end)))
                        test_failed(__FILE__, __LINE__, "the default of %s= is not in the manual", key->name);
        }
}
