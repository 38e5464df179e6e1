/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/kdump-conf.h"
#include "fuzz.h"

/* What was set is what a new parse of the printed file finds. */
static void check_set(struct kdump_conf *conf)
{
        _cleanup_kdump_conf_ struct kdump_conf *again = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        const struct kdump_conf_line *line;

        FUZZ_ASSERT(kdump_conf_set(conf, "path", TEXT("/a b")) == 0);
        kdump_conf_print(conf, &out);
        FUZZ_ASSERT(kdump_conf_parse(out.data, out.len, &again) == 0);
        line = kdump_conf_find(again, "path");
        FUZZ_ASSERT(line && text_equal(line->value, "/a b"));
        FUZZ_ASSERT(again->n_lines == conf->n_lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_kdump_conf_ struct kdump_conf *conf = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        struct text input = { (const char *) data, size };
        struct kdump_target target;

        FUZZ_ASSERT(kdump_conf_parse(input.data, input.len, &conf) == 0);
        kdump_conf_print(conf, &out);
        FUZZ_ASSERT(!out.failed && text_same((struct text){ out.data, out.len }, input));

        for (size_t i = 0; i < conf->n_lines; i++) {
                FUZZ_ASSERT((conf->lines[i].name.len == 0) == (conf->lines[i].kind == KDUMP_CONF_BLANK));
                FUZZ_ASSERT(conf->lines[i].kind < KDUMP_CONF_UNKNOWN || conf->lines[i].fault);
        }
        (void) kdump_conf_first_fault(conf);
        target = kdump_conf_target(conf);
        FUZZ_ASSERT(target.path.len > 0);
        FUZZ_ASSERT((target.kind == KDUMP_TARGET_LOCAL) == (target.line == NULL));

        check_set(conf);
        return 0;
}
