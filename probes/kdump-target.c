/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/host.h"
#include "engine/kdump-place.h"
#include "engine/probe.h"

#include <inttypes.h>

/* Whether the place that dumps go to is there, can be written, has room, and travels with an image. A server
 * cannot be judged from here: that is said, and is no pass. */

/* Texts take the directory and, second, the mount point that it lies below. */
static const struct {
        const char *key;
        enum outcome outcome;
        const char *text;
} problems[KDUMP_PROBLEM_COUNT] = {
        [KDUMP_BY_HAND] = { "unmounted", OUTCOME_FAIL,
                            "dumps for '%s' miss their file system: nothing mounts '%s' at boot" },
        [KDUMP_NOT_MOUNTED] = { "unmounted", OUTCOME_FAIL,
                                "dumps for '%s' miss their file system: '%s' is not mounted" },
        [KDUMP_HIDDEN] = { "missing", OUTCOME_UNKNOWN,
                           "whether '%s' exists cannot be told: '%s' is a file system of its own, which this "
                           "root "
                           "does not hold" },
        [KDUMP_NO_DIRECTORY] = { "missing", OUTCOME_FAIL,
                                 "'%s' does not exist, so no dump can be written there" },
        [KDUMP_IS_FILE] = { "missing", OUTCOME_FAIL,
                            "'%s' is no directory, so no dump can be written there" },
        [KDUMP_READ_ONLY] = { "read-only", OUTCOME_FAIL,
                              "'%s' lies on a file system that is mounted read-only, so no dump can be "
                              "written there" },
        [KDUMP_FULL] = { "full", OUTCOME_FAIL,
                         "'%s' lies on a file system with less than 256 MiB or no inode free, which is no "
                         "room for a "
                         "dump" },
        [KDUMP_ON_SERVER] = { "nfs", OUTCOME_UNKNOWN,
                              "'%s' lies on the network file system at '%s': whether its server takes dumps "
                              "cannot be "
                              "seen from here" },
        [KDUMP_IN_MEMORY] = { "memory", OUTCOME_FAIL,
                              "'%s' lies in memory, so dumps are lost with the crash" },
        [KDUMP_DISK_UNKNOWN] = { "data-disk", OUTCOME_UNKNOWN,
                                 "whether '%s' lies on the system disk could not be shown: a clone may not "
                                 "have '%s'" },
        [KDUMP_ON_DATA_DISK] = { "data-disk", OUTCOME_FAIL,
                                 "'%s' lies on a data disk, mounted at '%s', which a clone does not have" },
};

static void report_problem(struct context *context, const struct kdump_settings *settings,
                           const struct kdump_place *place, enum kdump_problem problem)
{
        const char *where = place->entry ? place->entry->where : "/";
        _cleanup_free_ char *text = string_format(problems[problem].text, place->directory, where);
        _cleanup_free_ char *disks = NULL;
        struct finding *finding;

        if (problems[problem].outcome == OUTCOME_FAIL)
                finding = probe_fail(context, problems[problem].key, "%s", text ? text : "");
        else
                finding = probe_unknown(context, problems[problem].key, "%s", text ? text : "");
        if (place->entry && problem != KDUMP_NO_DIRECTORY && problem != KDUMP_IS_FILE)
                finding_set_place(context, finding, place->entry->path, place->entry->number);
        else
                finding_set_place(context, finding, settings->path, settings->line);
        finding_set_actual(context, finding, "%s", place->directory);

        if (problem == KDUMP_FULL)
                finding_add_fact(context, finding, "freeMiB", "%" PRIu64, place->free / (1024 * 1024));
        if (problem == KDUMP_ON_DATA_DISK && place->block) {
                disks = device_disks(place->block);
                finding_add_fact(context, finding, "disks", "%s", disks ? disks : "");
        }
}

static int judge_place(struct context *context, const struct kdump_settings *settings)
{
        _cleanup_kdump_place_ struct kdump_place place = { 0 };
        struct finding *finding;
        int r;

        r = kdump_place(context, settings, &place);
        if (r == -ENODATA) {
                finding = probe_unknown(
                        context, "device",
                        "dumps go to device '%s', and no line of /etc/fstab says where that is mounted",
                        settings->location);
                finding_set_place(context, finding, settings->path, settings->line);
                return 0;
        }
        if (r < 0)
                return r;

        for (size_t i = 0; i < KDUMP_PROBLEM_COUNT; i++)
                if (place.problems & (1U << i))
                        report_problem(context, settings, &place, (enum kdump_problem) i);
        if (place.problems == 0) {
                finding = probe_pass(context, NULL, "dumps go to '%s'", place.directory);
                finding_set_place(context, finding, settings->path, settings->line);
        }
        return 0;
}

/* A place that is not a directory of this machine. */
static void report_elsewhere(struct context *context, const struct kdump_settings *settings)
{
        static const struct {
                const char *key, *text;
        } places[KDUMP_TO_COUNT] = {
                [KDUMP_TO_RAW] = { "raw", "the partition '%s', whose room, and whether a clone has it," },
                [KDUMP_TO_NFS] = { "nfs", "the NFS export '%s': whether it can be reached and written" },
                [KDUMP_TO_SSH] = { "ssh", "'%s' by ssh: whether that can be reached and takes our key" },
                [KDUMP_TO_NETWORK] = { "network", "the server '%s': whether it can be reached and written" },
                [KDUMP_TO_OTHER] = { "other", "'%s': whether that can be mounted and written" },
        };
        _cleanup_free_ char *text = string_format(places[settings->destination].text, settings->location);
        struct finding *finding;

        finding = probe_unknown(context, places[settings->destination].key,
                                "dumps go to %s cannot be seen from here", text ? text : settings->location);
        finding_set_place(context, finding, settings->path, settings->line);
        finding_set_actual(context, finding, "%s", settings->location);
}

static int run(struct context *context)
{
        const struct kdump_settings *settings;
        const struct kdump_tool *missing;
        struct finding *finding;
        int r;

        r = kdump_missing_tool(context, &missing);
        if (r < 0)
                return r;
        if (missing)
                return probe_skip(context, "the tools are not installed: see kdump-tools");
        r = kdump_settings_get(context, &settings);
        if (r < 0)
                return r;

        if (settings->fault) {
                finding = probe_fail(context, "configuration", "kdump refuses '%s': %s", settings->path,
                                     settings->fault);
                finding_set_place(context, finding, settings->path, settings->fault_line);
        }
        if (settings->uncertain) {
                finding = probe_unknown(context, NULL, "where dumps go cannot be told: %s",
                                        settings->uncertain);
                finding_set_place(context, finding, settings->path, settings->line);
                return 0;
        }
        if (settings->destination != KDUMP_TO_DIRECTORY && settings->destination != KDUMP_TO_DEVICE) {
                report_elsewhere(context, settings);
                return 0;
        }
        return judge_place(context, settings);
}

const struct probe probe_kdump_target = {
        .id = "kdump-target",
        .area = "kdump",
        .title = "The place that dumps go to exists, can be written and travels with an image",
        .reason = "A crash kernel that finds no place for the dump throws it away and reboots. On a data "
                  "disk the place "
                  "is gone in every clone of the image.",
        .remedy = "Create the directory, or let dumps go to /var/crash on the system disk (\"path "
                  "/var/crash\" in "
                  "/etc/kdump.conf), and restart the kdump service.",
        .references =
                (const char *const[]){ "kdump.conf(5)", "kdump-tools(5)", "kdump(5)", "fstab(5)", NULL },
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = kdump_apply,
        .run = run,
};
