/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/planned.h"
#include "engine/root.h"

#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Which commands take an option. */
enum {
        OVERVIEW = 1 << 0,
        CHECK = 1 << 1,
        READY = 1 << 2,
        REPORT = 1 << 3,
        EXPLAIN = 1 << 4,
        LIST = 1 << 5,
        FIX = 1 << 6,
        UNDO = 1 << 7,
        HISTORY = 1 << 8,
        WAIVE = 1 << 9,
        STATUS = 1 << 10,
        WATCH = 1 << 11,
        ANY = (1 << 12) - 1,
        JUDGES = OVERVIEW | CHECK | READY | REPORT | EXPLAIN,
        SCANS = JUDGES | FIX | WAIVE,
        ROOTS = SCANS | UNDO | HISTORY,
        ASKS = JUDGES | FIX | UNDO | HISTORY,
};

struct command {
        const char *name;
        unsigned bit;
        size_t least, most; /* how many names it takes */
        int (*run)(const struct arguments *arguments);
        const char *synopsis;
        const char *help;
};

static const struct command commands[] = {
        { "check", CHECK, 0, 64, command_check, "check [NAME...]",
          "judge: all probes, an area, or single ones" },
        { "ready", READY, 0, 0, command_ready, "ready", "the verdict before an image is captured" },
        { "explain", EXPLAIN, 1, 1, command_explain, "explain NAME",
          "why it matters, what was read, what to do" },
        { "fix", FIX, 0, 64, command_fix, "fix NAME...|--all", "plan, show the diff, apply, judge again" },
        { "undo", UNDO, 0, 1, command_undo, "undo [TXN]",
          "bring back every byte, of the last fix or a named one" },
        { "history", HISTORY, 0, 0, command_history, "history", "what was changed, and what became of it" },
        { "waive", WAIVE, 1, 1, command_waive, "waive KEY",
          "accept a finding for a time: --reason, --until; or --remove" },
        { "status", STATUS, 0, 0, command_status, "status", "the daemon, and what it has found last" },
        { "watch", WATCH, 0, 0, command_watch, "watch",
          "a line for each change of the verdict, until Ctrl-C" },
        { "list", LIST, 0, 1, command_list, "list [probes|fixers]", "what can be judged and mended" },
        { "report", REPORT, 0, 0, command_report, "report", "the result in another shape: --format" },
};

static const struct command overview = { "", OVERVIEW, 0, 0, command_overview, "", "" };

struct option_help {
        const char *name;
        const char *argument;
        unsigned commands;
        const char *help;    /* NULL for what is for programs */
        const char *values;  /* that there are, where there are few */
        size_t flag, string; /* AT() where in the arguments it goes; 0 for what is not as simple */
};
#define AT(member) (offsetof(struct arguments, member) + 1)

enum option_id {
        ROOT_DIR,
        ASSUME_LIVE,
        JSON,
        NO_COLOR_,
        CONFIG,
        NO_DAEMON,
        SOCKET,
        ONELINE,
        FRESH,
        FORMAT,
        OUTPUT,
        SEND,
        PROFILE,
        ACTIVE,
        SYSTEM_DISK,
        DRY_RUN,
        ALL,
        YES,
        STRATEGY,
        FORCE,
        INSTALL,
        NOW,
        REASON,
        UNTIL,
        REMOVE,
        HELP,
        VERSION_,
        TABLES,
        OPTION_COUNT
};

static const struct option_help options[] = {
        [ROOT_DIR] = { "root", "DIR", ROOTS, "judge the system mounted at DIR instead of the running one",
                       .string = AT(root) },
        [ASSUME_LIVE] = { "assume-live", NULL, ROOTS,
                          "DIR is a dump of a running system, its proc and sys included",
                          .flag = AT(assume_live) },
        [JSON] = { "json", NULL, ANY, "print one JSON document", .flag = AT(json) },
        [NO_COLOR_] = { "no-color", NULL, ANY, "no colour, on a terminal either", .flag = AT(no_color) },
        [CONFIG] = { "config", "FILE", ANY & ~(STATUS | WATCH),
                     "read FILE instead of /etc/ecs-guest-agent/agent.conf", .string = AT(config) },
        [NO_DAEMON] = { "no-daemon", NULL, ASKS, "judge and mend in this process", .flag = AT(no_daemon) },
        [SOCKET] = { "socket", "FILE", ASKS | STATUS | WATCH, "the daemon that listens there, or nobody",
                     .string = AT(socket) },
        [ONELINE] = { "oneline", NULL, CHECK | READY, "one line of at most 128 characters",
                      .flag = AT(oneline) },
        [FRESH] = { "fresh", NULL, READY, "settle or refuse pending fixes, judge, and write to the disks",
                    .flag = AT(fresh) },
        [FORMAT] = { "format", "NAME", REPORT, "text, json, oneline, html, junit, prometheus or cloudevent",
                     "text json oneline html junit prometheus cloudevent", .string = AT(format) },
        [OUTPUT] = { "output", "FILE", REPORT, "into FILE, at once as a whole", .string = AT(output) },
        [SEND] = { "send", NULL, REPORT, "to the sinks of agent.conf as well, also when it is no news",
                   .flag = AT(send) },
        [PROFILE] = { "profile", "NAME", OVERVIEW | CHECK | REPORT | EXPLAIN | FIX,
                      "boot (default) or capture", "boot capture" },
        [ACTIVE] = { "active", NULL, JUDGES, "also the probes that send packets", .flag = AT(scan.active) },
        [SYSTEM_DISK] = { "system-disk", "DEV", SCANS, "the disk that the system at DIR lies on",
                          .string = AT(scan.system_disk) },
        [DRY_RUN] = { "dry-run", NULL, FIX, "show exactly the bytes, and change nothing",
                      .flag = AT(dry_run) },
        [ALL] = { "all", NULL, FIX, "everything that can be mended; asks first", .flag = AT(all) },
        [YES] = { "yes", NULL, FIX, "do not ask", .flag = AT(yes) },
        [STRATEGY] = { "strategy", "NAME", FIX, "lines of fstab: nofail (default) or comment",
                       "nofail comment" },
        [FORCE] = { "force", NULL, FIX, "also on systems that a fix was not made for",
                    .flag = AT(fix.force) },
        [INSTALL] = { "install", NULL, FIX, "run the package manager for what is missing",
                      .flag = AT(fix.install) },
        [NOW] = { "now", NULL, FIX, "also change the running system, as swapoff does", .flag = AT(fix.now) },
        [REASON] = { "reason", "TEXT", WAIVE, "why the finding is accepted", .string = AT(reason) },
        [UNTIL] = { "until", "DATE", WAIVE, "the last day of it, such as 2027-01-31 (UTC)",
                    .string = AT(until) },
        [REMOVE] = { "remove", NULL, WAIVE, "the finding counts again", .flag = AT(remove) },
        [HELP] = { "help", NULL, ANY, "this text" },
        [VERSION_] = { "version", NULL, ANY, "the version" },
        [TABLES] = { "tables", NULL, ANY, NULL },
};
_Static_assert(ARRAY_SIZE(options) == OPTION_COUNT, "a row for each option");

static int print_help(void)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        buffer_add_string(
                &out,
                "Usage: agentctl [OPTION...] [COMMAND [NAME...]]\n\n"
                "Judges whether this Linux system, or an image of one, will live as an ECS instance.\n\n"
                "Commands (none: the verdict and the worst on one screen):\n");
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
                buffer_addf(&out, "  %-22s %s\n", commands[i].synopsis, commands[i].help);

        buffer_add_string(&out, "\nOptions:\n");
        for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
                _cleanup_free_ char *left =
                        string_format("--%s%s%s", options[i].name, options[i].argument ? " " : "",
                                      options[i].argument ? options[i].argument : "");

                if (!options[i].help)
                        continue;
                if (!left)
                        return fail_memory();
                buffer_addf(&out, "  %-22s %s\n", left, options[i].help);
        }

        buffer_add_string(
                &out,
                "\nExit code: 0 nothing found (ready), 1 found (not ready), 2 usage error, 3 something could "
                "not be\n"
                "judged, 4 refused. NAME is a probe's id or an area: see 'agentctl list'.\n");
        return print_output(&out, EXIT_OK);
}

/* For the completions of shells, in fields between tabs; the options of each command after it. */
static int print_tables(void)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
                buffer_addf(&out, "command\t%s\t%s\n", commands[i].name, commands[i].help);
                for (size_t k = 0; k < ARRAY_SIZE(options); k++)
                        if (options[k].help && (options[k].commands & commands[i].bit))
                                buffer_addf(&out, "option\t%s\t%s\t%s\t%s\t%s\n", commands[i].name,
                                            options[k].name, options[k].help,
                                            options[k].argument ? options[k].argument : "-",
                                            options[k].values ? options[k].values : "");
        }
        add_name_tables(&out);
        return print_output(&out, EXIT_OK);
}

static int print_version(void)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        buffer_add_string(&out, "ecs-guest-agent " VERSION "\n");
        return print_output(&out, EXIT_OK);
}

static int parse_profile(const char *name, enum profile *ret)
{
        for (enum profile profile = 0; profile < PROFILE_COUNT; profile++)
                if (string_equal(name, profile_name(profile))) {
                        *ret = profile;
                        return 0;
                }

        return -EINVAL;
}

static int parse_strategy(const char *name, enum fix_strategy *ret)
{
        if (!string_equal(name, "nofail") && !string_equal(name, "comment"))
                return -EINVAL;

        *ret = string_equal(name, "comment") ? FIX_COMMENT : FIX_NOFAIL;
        return 0;
}

static int take_option(struct arguments *arguments, enum option_id id, const char *value)
{
        const struct option_help *option = &options[id];
        const bool given = true;
        char *place = (char *) arguments;

        if (option->flag > 0)
                memcpy(place + option->flag - 1, &given, sizeof(given));
        if (option->string > 0)
                memcpy(place + option->string - 1, &value, sizeof(value));
        if (id == PROFILE && parse_profile(value, &arguments->scan.profile) < 0)
                return fail(EXIT_USAGE, "no profile is called '%s'; there are boot and capture", value);
        if (id == PROFILE)
                arguments->has_profile = true;
        if (id == STRATEGY && parse_strategy(value, &arguments->fix.strategy) < 0)
                return fail(EXIT_USAGE, "no strategy is called '%s'; there are nofail and comment", value);

        return 0;
}

static const struct command *find_command(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
                if (string_equal(name, commands[i].name))
                        return &commands[i];

        return NULL;
}

/* What the options say against each other or against the command; 0 or an exit code. */
static int check_usage(const struct arguments *arguments, const struct command *command, unsigned given)
{
        for (size_t i = 0; i < ARRAY_SIZE(options); i++)
                if ((given & (1U << i)) && !(options[i].commands & command->bit))
                        return fail(EXIT_USAGE, "'agentctl %s' takes no option --%s", command->name,
                                    options[i].name);

        if (arguments->n_names < command->least || arguments->n_names > command->most)
                return fail(EXIT_USAGE, "use: agentctl %s", command->synopsis);
        if (arguments->json && arguments->oneline)
                return fail(EXIT_USAGE, "--json and --oneline exclude each other");
        if (arguments->assume_live && !arguments->root)
                return fail(EXIT_USAGE, "--assume-live goes with --root");
        if (arguments->socket && (arguments->root || arguments->config || arguments->no_daemon))
                return fail(EXIT_USAGE, "--socket goes with none of --root, --config and --no-daemon");
        if (arguments->send && arguments->root && !arguments->assume_live)
                return fail(EXIT_USAGE,
                            "--send is for the running system: an offline root has nobody who sends");
        if (arguments->send && (arguments->scan.active || arguments->config))
                return fail(EXIT_USAGE, "--send goes with neither --active nor --config");
        if (arguments->scan.system_disk && (!arguments->root || arguments->assume_live))
                return fail(EXIT_USAGE,
                            "--system-disk names the disk of an offline root: it goes with --root");

        return 0;
}

/* getopt_long() leaves a letter in optopt, 0 for a long name that it does not know, and the row of the table
 * for one that takes no argument. */
static int fail_option(char *argv[])
{
        if (optopt > 0 && optopt < OPTION_COUNT)
                return fail(EXIT_USAGE, "--%s takes no argument", options[optopt].name);
        if (optopt > 0)
                return fail(EXIT_USAGE, "no option is called -%c; see agentctl --help", optopt);

        return fail(EXIT_USAGE, "no option is called %s; see agentctl --help", argv[optind - 1]);
}

static int parse_options(int argc, char *argv[], struct arguments *arguments, unsigned *ret_given)
{
        struct option table[OPTION_COUNT + 1] = { 0 };
        int id, r;

        for (size_t i = 0; i < OPTION_COUNT; i++)
                table[i] = (struct option){ .name = options[i].name,
                                            .has_arg = options[i].argument ? required_argument : no_argument,
                                            .val = (int) i };

        /* What is wrong is said here, under the name of the program. */
        opterr = 0;
        while ((id = getopt_long(argc, argv, ":h", table, NULL)) >= 0) {
                if (id == ':')
                        return fail(EXIT_USAGE, "%s takes an argument; see agentctl --help",
                                    argv[optind - 1]);
                if (id == '?')
                        return fail_option(argv);
                if (id == 'h')
                        id = HELP;
                *ret_given |= 1U << id;
                r = take_option(arguments, (enum option_id) id, optarg);
                if (r != 0)
                        return r;
        }

        return 0;
}

int main(int argc, char *argv[])
{
        struct arguments arguments = { .scan = { .profile = PROFILE_BOOT } };
        _cleanup_root_ struct root *machine = NULL;
        const struct command *command = &overview;
        unsigned given = 0;
        int r;

        (void) signal(SIGPIPE, SIG_IGN);

        r = parse_options(argc, argv, &arguments, &given);
        if (r != 0)
                return r;
        if (given & (1U << HELP))
                return print_help();
        if (given & (1U << VERSION_))
                return print_version();
        if (given & (1U << TABLES))
                return print_tables();

        if (optind < argc) {
                command = find_command(argv[optind]);
                if (!command)
                        return fail(EXIT_USAGE, "no command is called '%s'; see agentctl --help",
                                    argv[optind]);
                optind++;
        }
        arguments.names = (const char *const *) argv + optind;
        arguments.n_names = (size_t) (argc - optind);

        r = check_usage(&arguments, command, given);
        if (r != 0)
                return r;

        arguments.scan.time = current_time();
        if (arguments.scan.system_disk) {
                r = root_open("/", ROOT_LIVE, &machine);
                if (r < 0)
                        return fail(EXIT_REFUSED, "cannot open '/': %s", strerror(-r));
                arguments.scan.machine = machine;
        }

        return command->run(&arguments);
}
