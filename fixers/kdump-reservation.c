/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit.h"
#include "engine/fixer.h"
#include "engine/kdump-reserve.h"
#include "formats/shell-vars.h"

#include <string.h>

/* crashkernel= in every command line that the next boot and later kernels read: the distribution's own
 * default where nothing is reserved, and without an address where one was given. What reserves memory as it
 * stands, if perhaps not as it was meant, is left to whoever wrote it. */

struct work {
        struct plan *plan;
        struct context *context;
        char *value; /* "crashkernel=…", of SUSE perhaps several with blanks between; NULL: not to be set */
        bool own_file; /* templates get it from the file that Debian's package keeps for it */
};

static void work_done(struct work *work)
{
        free(work->value);
}

static bool is_about_nothing(const struct finding *finding)
{
        struct text key = text_from_string(finding->key);

        return text_ends(key, ":next") || text_ends(key, ":future");
}

static bool is_any(const struct finding *finding)
{
        return true;
}

static bool is_about_offset(const struct finding *finding)
{
        return text_ends(text_from_string(finding->key), "-offset");
}

static int refuse(struct plan *plan, bool (*is_it)(const struct finding *finding), const char *reason)
{
        const struct finding *finding = NULL;
        int r = 0;

        while (r >= 0 && (finding = plan_next_finding(plan, finding)))
                if (is_it(finding))
                        r = plan_refuse(plan, finding, "%s", reason);

        return r;
}

static bool is_about_rest(const struct finding *finding)
{
        return !is_about_nothing(finding) && !is_about_offset(finding);
}

static bool has_any(const struct plan *plan, bool (*is_it)(const struct finding *finding))
{
        const struct finding *finding = NULL;

        while ((finding = plan_next_finding(plan, finding)))
                if (is_it(finding))
                        return true;

        return false;
}

/* "256M@16M" without the address. */
static int drop_offset(struct kernel_cmdline *cmdline, size_t index)
{
        struct text value = cmdline->tokens[index].value, size, offset;
        _cleanup_free_ char *token = NULL;

        if (!text_split(value, '@', &size, &offset))
                return 0;
        token = string_format("crashkernel=%.*s", TEXT_ARGS(size));
        if (!token)
                return -ENOMEM;
        return kernel_cmdline_replace(cmdline, index, text_from_string(token));
}

static int drop_offsets(struct kernel_cmdline *cmdline)
{
        int r = 0;

        for (size_t i = 0; i < cmdline->n_kernel && r >= 0; i++)
                if (kernel_cmdline_key_equal(cmdline->tokens[i].key, "crashkernel"))
                        r = drop_offset(cmdline, i);

        return r < 0 ? r : 1;
}

/* The first takes the place of the old one, the others of that name go; more are put behind it. */
static int set_value(struct kernel_cmdline *cmdline, const char *value)
{
        struct text rest = text_from_string(value), token;
        size_t at = cmdline->n_kernel;
        int r = 0;

        for (size_t i = cmdline->n_kernel; i > 0; i--) {
                if (!kernel_cmdline_key_equal(cmdline->tokens[i - 1].key, "crashkernel"))
                        continue;
                if (at < cmdline->n_kernel)
                        kernel_cmdline_remove(cmdline, at);
                at = i - 1;
        }

        if (at < cmdline->n_kernel && text_next_word(&rest, " \t", &token))
                r = kernel_cmdline_replace(cmdline, at++, token);
        for (; r >= 0 && text_next_word(&rest, " \t", &token); at++)
                r = at < cmdline->n_kernel ? kernel_cmdline_insert(cmdline, at, token)
                                           : kernel_cmdline_append(cmdline, token);

        return r < 0 ? r : 1;
}

static int edit_line(struct kernel_cmdline *cmdline, const struct boot_line *line, void *userdata)
{
        _cleanup_reservation_ struct kdump_reservation reservation = { 0 };
        const struct work *work = userdata;
        int r;

        /* Debian's recovery entries lack it by design. */
        if (!boot_line_counts(line) || (work->own_file && line->role == BOOT_FUTURE))
                return 0;
        r = kdump_reservation(work->context, line, &reservation);
        if (r < 0)
                return r;

        switch (reservation.certainty) {
        case KDUMP_RESERVES_NOTHING:
        case KDUMP_RESERVES_PERHAPS:
                return work->value ? set_value(cmdline, work->value) : 0;
        case KDUMP_RESERVES:
                return reservation.warnings & (1U << CRASHKERNEL_WARNING_OFFSET) ? drop_offsets(cmdline) : 0;
        default:
                return 0;
        }
}

/* Whether a template of Debian lacks the parameter: 1, 0 or a negative errno. Where it has one that will not
 * do, that is replaced where it stands. */
static int template_lacks_it(struct context *context)
{
        const struct boot *boot;
        int r;

        if (!host_is_debian_like(context_host(context)))
                return 0;
        r = boot_get(context, &boot);
        for (size_t i = 0; r >= 0 && i < boot->n_lines; i++) {
                const struct boot_line *line = &boot->lines[i];

                if (line->role == BOOT_FUTURE && boot_line_counts(line) && !line->uncertain)
                        return !kernel_cmdline_first(line->cmdline, "crashkernel");
        }

        return r < 0 ? r : 0;
}

/* The line that kdump-tools brings there, behind what the file holds. */
static int write_own_file(struct work *work)
{
        static const char path[] = "/etc/default/grub.d/kdump-tools.cfg";
        _cleanup_buffer_ struct buffer out = { 0 };
        const struct root_file *file;
        int r;

        r = root_read(context_root(work->context), path, &file);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r >= 0) {
                buffer_add_text(&out, file->content);
                if (file->content.len > 0 && file->content.data[file->content.len - 1] != '\n')
                        buffer_add_char(&out, '\n');
        }
        buffer_addf(&out, "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT %s\"\n", work->value);
        if (out.failed)
                return -ENOMEM;

        work->own_file = true;
        return plan_write(work->plan, path, (struct text){ out.data, out.len }, 0644);
}

static int edit_all(struct work *work)
{
        _cleanup_boot_edit_ struct boot_edit_result result = { 0 };
        int r;

        r = work->value ? template_lacks_it(work->context) : 0;
        if (r > 0)
                r = write_own_file(work);
        if (r < 0)
                return r;

        r = boot_edit(work->plan, edit_line, work, &result);
        return r < 0 ? r : boot_edit_refuse(work->plan, &result);
}

/* SUSE keeps the value in its own setting: parameters as they are written on the line, or "auto" for what
 * kdumptool works out on the machine. 1 when they were found, 0 for "auto", -ENOENT when this release has no
 * such setting. */
static int read_suse(struct work *work)
{
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        const char *path = kdump_family(context_host(work->context))->configuration;
        const struct root_file *file;
        struct shell_value value;
        int r;

        r = root_read(context_root(work->context), path, &file);
        if (r >= 0)
                r = shell_vars_parse(file->content.data, file->content.len, &vars);
        if (r < 0)
                return r;
        if (shell_vars_get(vars, "KDUMP_CRASHKERNEL", &value) != SHELL_CERTAIN)
                return -ENOENT;
        if (!text_contains(value.text, "crashkernel="))
                return 0;

        work->value = text_dup(value.text);
        return work->value ? 1 : -ENOMEM;
}

/* kdumptool of a release with that setting works the value out and writes it, through the boot loader's
 * tools.
 */
static int run_kdumptool(struct work *work)
{
        static const char *const argv[] = { "/usr/sbin/kdumptool", "commandline", "-u", NULL };
        static const char *const undo_argv[] = { "/usr/sbin/kdumptool", "commandline", "-d", NULL };

        if (!plan_options(work->plan)->commands)
                return refuse(work->plan, is_about_nothing,
                              "SUSE works the value out on the machine: 'kdumptool commandline -u' there, or "
                              "KDUMP_CRASHKERNEL=\"crashkernel=…\" in '/etc/sysconfig/kdump'");

        return plan_run(work->plan, argv, undo_argv);
}

static int find_suse_value(struct work *work)
{
        int r;

        r = read_suse(work);
        if (r == -ENOENT)
                return refuse(work->plan, is_about_nothing,
                              "this release keeps no value of its own: 'yast2 kdump', or crashkernel= as "
                              "'kdumptool calibrate' works it out on the machine");
        if (r < 0)
                return r;

        return r > 0 ? 0 : run_kdumptool(work);
}

/* Whether the value reserves anything here: 1 or 0. */
static int judge_value(const struct work *work)
{
        _cleanup_reservation_ struct kdump_reservation reservation = { 0 };
        const struct boot_line line = { .role = BOOT_NEXT, .text = work->value };
        int r;

        r = kdump_reservation(work->context, &line, &reservation);
        return r < 0 ? r : reservation.certainty == KDUMP_RESERVES;
}

static int find_default(struct work *work)
{
        const struct kdump_family *family = kdump_family(context_host(work->context));
        _cleanup_free_ char *value = NULL, *reason = NULL;
        int r;

        r = kdump_default_reservation(work->context, &value);
        if (r < 0)
                return r;
        if (!value) {
                reason = string_format("what this distribution sets crashkernel= to is not known: %s",
                                       family->reserve);
                return reason ? refuse(work->plan, is_about_nothing, reason) : -ENOMEM;
        }

        work->value = string_format("crashkernel=%s", value);
        return work->value ? 0 : -ENOMEM;
}

/* Sets the value, or refuses the findings that want one. */
static int find_value(struct work *work)
{
        _cleanup_free_ char *reason = NULL;
        int r;

        if (context_host(work->context)->family == HOST_SUSE)
                r = find_suse_value(work);
        else
                r = find_default(work);
        if (r < 0 || !work->value)
                return r;
        r = judge_value(work);
        if (r != 0)
                return r < 0 ? r : 0;

        reason = string_format(
                "%s, the default here, does not surely reserve anything with the memory of this machine",
                work->value);
        if (!reason)
                return -ENOMEM;
        free(work->value);
        work->value = NULL;
        return refuse(work->plan, is_about_nothing, reason);
}

static int plan_kdump_reservation(struct plan *plan)
{
        _cleanup_(work_done) struct work work = { .plan = plan, .context = plan_context(plan) };
        const struct kdump_tool *missing;
        int r;

        r = kdump_missing_tool(work.context, &missing);
        if (r < 0)
                return r;
        if (missing)
                return refuse(plan, is_any,
                              "memory would be set aside for nothing while the tools are missing: see "
                              "kdump-tools");

        r = refuse(plan, is_about_rest,
                   "memory is reserved as it stands; what was meant only whoever wrote it knows");
        if (r >= 0 && has_any(plan, is_about_nothing))
                r = find_value(&work);
        if (r < 0 || (!work.value && !has_any(plan, is_about_offset)))
                return r;

        return edit_all(&work);
}

const struct fixer fixer_kdump_reservation = {
        .id = "kdump-reservation",
        .title = "Reserve memory for a crash kernel on the kernel command line",
        .fixes = (const char *const[]){ "kdump-reservation", NULL },
        .risk = RISK_BOOT,
        .flags = FIXER_OFFLINE | FIXER_REBOOT,
        .plan = plan_kdump_reservation,
};
