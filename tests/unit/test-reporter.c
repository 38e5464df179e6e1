/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"
#include "tree.h"

#include "base/files.h"
#include "control/backoff.h"
#include "control/sinks.h"
#include "control/state.h"

TEST(backoff_has_full_jitter_within_bounds)
{
        static const struct {
                unsigned failures;
                int64_t most;
        } steps[] = {
                { 0, 5 }, { 1, 5 }, { 2, 10 }, { 3, 20 }, { 10, 2560 }, { 11, 3600 }, { 1000000, 3600 }
        };

        for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
                CHECK_INT(backoff_delay(steps[i].failures, -1, 0), 0);
                CHECK_INT(backoff_delay(steps[i].failures, -1, UINT32_MAX), steps[i].most);
                CHECK(backoff_delay(steps[i].failures, -1, UINT32_MAX / 2) >= steps[i].most / 2 - 1);
                CHECK(backoff_delay(steps[i].failures, -1, UINT32_MAX / 2) <= steps[i].most / 2 + 1);
        }
}

TEST(backoff_honours_the_wish_of_the_other_side)
{
        CHECK_INT(backoff_delay(1, 0, 0), 0);
        CHECK_INT(backoff_delay(1, 120, 0), 120);
        CHECK_INT(backoff_delay(1, 120, UINT32_MAX), 125);
        CHECK_INT(backoff_delay(1, INT64_MAX, UINT32_MAX), 24 * 60 * 60);
        CHECK_INT(backoff_delay(20, 24 * 60 * 60, UINT32_MAX), 24 * 60 * 60);
}

static void fill(struct state *state)
{
        struct sink_state *sink = state_get(state, "a");

        sink->sequence = 7;
        sink->failures = 3;
        sink->not_before = 1795000000;
        sink->delivered = 1794000000;
        sink->settings = strdup("0123");
        CHECK_INT(state_set_reason(sink, "why\n"), 0);
        for (unsigned i = 1; i <= STATE_PARKED_MAX + 2; i++)
                CHECK_INT(state_park(sink, i, "id", 1000 + i, "because"), 0);
        sink = state_get(state, "b");
        sink->settings = strdup("4567");
        sink->stopped = true;
        CHECK_INT(state_add_disabled(state, "file:1: fault"), 0);
}

TEST(a_state_is_read_as_it_was_written)
{
        _cleanup_state_ struct state written = { 0 }, state = { 0 };
        struct tree tree;
        struct sink_state *a, *b;

        tree_new(&tree);
        CHECK_INT(state_read(tree.fd, &state), 0);
        CHECK_INT(state.n_sinks, 0);
        fill(&written);
        CHECK_INT(state_write(tree.fd, &written), 0);
        CHECK_INT(state_read(tree.fd, &state), 0);
        a = state_find(&state, "a");
        b = state_find(&state, "b");
        CHECK(a && b && state.n_sinks == 2 && state.n_disabled == 1);
        if (!a || !b)
                return;
        CHECK_INT(a->sequence, 7);
        CHECK_INT(a->failures, 3);
        CHECK_INT(a->not_before, 1795000000);
        CHECK_INT(a->delivered, 1794000000);
        CHECK_STRING(a->reason, "why\n");
        CHECK_STRING(a->settings, "0123");
        CHECK(!a->stopped && b->stopped);
        CHECK_INT(a->n_parked, STATE_PARKED_MAX);
        CHECK_INT(a->parked[0].sequence, 3);
        CHECK_STRING(b->reason, NULL);
        state_forget_parked(a, 1000 + STATE_PARKED_MAX + 2);
        CHECK_INT(a->n_parked, 1);
        tree_done(&tree);
}

#define SINK(fields)                                                                                         \
        "{\"schema\":\"" STATE_SCHEMA                                                                        \
        "\",\"disabled\":[],\"sinks\":[{\"name\":\"a\",\"settings\":\"x\",\"reason\":"                       \
        "null,\"sequence\":1,\"failures\":0,\"notBefore\":0,\"delivered\":0,\"stopped\":false" fields "}]}"

TEST(a_state_that_is_none)
{
        static const struct {
                const char *content;
                int result;
        } cases[] = {
                { SINK(""), 0 },
                { SINK(",\"parked\":[]"), 0 },
                { "", -EBADMSG },
                { "{", -EBADMSG },
                { "[]", -EBADMSG },
                { "{}", -EBADMSG },
                { "{\"schema\":\"" STATE_SCHEMA "\",\"sinks\":{},\"disabled\":[]}", -EBADMSG },
                { "{\"schema\":\"" STATE_SCHEMA "\",\"sinks\":[1],\"disabled\":[]}", -EBADMSG },
                { "{\"schema\":\"" STATE_SCHEMA "\",\"sinks\":[null],\"disabled\":[]}", -EBADMSG },
                { "{\"schema\":\"" STATE_SCHEMA "\",\"sinks\":[[]],\"disabled\":[]}", -EBADMSG },
                { "{\"schema\":\"" STATE_SCHEMA "\",\"sinks\":[{\"name\":\"\"}],\"disabled\":[]}", -EBADMSG },
                { SINK(",\"parked\":[{}]"), -EBADMSG },
                { SINK(",\"sequence\":-1"), -EBADMSG },
                { SINK(",\"failures\":\"1\""), -EBADMSG },
                { SINK(",\"stopped\":null"), -EBADMSG },
        };
        struct tree tree;

        tree_new(&tree);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_state_ struct state state = { 0 };
                int r;

                CHECK_INT(file_replace(tree.fd, STATE_NAME, text_from_string(cases[i].content), 0600,
                                       FILE_SAME_GROUP),
                          0);
                r = state_read(tree.fd, &state);
                if (r != cases[i].result)
                        test_failed(__FILE__, __LINE__, "%d for %s", r, cases[i].content);
                CHECK_INT(state.n_sinks, cases[i].result == 0);
        }
        tree_done(&tree);
}

TEST(reasons_are_cut_between_characters)
{
        _cleanup_state_ struct state state = { 0 };
        struct sink_state *sink = state_get(&state, "a");
        _cleanup_buffer_ struct buffer text = { 0 };

        buffer_add_char(&text, 'x');
        for (unsigned i = 0; i < 400; i++)
                buffer_add_string(&text, "\xc3\xa9");
        CHECK_INT(state_set_reason(sink, text.data), 0);
        CHECK_INT(strlen(sink->reason), STATE_TEXT_MAX - 1);
}

static void make(const char *content, struct config_sections *sections, struct sinks *sinks)
{
        struct tree tree;
        _cleanup_root_ struct root *root = NULL;

        tree_new(&tree);
        CHECK_INT(file_replace(tree.fd, "conf", text_from_string(content), 0644, FILE_SAME_GROUP), 0);
        CHECK_INT(root_open(tree.name, 0, &root), 0);
        CHECK_INT(config_read_sections(root, "/conf", sections), 0);
        CHECK_INT(sinks_make(sections, NULL, sinks), 0);
        tree_done(&tree);
}

TEST(sections_become_sinks)
{
        _cleanup_config_sections_ struct config_sections sections = { 0 };
        _cleanup_sinks_ struct sinks sinks = { 0 };

        make("[Agent]\nx=y\n[Sink a]\ntype=file\npath=/one\n[Sink "
             "b]\ntype=webhook\nurl=https://h/p\nidentity=yes\n"
             "[Sink a]\npath=/two\n[Metadata]\naudience=us\n",
             &sections, &sinks);
        CHECK_INT(sections.n, 3);
        CHECK_INT(sinks.n, 2);
        CHECK_INT(sinks.n_faults, 0);
        if (sinks.n != 2)
                return;
        CHECK_STRING(sink_setting(&sinks.items[0], "path"), "/two");
        CHECK(sinks.items[0].kind == &sink_file && sinks.items[1].kind == &sink_webhook);
        CHECK(sink_setting_true(&sinks.items[1], "identity"));
        CHECK_STRING(sink_setting(&sinks.items[1], "ca"), NULL);
        CHECK(strcmp(sinks.digests[0], sinks.digests[1]) != 0);
}

TEST(an_empty_value_takes_back)
{
        _cleanup_config_sections_ struct config_sections sections = { 0 };
        _cleanup_sinks_ struct sinks sinks = { 0 };

        make("[Sink b]\ntype=webhook\nurl=https://h/p\nproxy=nonsense\nproxy=\n", &sections, &sinks);
        CHECK_INT(sinks.n, 1);
}

TEST(what_is_wrong_has_file_and_line)
{
        static const struct {
                const char *content, *fault;
        } cases[] = {
                { "[Sink]\ntype=file\n", "/conf:1: [Sink ]: a sink has a name of" },
                { "[Sink a]\n", "/conf:1: [Sink a]: there is no type=, which is one of file, webhook" },
                { "[Sink a]\ntype=x\n", "/conf:2: [Sink a]: type= is not one of file, webhook" },
                { "[Sink a]\ntype=file\n", "/conf:1: [Sink a]: a sink of type file needs path=" },
                { "\n[Sink a]\ntype=file\npath=x\n", "/conf:4: [Sink a]: path= is not a path that begins" },
                { "[Sink a]\ntype=file\npath=/a/../b\n",
                  "/conf:3: [Sink a]: path= is not a path that begins" },
                { "[Sink a]\ntype=file\npath=/\n", "/conf:3: [Sink a]: path= is not a path that begins" },
                { "[Sink a]\ntype=file\npath=/x\nkey=x\n",
                  "/conf:4: [Sink a]: a sink of type file has no key 'key'" },
                { "[Sink a]\ntype=file\npath /x\n", "/conf:3: neither" },
                { "[Sink a]\ntype=webhook\nurl=http://x\n",
                  "/conf:3: [Sink a]: url= is not an address with https" },
                { "[Sink a]\ntype=webhook\nurl=https://\n", "/conf:3: [Sink a]: url= is not" },
                { "[Sink a]\ntype=webhook\nurl=https:///x\n", "/conf:3: [Sink a]: url= is not" },
                { "[Sink a]\ntype=webhook\nurl=https://u:p@x/\n", "/conf:3: [Sink a]: url= is not" },
                { "[Sink a]\ntype=webhook\nurl=https://x/ y\n", "/conf:3: [Sink a]: url= is not" },
                { "[Sink a]\ntype=webhook\nurl=https://x\ntimeout=0\n",
                  "/conf:4: [Sink a]: timeout= is not" },
                { "[Sink a]\ntype=webhook\nurl=https://x\nidentity=maybe\n",
                  "/conf:4: [Sink a]: identity= is not" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_config_sections_ struct config_sections sections = { 0 };
                _cleanup_sinks_ struct sinks sinks = { 0 };

                make(cases[i].content, &sections, &sinks);
                CHECK_INT(sinks.n, 0);
                CHECK_INT(sinks.n_faults, 1);
                if (sinks.n_faults == 1 && !text_starts(text_from_string(sinks.faults[0]), cases[i].fault))
                        test_failed(__FILE__, __LINE__, "'%s', not '%s'", sinks.faults[0], cases[i].fault);
        }
}

TEST(files_of_others)
{
        _cleanup_free_ char *data = NULL;
        struct tree tree;
        size_t len = 0;

        tree_new(&tree);
        CHECK_INT(file_read(tree.fd, "a", 10, &data, &len, NULL), -ENOENT);
        CHECK_INT(file_replace(tree.fd, "a", TEXT("0123456789"), 0600, FILE_SAME_GROUP), 0);
        CHECK_INT(file_read(tree.fd, "a", 9, &data, &len, NULL), -EFBIG);
        CHECK_INT(file_read(tree.fd, "a", 10, &data, &len, NULL), 0);
        CHECK_INT(len, 10);
        CHECK_INT(symlinkat("a", tree.fd, "link"), 0);
        CHECK_INT(file_read(tree.fd, "link", 10, &data, &len, NULL), -EBADF);
        CHECK_INT(mkfifoat(tree.fd, "fifo", 0600), 0);
        CHECK_INT(file_read(tree.fd, "fifo", 10, &data, &len, NULL), -EBADF);
        CHECK_INT(mkdirat(tree.fd, "directory", 0700), 0);
        CHECK_INT(file_read(tree.fd, "directory", 10, &data, &len, NULL), -EBADF);
        /* A link is replaced, not followed. */
        CHECK_INT(file_replace(tree.fd, "link", TEXT("x"), 0600, FILE_SAME_GROUP), 0);
        CHECK_INT(faccessat(tree.fd, "a", F_OK, 0), 0);
        free(take_ptr(data));
        CHECK_INT(file_read(tree.fd, "a", 10, &data, &len, NULL), 0);
        CHECK_INT(len, 10);
        tree_done(&tree);
}
