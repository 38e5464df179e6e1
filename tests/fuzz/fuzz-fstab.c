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

/* An edit leaves all other lines alone, and what it printed is what the next parse sees. */
static void edit(struct fstab *fstab, size_t number)
{
        _cleanup_buffer_ struct buffer once = { 0 }, twice = { 0 };
        _cleanup_fstab_ struct fstab *again = NULL;
        int r;

        r = fstab_add_option(fstab, number, TEXT("nofail"));
        FUZZ_ASSERT(r == 0 || r == -EINVAL || r == -ENOMEM);
        fstab_print(fstab, &once);
        FUZZ_ASSERT(fstab_parse(once.data, once.len, &again) == 0);
        FUZZ_ASSERT(again->n_lines == fstab->n_lines);
        FUZZ_ASSERT(again->lines[number - 1].kind == fstab->lines[number - 1].kind);
        FUZZ_ASSERT(text_same(again->lines[number - 1].mntops, fstab->lines[number - 1].mntops));
        if (fstab_comment_out(fstab, number, TEXT("# off: ")) == 0)
                fstab_print(fstab, &twice);
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
        if (fstab->n_lines > 0)
                edit(fstab, 1 + size % fstab->n_lines);

        return 0;
}
