/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/kdump.h"
#include "engine/root.h"

/* The variable of efivarfs: four bytes of attributes, then 1 when Secure Boot is on. */
#define SECURE_BOOT "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* 1 and the content of the first of the files that is there; 0 when none is. */
static int read_first(struct root *root, const char *const *paths, struct text *ret)
{
        for (; *paths; paths++) {
                const struct root_file *file;
                int r;

                r = root_read(root, *paths, &file);
                if (r == -ENOENT || r == -ENOTDIR)
                        continue;
                if (r < 0)
                        return r;
                *ret = text_trim(text_chomp(file->content));
                return 1;
        }

        return 0;
}

static int read_number(struct root *root, const char *const *paths, uint64_t *ret)
{
        struct text text;
        int r;

        r = read_first(root, paths, &text);
        if (r <= 0)
                return r;
        r = text_parse_u64(text, ret);
        if (r < 0)
                return diag_set(root_diag(root), -EBADMSG, paths[0], 0, "holds no number");

        return 1;
}

/* Not being able to look at these must not hide what was found: they only name a cause. */
static bool is_load_disabled(struct root *root)
{
        static const char *const disabled[] = { "/proc/sys/kernel/kexec_load_disabled", NULL };
        static const char *const limit[] = { "/proc/sys/kernel/kexec_load_limit_panic", NULL };
        struct text text;

        if (read_first(root, disabled, &text) > 0 && text_equal(text, "1"))
                return true;
        return read_first(root, limit, &text) > 0 && text_equal(text, "0");
}

static bool is_locked_down(struct root *root)
{
        static const char *const lockdown[] = { "/sys/kernel/security/lockdown", NULL };
        const struct root_file *file;
        struct text text;

        if (read_first(root, lockdown, &text) > 0)
                return !text_contains(text, "[none]");
        return root_read(root, SECURE_BOOT, &file) >= 0 && file->content.len == 5 &&
               file->content.data[4] == 1;
}

int kdump_state(struct context *context, struct kdump_state *ret)
{
        static const char *const size_paths[] = { "/sys/kernel/kexec/crash_size",
                                                  "/sys/kernel/kexec_crash_size", NULL };
        static const char *const loaded_paths[] = { "/sys/kernel/kexec/crash_loaded",
                                                    "/sys/kernel/kexec_crash_loaded", NULL };
        struct root *root = context_root(context);
        struct kdump_state state = { 0 };
        uint64_t loaded = 0;
        int r;

        r = read_number(root, size_paths, &state.reserved);
        if (r < 0)
                return r;
        state.supported = r > 0;
        r = read_number(root, loaded_paths, &loaded);
        if (r < 0)
                return r;
        state.supported = state.supported && r > 0;
        state.loaded = loaded > 0;

        state.load_disabled = is_load_disabled(root);
        state.locked_down = is_locked_down(root);
        *ret = state;
        return 0;
}
