/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "engine/kdump-place.h"
#include "formats/kdump-conf.h"
#include "formats/shell-vars.h"

#include <string.h>

/* A directory that is missing is made. Where the place itself will not do, such as a data disk that a clone
 * does not have, dumps go to the default directory, when that is any better. What only the owner of the data
 * can decide, such as what may go from a full file system, is refused. */

#define DIRECTORY KDUMP_CONF_DEFAULT_PATH
#define MASK(problem) (1U << (problem))

/* Why none of the findings is cured. */
static int refuse(struct plan *plan, const char *format, ...) _printf_(2, 3);

static int refuse(struct plan *plan, const char *format, ...)
{
        const struct finding *finding = NULL;
        _cleanup_free_ char *reason = NULL;
        va_list arguments;
        int r = 0;

        va_start(arguments, format);
        reason = string_formatv(format, arguments);
        va_end(arguments);
        if (!reason)
                return -ENOMEM;

        while (r >= 0 && (finding = plan_next_finding(plan, finding)))
                r = plan_refuse(plan, finding, "%s", reason);
        return r;
}

/* Not to be cured by another directory. */
static const struct {
        enum kdump_problem problem;
        const char *reason;
} refusals[] = {
        { KDUMP_NOT_MOUNTED,
          "its file system is to be mounted at boot and is not mounted now: mount it, or find "
          "out why it could not be" },
        { KDUMP_FULL, "its file system has no room, and what may go from there only its owner knows" },
};

/* To be cured by another directory. */
static const unsigned movable = MASK(KDUMP_BY_HAND) | MASK(KDUMP_IS_FILE) | MASK(KDUMP_READ_ONLY) |
                                MASK(KDUMP_IN_MEMORY) | MASK(KDUMP_ON_DATA_DISK);

static int edit_red_hat(struct text content, struct buffer *out)
{
        _cleanup_kdump_conf_ struct kdump_conf *conf = NULL;
        int r;

        r = kdump_conf_parse(content.data, content.len, &conf);
        if (r >= 0)
                r = kdump_conf_set(conf, "path", TEXT(DIRECTORY));
        if (r < 0)
                return r;

        kdump_conf_print(conf, out);
        return 0;
}

/* -EPERM with a reason when the line is not to be edited. */
static int edit_shell(struct text content, const char *variable, struct buffer *out, const char **ret_reason)
{
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        const struct shell_assignment *assignment;
        int r;

        r = shell_vars_parse(content.data, content.len, &vars);
        if (r < 0)
                return r;
        assignment = shell_vars_last(vars, variable);
        *ret_reason = assignment ? assignment->not_plain : "no line of it sets the directory";
        if (*ret_reason)
                return -EPERM;
        r = shell_vars_set_value(vars, assignment,
                                 text_starts(assignment->value, "file://") ? TEXT("file://" DIRECTORY)
                                                                           : TEXT(DIRECTORY));
        if (r < 0)
                return r;

        shell_vars_print(vars, out);
        return 0;
}

static int edit(const struct host *host, struct text content, struct buffer *out, const char **ret_reason)
{
        int r;

        if (host_is_debian_like(host))
                r = edit_shell(content, "KDUMP_COREDIR", out, ret_reason);
        else if (host->family == HOST_SUSE)
                r = edit_shell(content, "KDUMP_SAVEDIR", out, ret_reason);
        else
                r = edit_red_hat(content, out);

        return r >= 0 && out->failed ? -ENOMEM : r;
}

/* What is loaded now still has the old place. */
static int restart(struct plan *plan)
{
        static const char *const programs[] = { "/usr/bin/systemctl", "/bin/systemctl" };
        struct context *context = plan_context(plan);
        const struct kdump_family *family = kdump_family(context_host(context));

        if (!plan_options(plan)->commands || !context_host(context)->systemd)
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
                const char *const argv[] = { programs[i], "try-restart", family->unit, NULL };
                int r = root_exists(context_root(context), programs[i]);

                if (r < 0)
                        return r;
                if (r > 0)
                        return plan_run(plan, argv, argv);
        }

        return 0;
}

static int set_directory(struct plan *plan, const struct kdump_settings *settings)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct context *context = plan_context(plan);
        const struct root_file *file;
        const char *reason = NULL;
        int r;

        r = root_read(context_root(context), settings->path, &file);
        if (r >= 0)
                r = edit(context_host(context), file->content, &out, &reason);
        if (r == -EPERM && reason)
                return refuse(plan, "'%s' cannot be edited safely: %s", settings->path, reason);
        if (r >= 0)
                r = plan_write(plan, settings->path, (struct text){ out.data, out.len }, 0644);

        return r < 0 ? r : restart(plan);
}

/* The directory that dumps go to when nothing says otherwise, as a place of its own. */
static int look_at_default(struct context *context, struct kdump_place *ret)
{
        char directory[] = DIRECTORY;
        const struct kdump_settings settings = { .destination = KDUMP_TO_DIRECTORY, .directory = directory };

        return kdump_place(context, &settings, ret);
}

static int move(struct plan *plan, const struct kdump_settings *settings, const struct kdump_place *place)
{
        _cleanup_kdump_place_ struct kdump_place other = { 0 };
        int r;

        if (settings->destination == KDUMP_TO_DEVICE)
                return refuse(plan,
                              "'%s' names the device that dumps go to, and only its owner knows whether "
                              "that line may go",
                              settings->path);
        r = look_at_default(plan_context(plan), &other);
        if (r < 0)
                return r;
        if (string_equal(other.directory, place->directory))
                return refuse(plan, "'" DIRECTORY "', where dumps go by default, is the very place: what is "
                                    "mounted there is for fstab to say");
        if (other.problems & ~MASK(KDUMP_NO_DIRECTORY))
                return refuse(plan, "'" DIRECTORY "', where dumps go by default, is no better");

        if (other.problems)
                r = plan_directory(plan, other.directory, 0755);
        return r < 0 ? r : set_directory(plan, settings);
}

static int cure(struct plan *plan, const struct kdump_settings *settings, const struct kdump_place *place)
{
        for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
                if (place->problems & MASK(refusals[i].problem))
                        return refuse(plan, "%s", refusals[i].reason);
        if (place->problems & movable)
                return move(plan, settings, place);

        /* By the name that was given, so that a link to nowhere is not taken for a wish. */
        return plan_directory(plan,
                              settings->destination == KDUMP_TO_DIRECTORY && settings->directory[0] == '/'
                                      ? settings->directory
                                      : place->directory,
                              0755);
}

static int plan_kdump_target(struct plan *plan)
{
        _cleanup_kdump_place_ struct kdump_place place = { 0 };
        const struct kdump_settings *settings;
        int r;

        r = kdump_settings_get(plan_context(plan), &settings);
        if (r < 0)
                return r;
        if (settings->fault)
                return refuse(plan,
                              "what line %u of '%s' was meant to say cannot be told, and the tools refuse "
                              "the file as it is: %s",
                              settings->fault_line, settings->path, settings->fault);

        r = kdump_place(plan_context(plan), settings, &place);
        return r < 0 ? r : cure(plan, settings, &place);
}

const struct fixer fixer_kdump_target = {
        .id = "kdump-target",
        .title = "Let dumps go to a directory that exists and travels with an image",
        .fixes = (const char *const[]){ "kdump-target", NULL },
        .risk = RISK_SERVICE,
        .flags = FIXER_OFFLINE,
        .plan = plan_kdump_target,
};
