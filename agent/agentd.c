/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#define RUN_DIRECTORY "/run/ecs-guest-agent"

enum { EXIT_USAGE = 2, EXIT_REFUSED = 4 };

enum option_id { CONFIG, ROOT_DIR, RUN_DIR, LOG, HELP, VERSION_, OPTION_COUNT };

static const struct option option_table[OPTION_COUNT + 1] = {
        [CONFIG] = { "config", required_argument, NULL, CONFIG },
        [ROOT_DIR] = { "root", required_argument, NULL, ROOT_DIR },
        [RUN_DIR] = { "run-directory", required_argument, NULL, RUN_DIR },
        [LOG] = { "log", required_argument, NULL, LOG },
        [HELP] = { "help", no_argument, NULL, HELP },
        [VERSION_] = { "version", no_argument, NULL, VERSION_ },
};

static const char help[] =
        "Usage: agentd [OPTION...]\n\n"
        "Judges this system at boot and when it changes, mends what agent.conf names, and answers local\n"
        "programs over Varlink. It is started by systemd; 'agentctl status' asks it how it is.\n\n"
        "Options:\n"
        "  --config FILE          read FILE instead of /etc/ecs-guest-agent/agent.conf\n"
        "  --root DIR             serve the dump of a running system at DIR, proc and sys included\n"
        "  --run-directory DIR    of the socket and report.json (/run/ecs-guest-agent)\n"
        "  --log WHERE            journal, stderr, or auto (default): the journal where there is one\n"
        "  --help                 this text\n"
        "  --version              the version\n\n"
        "Signals: SIGHUP reads the configuration again; SIGTERM stops, after a change that has begun.\n"
        "Exit code: 0 stopped, 2 usage error, 4 it cannot run.\n";

static int fail(int code, const char *format, ...) _printf_(2, 3);
static int fail(int code, const char *format, ...)
{
        _cleanup_buffer_ struct buffer message = { 0 }, shown = { 0 };
        va_list arguments;

        va_start(arguments, format);
        buffer_addv(&message, format, arguments);
        va_end(arguments);
        buffer_add_escaped(&shown, (struct text){ message.data, message.len });
        (void) fprintf(stderr, "agentd: %s\n", shown.data ? shown.data : "out of memory");
        return code;
}

static int parse_target(const char *name, enum event_target *ret)
{
        if (event_target_parse(name, ret) >= 0)
                return 0;

        return fail(EXIT_USAGE, "events cannot go to '%s'; there are auto, journal and stderr", name);
}

/* 0 to go on, else the exit code plus one. */
static int parse_options(int argc, char *argv[], struct daemon_options *options, enum event_target *target)
{
        int id, r;

        opterr = 0;
        while ((id = getopt_long(argc, argv, ":h", option_table, NULL)) >= 0) {
                switch (id) {
                case CONFIG:
                        options->config = optarg;
                        break;
                case ROOT_DIR:
                        options->root = optarg;
                        break;
                case RUN_DIR:
                        options->run_directory = optarg;
                        break;
                case LOG:
                        r = parse_target(optarg, target);
                        if (r != 0)
                                return r + 1;
                        break;
                case HELP:
                case 'h':
                        return (fputs(help, stdout) < 0 || fflush(stdout) < 0 ? EXIT_REFUSED : 0) + 1;
                case VERSION_:
                        return (puts("ecs-guest-agent " VERSION) < 0 || fflush(stdout) < 0 ? EXIT_REFUSED
                                                                                           : 0) +
                               1;
                case ':':
                        return fail(EXIT_USAGE, "%s takes an argument; see agentd --help", argv[optind - 1]) +
                               1;
                default:
                        return fail(EXIT_USAGE, "no option is called %s; see agentd --help",
                                    argv[optind - 1]) +
                               1;
                }
        }
        if (optind < argc)
                return fail(EXIT_USAGE, "'%s' is one word too many; see agentd --help", argv[optind]) + 1;

        return 0;
}

/* The kernel's answers, since what happens later must not depend on where we were started. 0, or an exit
 * code. */
static int make_absolute(const char **path, char **ret)
{
        if (!*path)
                return 0;
        *ret = realpath(*path, NULL);
        if (!*ret)
                return fail(EXIT_REFUSED, "cannot use '%s': %s", *path, strerror(errno));

        *path = *ret;
        return 0;
}

static void signalled(const struct signalfd_siginfo *info, void *userdata)
{
        if (info->ssi_signo == SIGHUP)
                daemon_reload(userdata);
        else
                daemon_stop(userdata);
}

static int serve(const struct daemon_options *options)
{
        static const int signals[] = { SIGTERM, SIGINT, SIGHUP, 0 };
        struct daemon daemon;
        int r;

        r = daemon_start(&daemon, options);
        if (r >= 0)
                r = loop_watch_signals(daemon.loop, signals, signalled, &daemon);
        if (r >= 0)
                r = loop_run(daemon.loop);
        daemon_done(&daemon);

        return r < 0 ? fail(EXIT_REFUSED, "cannot run: %s", strerror(-r)) : r;
}

int main(int argc, char *argv[])
{
        struct daemon_options options = { .run_directory = RUN_DIRECTORY };
        _cleanup_free_ char *root = NULL, *config = NULL;
        enum event_target target = EVENT_TO_ANY;
        int r;

        r = parse_options(argc, argv, &options, &target);
        if (r != 0)
                return r - 1;
        r = make_absolute(&options.root, &root);
        if (r == 0)
                r = make_absolute(&options.config, &config);
        if (r != 0)
                return r;

        (void) signal(SIGPIPE, SIG_IGN);
        (void) umask(022);
        /* Set by the drop-in that confines us. */
        if (string_equal(getenv("ECS_GUEST_AGENT_COMMANDS"), "systemd-run"))
                options.runner = "/usr/bin/systemd-run";
        event_open(target, "agentd");
        return serve(&options);
}
