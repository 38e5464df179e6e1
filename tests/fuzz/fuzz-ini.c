/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/ini.h"
#include "fuzz.h"

static void check_lines(const struct ini *ini)
{
        for (size_t i = 0; i < ini->n_lines; i++) {
                const struct ini_line *line = ini->lines + i;

                FUZZ_ASSERT((line->kind == INI_INVALID) == (line->error != NULL));
                FUZZ_ASSERT(line->kind != INI_ASSIGNMENT || (line->key.len > 0 && line->section.len > 0));
                FUZZ_ASSERT(line->number > (i > 0 ? line[-1].number : 0));
        }
}

/* What was set is what the next parse finds, and no other line changes its kind. */
static void edit(struct ini *ini, const char *section)
{
        _cleanup_buffer_ struct buffer printed = { 0 };
        _cleanup_ini_ struct ini *again = NULL;
        struct text value;

        FUZZ_ASSERT(ini_set(ini, section, "dns-options", TEXT("a;b;")) == 0);
        ini_print(ini, &printed);
        FUZZ_ASSERT(ini_parse(printed.data, printed.len, INI_KEYFILE, &again) == 0);
        FUZZ_ASSERT(again->n_lines == ini->n_lines);
        for (size_t i = 0; i < ini->n_lines; i++)
                FUZZ_ASSERT(again->lines[i].kind == ini->lines[i].kind &&
                            again->lines[i].number == ini->lines[i].number);
        FUZZ_ASSERT(ini_get(again, section, "dns-options", &value) && text_equal(value, "a;b;"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text input = { (const char *) data, size }, value;
        _cleanup_buffer_ struct buffer printed = { 0 };
        _cleanup_ini_ struct ini *ini = NULL;

        if (ini_parse(input.data, input.len, INI_KEYFILE, &ini) < 0)
                return 0;

        ini_print(ini, &printed);
        FUZZ_ASSERT(text_same((struct text){ printed.data, printed.len }, input));
        check_lines(ini);
        (void) ini_get(ini, "main", "dns", &value);
        FUZZ_ASSERT(!ini_find(ini, "main", NULL) || ini_has_section(ini, "main"));
        edit(ini, "main");
        edit(ini, "ipv4");
        return 0;
}
