/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "engine/context.h"
#include "engine/resume-edit.h"
#include "engine/root.h"
#include "tree.h"

#define SYSTEM                                                                                               \
        "/dev/vg/root / xfs defaults 0 0\n"                                                                  \
        "/dev/mapper/vg-swapped /data xfs nofail 0 0\n"

/* What each system has for swap. */
enum swap { NONE, BY_UUID, BY_VOLUME, SWAP_COUNT };
static const char *const fstabs[SWAP_COUNT] = {
        [NONE] = SYSTEM,
        [BY_UUID] = SYSTEM "UUID=here none swap sw 0 0\n",
        [BY_VOLUME] = SYSTEM "/dev/vg/swap none swap sw 0 0\n",
};

static const struct row {
        enum swap swap;
        const char *before;
        const char *after; /* NULL: nothing is to be changed */
} rows[] = {
        { NONE, "root=/dev/vg/root ro quiet", NULL },
        { NONE, "resume=UUID=gone", "" },
        { NONE, "ro resume=/dev/vda7 quiet", "ro quiet" },
        { NONE, "\"resume=UUID=gone\" ro", "ro" },
        { NONE, "ro  rd.lvm.lv=vg/root\trd.lvm.lv=old/swap  quiet", "ro  rd.lvm.lv=vg/root  quiet" },
        { NONE, "resume=UUID=gone resume_offset=4096 ro", "ro" },
        { NONE, "resume=UUID=gone resume=none resume_offset=4096", "resume=none resume_offset=4096" },
        { NONE, "noresume resume=UUID=gone", NULL },
        { NONE, "noresume resume=UUID=gone rd.lvm.lv=vg/swap", "noresume resume=UUID=gone" },
        { NONE, "resume=none", NULL },
        { NONE, "ro -- resume=UUID=gone", NULL },
        /* Not swap, for all its name. */
        { NONE, "rd.lvm.lv=vg/swapped", NULL },
        { NONE, "rd.lvm.lv=swap/root", NULL },
        { BY_UUID, "ro resume=UUID=here quiet", NULL },
        { BY_UUID, "ro resume=UUID=gone quiet", "ro quiet" },
        /* Only the last one counts, but with it gone the others would. */
        { BY_UUID, "resume=UUID=older ro resume=UUID=gone", "ro" },
        { BY_UUID, "resume=UUID=here ro resume=UUID=gone", "resume=UUID=here ro" },
        /* A UUID and a path may be the same device. */
        { BY_UUID, "resume=/dev/vda7", NULL },
        { BY_VOLUME, "ro resume=/dev/mapper/vg-swap rd.lvm.lv=vg/swap", NULL },
        { BY_VOLUME, "ro rd.lvm.lv=old/swap rd.lvm.lv=vg/swap", "ro rd.lvm.lv=vg/swap" },
};

static void check_row(struct context *context, const struct row *row)
{
        _cleanup_kernel_cmdline_ struct kernel_cmdline *cmdline = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };

        CHECK_INT(kernel_cmdline_parse(row->before, strlen(row->before), &cmdline), 0);
        CHECK_INT(resume_edit_cmdline(context, cmdline), row->after ? 1 : 0);
        buffer_add_string(&out, "");
        kernel_cmdline_print(cmdline, &out);
        CHECK_STRING(out.data, row->after ? row->after : row->before);
}

static void check_system(enum swap swap)
{
        const struct scan_options options = { 0 };
        _cleanup_root_ struct root *root = NULL;
        struct context *context = NULL;
        struct tree tree;

        tree_new(&tree);
        tree_fill(&tree, (const char *const[]){ "etc/fstab", fstabs[swap], NULL });
        root = tree_open(&tree, &tree_ways[0]);
        CHECK_INT(context_new(root, &options, &context), 0);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                if (rows[i].swap != swap)
                        continue;
                printf("# %s\n", rows[i].before);
                check_row(context, &rows[i]);
        }
        (void) context_free(context);
        tree_done(&tree);
}

TEST(command_lines)
{
        for (enum swap swap = 0; swap < SWAP_COUNT; swap++)
                check_system(swap);
}
