/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/resolv-conf.h"
#include "fuzz.h"

static void check_model(const struct resolv_conf *conf)
{
        size_t n_used = 0;

        for (size_t i = 0; i < conf->n_nameservers; i++) {
                const struct resolv_nameserver *server = conf->nameservers + i;

                FUZZ_ASSERT(server->line >= 1 && server->line <= conf->n_lines);
                FUZZ_ASSERT(conf->lines[server->line - 1].kind == RESOLV_NAMESERVER);
                FUZZ_ASSERT(!server->used || server->valid);
                n_used += server->used;
        }
        FUZZ_ASSERT(n_used == conf->n_used && n_used <= RESOLV_NAMESERVERS_MAX);
        FUZZ_ASSERT((conf->search_line > 0) == (conf->search.len > 0));
}

/* After adding an option, glibc sees it, wherever the line came from. */
static void edit(struct resolv_conf *conf)
{
        _cleanup_buffer_ struct buffer printed = { 0 };
        _cleanup_resolv_conf_ struct resolv_conf *again = NULL;
        struct resolv_options options;

        FUZZ_ASSERT(resolv_conf_add_option(conf, TEXT("single-request-reopen")) == 0);
        resolv_conf_print(conf, &printed);
        FUZZ_ASSERT(resolv_conf_parse(printed.data, printed.len, 36, &again) == 0);
        resolv_conf_options(again, TEXT(""), &options);
        FUZZ_ASSERT(resolv_options_have(&options, RESOLV_SINGLE_REQUEST_REOPEN));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text input = { (const char *) data, size };
        unsigned glibc_minor = size % 50;
        _cleanup_buffer_ struct buffer printed = { 0 };
        _cleanup_resolv_conf_ struct resolv_conf *conf = NULL;
        struct resolv_options options;

        if (resolv_conf_parse(input.data, input.len, glibc_minor, &conf) < 0)
                return 0;

        resolv_conf_print(conf, &printed);
        FUZZ_ASSERT(text_same((struct text){ printed.data, printed.len }, input));
        check_model(conf);
        resolv_conf_options(conf, input, &options);
        for (enum resolv_flag flag = 0; flag < RESOLV_FLAG_COUNT; flag++)
                FUZZ_ASSERT(!resolv_options_have(&options, flag) || resolv_flag_known(flag, glibc_minor));
        FUZZ_ASSERT(options.ndots >= 0 && options.ndots <= 15);
        FUZZ_ASSERT(options.timeout <= 30 && options.attempts <= 5);
        edit(conf);
        return 0;
}
