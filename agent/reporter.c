/* SPDX-License-Identifier: Apache-2.0 */
#include "base/files.h"
#include "control/deliver.h"
#include "control/events.h"
#include "control/state.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#define HOME "/var/lib/ecs-guest-agent"

enum {
        EXIT_USAGE = 2,
        EXIT_REFUSED = 4,
        WAIT_S = 60,
        SPREAD_S = 60,
        YOUNG_S = 5 * 60, /* so long after the boot others may have booted with us */
        SECONDS_MAX = 3600,
        BOOT_ID_MAX = 128,
};

enum option_id {
        CONFIG,
        STATE,
        OUTBOX,
        WAIT,
        ONCE,
        SPREAD,
        METADATA,
        DMI,
        LOG,
        HELP,
        VERSION_,
        OPTION_COUNT
};

static const struct option option_table[OPTION_COUNT + 1] = {
        [CONFIG] = { "config", required_argument, NULL, CONFIG },
        [STATE] = { "state-directory", required_argument, NULL, STATE },
        [OUTBOX] = { "outbox", required_argument, NULL, OUTBOX },
        [WAIT] = { "wait", required_argument, NULL, WAIT },
        [ONCE] = { "once", no_argument, NULL, ONCE },
        [SPREAD] = { "spread", required_argument, NULL, SPREAD },
        [METADATA] = { "metadata", required_argument, NULL, METADATA },
        [DMI] = { "dmi", required_argument, NULL, DMI },
        [LOG] = { "log", required_argument, NULL, LOG },
        [HELP] = { "help", no_argument, NULL, HELP },
        [VERSION_] = { "version", no_argument, NULL, VERSION_ },
};

static const char help[] =
        "Usage: agent-reporter [OPTION...]\n\n"
        "Delivers the reports that lie in the outbox to the sinks of agent.conf, and ends. It is started by\n"
        "systemd; 'agentctl status' shows what waits.\n\n"
        "Options:\n"
        "  --config FILE          read FILE instead of /etc/ecs-guest-agent/agent.conf\n"
        "  --outbox DIR           of the reports (" HOME "/outbox)\n"
        "  --state-directory DIR  of what is remembered (" HOME "/reporter)\n"
        "  --wait SECONDS         of all pauses before another try within this run (60)\n"
        "  --once                 the same as --wait 0\n"
        "  --spread SECONDS       soon after a boot: wait a random part of this before the first try (60)\n"
        "  --metadata URL         ask there instead of http://100.100.100.200\n"
        "  --dmi DIR              look there for what machine this is, instead of /sys/class/dmi/id\n"
        "  --log WHERE            journal, stderr, or auto (default): the journal where there is one\n"
        "  --help                 this text\n"
        "  --version              the version\n\n"
        "Exit code: 0 done, also where a report has to wait; 2 usage error; 4 it cannot run.\n";

struct options {
        const char *config, *state, *outbox;
        unsigned wait_s, spread_s;
        struct metadata_options metadata;
        enum event_target target;
};

static int fail(int code, const char *format, ...) _printf_(2, 3);
static int fail(int code, const char *format, ...)
{
        _cleanup_buffer_ struct buffer message = { 0 }, shown = { 0 };
        va_list arguments;

        va_start(arguments, format);
        buffer_addv(&message, format, arguments);
        va_end(arguments);
        buffer_add_escaped(&shown, (struct text){ message.data, message.len });
        (void) fprintf(stderr, "agent-reporter: %s\n", shown.data ? shown.data : "out of memory");
        return code;
}

static int print(const char *text)
{
        return fputs(text, stdout) < 0 || fflush(stdout) < 0 ? EXIT_REFUSED : 0;
}

static int parse_seconds(const char *text, unsigned *ret)
{
        uint64_t seconds;

        if (text_parse_u64(text_from_string(text), &seconds) < 0 || seconds > SECONDS_MAX)
                return fail(EXIT_USAGE, "'%s' is no number of seconds up to %d", text, SECONDS_MAX);
        *ret = (unsigned) seconds;
        return 0;
}

/* 0 to go on, else the exit code plus one. */
static int take_option(int id, struct options *options)
{
        const char **const strings[OPTION_COUNT] = { [CONFIG] = &options->config,
                                                     [STATE] = &options->state,
                                                     [OUTBOX] = &options->outbox,
                                                     [METADATA] = &options->metadata.base,
                                                     [DMI] = &options->metadata.dmi };
        int r = 0;

        if (id >= 0 && id < OPTION_COUNT && strings[id])
                *strings[id] = optarg;
        else if (id == WAIT)
                r = parse_seconds(optarg, &options->wait_s);
        else if (id == SPREAD)
                r = parse_seconds(optarg, &options->spread_s);
        else if (id == ONCE)
                options->wait_s = 0;
        else if (id == LOG)
                r = event_target_parse(optarg, &options->target) < 0
                            ? fail(EXIT_USAGE, "events cannot go to '%s'; there are auto, journal and stderr",
                                   optarg)
                            : 0;
        else if (id == HELP || id == 'h')
                return print(help) + 1;
        else if (id == VERSION_)
                return print("ecs-guest-agent " VERSION "\n") + 1;

        return r == 0 ? 0 : r + 1;
}

static int parse_options(int argc, char *argv[], struct options *options)
{
        int id, r;

        opterr = 0;
        while ((id = getopt_long(argc, argv, ":h", option_table, NULL)) >= 0) {
                if (id == ':' || id == '?')
                        return fail(EXIT_USAGE,
                                    id == ':' ? "%s takes an argument; see agent-reporter --help"
                                              : "no option is called %s; see agent-reporter --help",
                                    argv[optind - 1]) +
                               1;
                r = take_option(id, options);
                if (r != 0)
                        return r;
        }
        if (optind < argc)
                return fail(EXIT_USAGE, "'%s' is one word too many; see agent-reporter --help",
                            argv[optind]) +
                       1;

        return 0;
}

static int open_directory(const char *path)
{
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? -fail(EXIT_REFUSED, "cannot use '%s': %s", path, strerror(errno)) : fd;
}

/* One at a time, for as long as the descriptor is open. -EBUSY when there is another. */
static int lock(int directory)
{
        _cleanup_close_ int fd =
                openat(directory, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

        if (fd < 0)
                return -errno;
        if (flock(fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? -EBUSY : -errno;

        return take_fd(&fd);
}

/* "" where it cannot be read: the cache of the metadata is not used then. */
static char *read_word(const char *path)
{
        _cleanup_free_ char *data = NULL;
        struct text rest, word;
        size_t len;

        if (file_read(AT_FDCWD, path, BOOT_ID_MAX, &data, &len, NULL) < 0)
                return strdup("");
        rest = (struct text){ data, len };

        return text_next_word(&rest, " \n", &word) ? text_dup(word) : strdup("");
}

static bool is_young(void)
{
        _cleanup_free_ char *uptime = read_word("/proc/uptime");
        struct text seconds, fraction;
        uint64_t n;

        return uptime && text_split(text_from_string(uptime), '.', &seconds, &fraction) &&
               text_parse_u64(seconds, &n) >= 0 && n < YOUNG_S;
}

static const char *find_audience(const struct config_sections *sections)
{
        for (size_t i = 0; i < sections->n; i++)
                for (size_t j = 0; j < sections->items[i].n_settings; j++)
                        if (string_equal(sections->items[i].kind, "Metadata") &&
                            string_equal(sections->items[i].settings[j].key, "audience"))
                                return sections->items[i].settings[j].value;

        return NULL;
}

static int report(struct options *options, int outbox, int directory)
{
        _cleanup_config_sections_ struct config_sections sections = { 0 };
        _cleanup_sinks_ struct sinks sinks = { 0 };
        struct delivery_options delivery = { .outbox = outbox,
                                             .directory = directory,
                                             .sinks = &sinks,
                                             .metadata = &options->metadata,
                                             .wait_s = options->wait_s,
                                             .spread_s = is_young() ? options->spread_s : 0 };
        int r;

        r = config_read_own_sections(options->config, &sections);
        if (r < 0)
                return r;
        /* What cannot be read may say whom to trust. */
        if (sections.unreadable) {
                event_say(EVENT_CONFIG_FAULT, NULL, "%s; nothing is sent before it can be",
                          sections.unreadable);
                return 0;
        }
        options->metadata.audience = find_audience(&sections);
        r = sinks_make(&sections, &options->metadata, &sinks);
        for (size_t i = 0; i < sinks.n_faults; i++)
                event_say(EVENT_CONFIG_FAULT, NULL, "%s; this sink gets nothing", sinks.faults[i]);

        return r < 0 ? r : deliver_all(&delivery);
}

/* --config FILE is found from where we were started. */
static int find_config(struct options *options, char **ret)
{
        if (!options->config)
                return 0;
        *ret = realpath(options->config, NULL);
        if (!*ret)
                return fail(EXIT_REFUSED, "cannot read '%s': %s", options->config, strerror(errno));

        options->config = *ret;
        return 0;
}

static int run(struct options *options)
{
        _cleanup_close_ int outbox = open_directory(options->outbox), directory = -EBADF, locked = -EBADF;
        _cleanup_free_ char *boot_id = read_word("/proc/sys/kernel/random/boot_id"), *config = NULL;
        int r;

        if (outbox < 0)
                return -outbox;
        r = find_config(options, &config);
        if (r != 0)
                return r;
        directory = open_directory(options->state);
        if (directory < 0)
                return -directory;
        locked = lock(directory);
        /* It lists the outbox again before it ends. */
        if (locked == -EBUSY)
                return 0;
        if (locked < 0)
                return fail(EXIT_REFUSED, "cannot lock '%s': %s", options->state, strerror(-locked));

        file_remove_left(directory, STATE_NAME);
        file_remove_left(directory, METADATA_CACHE);
        options->metadata.boot_id = boot_id;
        options->metadata.directory = options->state;
        r = boot_id ? report(options, outbox, directory) : -ENOMEM;
        credentials_forget();

        return r < 0 ? fail(EXIT_REFUSED, "cannot run: %s", strerror(-r)) : 0;
}

int main(int argc, char *argv[])
{
        struct options options = {
                .state = HOME "/reporter", .outbox = HOME "/outbox", .wait_s = WAIT_S, .spread_s = SPREAD_S
        };
        int r;

        r = parse_options(argc, argv, &options);
        if (r != 0)
                return r - 1;

        (void) signal(SIGPIPE, SIG_IGN);
        event_open(options.target, "agent-reporter");
        return run(&options);
}
