/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cloud-init.h"
#include "engine/fixer.h"
#include "engine/initramfs.h"
#include "engine/mounts.h"
#include "engine/service-links.h"
#include "engine/swap-areas.h"

#include <inttypes.h>
#include <string.h>

/* Lines of fstab become comments that say who made them and when; a swap unit loses the links that pull it
 * in, and is not masked. What cloud-init would write again is turned off in its own configuration. */

#define FSTAB "/etc/fstab"
/* Read after what an image usually brings. */
#define CLOUD_NAME "zz-ecs-guest-agent-swap.cfg"

/* Kept free when swap is turned off at once, in KiB. */
#define RESERVE ((uint64_t) 64 * 1024)

struct work {
        struct plan *plan;
        struct context *context;
        const struct mounts *mounts;
        struct fstab *fstab; /* NULL until a line of it is to go */
        char date[16];
        uint64_t used;   /* KiB that have to fit into memory by what was planned so far */
        bool initramfs;  /* it may know swap that goes */
        bool still_used; /* some of it stays in use until the next boot */
};

static const char *fact(const struct finding *finding, const char *name)
{
        for (size_t i = 0; i < finding->n_facts; i++)
                if (string_equal(finding->facts[i].name, name))
                        return finding->facts[i].value;

        return "";
}

static const struct mount_entry *find_entry(const struct mounts *mounts, const struct finding *finding)
{
        for (size_t i = 0; i < mounts->n_entries; i++) {
                const struct mount_entry *entry = &mounts->entries[i];

                if (mount_is_swap(entry) && entry->number == finding->line &&
                    string_equal(entry->path, finding->path))
                        return entry;
        }

        return NULL;
}

/* 1 with a program of util-linux; 0 after a refusal. */
static int find_program(struct work *work, const struct finding *finding, const char *const paths[2],
                        const char **ret)
{
        for (size_t i = 0; i < 2; i++) {
                int r = root_exists(context_root(work->context), paths[i]);

                if (r < 0)
                        return r;
                *ret = paths[i];
                if (r > 0)
                        return 1;
        }

        return plan_refuse(work->plan, finding, "'%s', which would turn it off, is not here", paths[0]);
}

/* 1 when what is in use of it fits into memory; 0 after a refusal. */
static int judge_memory(struct work *work, const struct finding *finding, const struct swap_area *area)
{
        uint64_t available;
        int r;

        r = swap_available_memory(work->context, &available);
        if (r < 0)
                return r;
        if (available >= work->used + area->used + RESERVE)
                return 1;

        return plan_refuse(work->plan, finding,
                           "turning it off would bring %" PRIu64 " MiB back into memory, of which %" PRIu64
                           " MiB can be had: stop something, or leave out --now and reboot",
                           (work->used + area->used) / 1024, available / 1024);
}

static int turn_off(struct work *work, const struct finding *finding, const struct swap_area *area)
{
        static const char *const off[2] = { "/usr/sbin/swapoff", "/sbin/swapoff" };
        static const char *const on[2] = { "/usr/sbin/swapon", "/sbin/swapon" };
        _cleanup_free_ char *priority = string_format("%d", area->priority);
        const char *argv[] = { NULL, area->name, NULL }, *undo_argv[5] = { NULL };
        size_t n = 1;
        int r;

        if (!priority)
                return -ENOMEM;
        r = find_program(work, finding, off, &argv[0]);
        if (r > 0)
                r = find_program(work, finding, on, &undo_argv[0]);
        if (r <= 0)
                return r;

        /* A negative one is the kernel's choice, which swapon does not take. */
        if (area->priority >= 0) {
                undo_argv[n++] = "-p";
                undo_argv[n++] = priority;
        }
        undo_argv[n] = area->name;
        r = plan_run(work->plan, argv, undo_argv);
        if (r < 0)
                return r;

        work->used += area->used;
        return 1;
}

/* --now: 1 when the line may go, 0 after a refusal. */
static int handle_use(struct work *work, const struct finding *finding, const struct mount_entry *entry)
{
        const struct fix_options *options = plan_options(work->plan);
        const struct swap_area *area;
        int r;

        if (!root_is_live(context_root(work->context)))
                return 1;
        r = swap_areas_find(work->context, entry, &area);
        if (r == -ENODATA && options->now)
                return plan_refuse(work->plan, finding,
                                   "which of the swap in use it is cannot be told, so that "
                                   "--now cannot turn it off");
        if (r == -ENOMEM)
                return r;
        if (r < 0 || !area)
                return 1;

        if (!options->now || !options->commands) {
                work->still_used = true;
                return 1;
        }
        r = judge_memory(work, finding, area);
        return r <= 0 ? r : turn_off(work, finding, area);
}

/* cloud-init makes it for each new instance. Of its settings "swap:" can be overridden from here; a list of
 * mounts cannot. 1 when the line may go, 0 after a refusal. */
static int handle_cloud_init(struct work *work, const struct finding *finding)
{
        _cleanup_free_ char *path = NULL, *text = NULL;
        int r;

        r = cloud_init_is_active(work->context);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = cloud_init_has_key(work->context, "mounts", &path);
        if (r > 0)
                return plan_refuse(work->plan, finding,
                                   "cloud-init makes it for each new instance, perhaps by 'mounts:' in '%s', "
                                   "which has to be mended by hand first",
                                   path);
        if (r == 0)
                r = cloud_init_reads_after(work->context, CLOUD_NAME, &path);
        if (r > 0)
                return plan_refuse(work->plan, finding,
                                   "cloud-init makes it for each new instance, and reads '%s' after whatever "
                                   "this program could add",
                                   path);
        if (r < 0)
                return r;

        text = string_format("# ecs-guest-agent %s: cloud-init makes no swap for new instances.\nswap:\n"
                             "  size: 0\n",
                             work->date);
        if (!text)
                return -ENOMEM;
        r = plan_write(work->plan, CLOUD_INIT_DIRECTORY "/" CLOUD_NAME, text_from_string(text), 0644);
        if (r >= 0)
                r = plan_hint(work->plan, "cloud-init makes swap again for an instance whose user data asks "
                                          "for it.");
        return r < 0 ? r : 1;
}

static int comment_out(struct work *work, const struct mount_entry *entry)
{
        _cleanup_free_ char *prefix = string_format("# ecs-guest-agent %s: ", work->date);
        const struct root_file *file;
        int r = 0;

        if (!prefix)
                return -ENOMEM;
        if (!work->fstab) {
                r = root_read(context_root(work->context), FSTAB, &file);
                if (r >= 0)
                        r = fstab_parse(file->content.data, file->content.len, &work->fstab);
        }

        return r < 0 ? r : fstab_comment_out(work->fstab, entry->number, text_from_string(prefix));
}

static int disable(struct work *work, const struct mount_entry *entry)
{
        _cleanup_service_links_ struct service_links links = { 0 };
        int r;

        r = service_links_disable(work->context, strrchr(entry->path, '/') + 1, &links);
        for (size_t i = 0; r >= 0 && i < links.n; i++)
                r = plan_remove(work->plan, links.items[i].path);

        return r;
}

static bool is_device(const char *kind)
{
        return string_equal(kind, "partition") || string_equal(kind, "ephemeral") ||
               string_equal(kind, "stale");
}

/* Whatever else is wrong with its line. */
static bool is_from_cloud_init(const struct mount_entry *entry)
{
        struct text rest = entry->line->mntops, word;

        while (text_next_word(&rest, ",", &word))
                if (text_equal(word, "comment=cloudconfig"))
                        return true;

        return false;
}

static int handle(struct work *work, const struct finding *finding)
{
        const struct mount_entry *entry = find_entry(work->mounts, finding);
        const char *kind = fact(finding, "kind");
        int r;

        if (!entry)
                return plan_refuse(work->plan, finding, "no line or unit is left that could be changed");

        r = handle_use(work, finding, entry);
        if (r > 0 && is_from_cloud_init(entry))
                r = handle_cloud_init(work, finding);
        if (r <= 0)
                return r;

        if (string_equal(kind, "zram"))
                r = plan_hint(work->plan,
                              "What sets up compressed memory, such as a generator or a udev rule, "
                              "is left as it is: swap in it needs no disk.");
        if (is_device(kind) && text_starts(entry->line->spec, "/") &&
            !text_starts(entry->line->spec, "/dev/"))
                kind = "file";
        work->initramfs = work->initramfs || (is_device(kind) && entry->boot.need != MOUNT_ON_DEMAND);
        if (r >= 0)
                r = entry->unit ? disable(work, entry) : comment_out(work, entry);
        return r;
}

static int write_fstab(struct work *work)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        if (!work->fstab)
                return 0;
        fstab_print(work->fstab, &out);
        if (out.failed)
                return -ENOMEM;

        return plan_write(work->plan, FSTAB, (struct text){ out.data, out.len }, 0644);
}

static int finish(struct work *work)
{
        const char *command = NULL;
        int r;

        r = write_fstab(work);
        if (r >= 0 && work->initramfs)
                r = initramfs_rebuild(work->plan, &command);
        if (r >= 0 && command)
                r = plan_hint(
                        work->plan,
                        "An initramfs that was made while the swap was there may still wait for it: run "
                        "'%s' on the system itself.",
                        command);
        if (r >= 0 && work->still_used)
                r = plan_hint(work->plan, "Swap that is in use stays so until the next boot, unless --now is "
                                          "given.");
        return r;
}

static void work_done(struct work *work)
{
        (void) fstab_free(work->fstab);
}

static int plan_swap_configured(struct plan *plan)
{
        _cleanup_(work_done) struct work work = { .plan = plan, .context = plan_context(plan) };
        const struct finding *finding = NULL;
        struct tm tm;
        int r;

        if (!gmtime_r(&plan_options(plan)->time, &tm) ||
            strftime(work.date, sizeof(work.date), "%Y-%m-%d", &tm) == 0)
                return -EINVAL;
        r = mounts_get(work.context, &work.mounts);
        while (r >= 0 && (finding = plan_next_finding(plan, finding)))
                r = handle(&work, finding);

        return r < 0 ? r : finish(&work);
}

const struct fixer fixer_swap_configured = {
        .id = "swap-configured",
        .title = "Take swap out of fstab and out of the units that a boot starts",
        .fixes = (const char *const[]){ "swap-configured", NULL },
        .risk = RISK_BOOT,
        .flags = FIXER_OFFLINE,
        .plan = plan_swap_configured,
};
