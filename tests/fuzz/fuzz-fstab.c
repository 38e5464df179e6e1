/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/fstab.h"
#include "fuzz.h"

static void use(const struct fstab_line *entry)
{
        struct text name, value;

        FUZZ_ASSERT(entry->n_fields >= 3 && !entry->error);
        FUZZ_ASSERT(entry->mntops.data[entry->mntops.len] == '\0');
        (void) fstab_option(entry, "x-systemd.device-timeout", &value);
        (void) fstab_is_bind(entry);
        (void) fstab_is_network(entry);
        (void) fstab_is_pseudo(entry);
        (void) fstab_is_swap(entry);
        (void) fstab_tag(entry, &name, &value);
        FUZZ_ASSERT(!fstab_nofail(entry) || fstab_option(entry, "nofail", NULL));
        FUZZ_ASSERT(!fstab_noauto(entry) || fstab_option(entry, "noauto", NULL));
}

/* What an edit printed is what the next parse sees. */
static void check_again(const struct fstab *fstab, size_t number)
{
        const struct fstab_line *line = fstab->lines + number - 1;
        _cleanup_fstab_ struct fstab *again = NULL;
        _cleanup_buffer_ struct buffer printed = { 0 };

        fstab_print(fstab, &printed);
        FUZZ_ASSERT(fstab_parse(printed.data, printed.len, &again) == 0);
        FUZZ_ASSERT(again->n_lines == fstab->n_lines);
        FUZZ_ASSERT(again->lines[number - 1].kind == line->kind);
        FUZZ_ASSERT(text_same(again->lines[number - 1].mntops, line->mntops));
        FUZZ_ASSERT(text_same(again->lines[number - 1].spec, line->spec));
}

/* Each edit does what it says or nothing, and an entry stays one. */
static void edit(struct fstab *fstab, size_t number)
{
        const struct fstab_line *line = fstab->lines + number - 1;
        bool entry = line->kind == FSTAB_ENTRY;
        int r;

        r = fstab_remove_option(fstab, number, "noauto");
        FUZZ_ASSERT((r == 0) == entry || r == -ENOMEM);
        FUZZ_ASSERT(r != 0 || !fstab_option(line, "noauto", NULL));
        check_again(fstab, number);

        r = fstab_add_option(fstab, number, TEXT("nofail"));
        FUZZ_ASSERT(r == 0 || r == -EINVAL || r == -ENOMEM);
        FUZZ_ASSERT(r != 0 || (entry && fstab_nofail(line)));
        check_again(fstab, number);

        r = fstab_set_field(fstab, number, FSTAB_SPEC, TEXT("UUID=1-2"));
        FUZZ_ASSERT(r != 0 || (entry && text_equal(line->spec, "UUID=1-2")));
        check_again(fstab, number);

        FUZZ_ASSERT(fstab_comment_out(fstab, number, TEXT("# off: ")) == 0);
        FUZZ_ASSERT(line->kind == FSTAB_COMMENT);
        check_again(fstab, number);
}

/* Plain text has no marks, and what was an entry is the same entry in it. */
static void check_plain(const struct fstab *fstab)
{
        _cleanup_fstab_ struct fstab *plain = NULL;
        _cleanup_buffer_ struct buffer printed = { 0 };

        fstab_print_plain(fstab, &printed);
        FUZZ_ASSERT(fstab_parse(printed.data, printed.len, &plain) == 0);
        FUZZ_ASSERT(!plain->bom);
        /* A file that is nothing but a byte order mark has no line without it. */
        FUZZ_ASSERT(plain->n_lines == fstab->n_lines || (plain->n_lines == 0 && fstab->bom));
        for (size_t i = 0; i < plain->n_lines; i++) {
                const struct fstab_line *line = fstab->lines + i;

                if (line->kind != FSTAB_ENTRY)
                        continue;
                FUZZ_ASSERT(plain->lines[i].kind == FSTAB_ENTRY);
                FUZZ_ASSERT(text_same(plain->lines[i].mntops, line->mntops));
                FUZZ_ASSERT(plain->lines[i].passno == line->passno);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_buffer_ struct buffer printed = { 0 };
        _cleanup_fstab_ struct fstab *fstab = NULL;
        const struct fstab_line *entry = NULL;

        if (fstab_parse((const char *) data, size, &fstab) < 0)
                return 0;

        fstab_print(fstab, &printed);
        FUZZ_ASSERT(text_same((struct text){ printed.data, printed.len },
                              (struct text){ (const char *) data, size }));
        while ((entry = fstab_next_entry(fstab, entry)))
                use(entry);
        check_plain(fstab);
        if (fstab->n_lines > 0)
                edit(fstab, 1 + size % fstab->n_lines);

        return 0;
}
