/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run.h"
#include "base/spawn.h"
#include "engine/diag.h"

#include <stdlib.h>
#include <string.h>

/* An initramfs for each of several kernels, or a package from a slow mirror. */
static const struct spawn_limits limits = {
        .timeout_ms = 30 * 60 * 1000,
        .grace_ms = 10 * 1000,
        .output_cap = 64 * 1024,
};

enum { TAIL = 400 };

/* A unit of its own, which is waited for. Its own limit is the shorter one: when systemd-run is ended, what
 * it has started goes on. */
static const char *const runner_arguments[] = {
        "--quiet", "--wait", "--pipe", "--collect", "--property=RuntimeMaxSec=29min", "--",
};

/* The end of what it said is where the reason stands. */
static struct text tail_of(const struct spawn_result *result)
{
        struct text text = { result->output, result->output_len };

        if (text.len > TAIL) {
                text.data += text.len - TAIL;
                text.len = TAIL;
        }

        return text_trim(text_chomp(text));
}

static void announce(char *const *argv, const struct transaction_options *options)
{
        _cleanup_buffer_ struct buffer line = { 0 };

        buffer_add_string(&line, "running");
        for (; *argv; argv++) {
                buffer_add_char(&line, ' ');
                buffer_add_string(&line, *argv);
        }
        if (options->progress && !line.failed)
                options->progress(line.data, options->userdata);
}

static void free_words(char ***words)
{
        for (size_t i = 0; *words && (*words)[i]; i++)
                free((*words)[i]);
        free(*words);
}

/* The service manager replaces variables in what it is given. */
static char *escape_variables(const char *word)
{
        char *escaped = malloc(2 * strlen(word) + 1), *to = escaped;

        for (; escaped && *word; word++) {
                if (*word == '$')
                        *to++ = '$';
                *to++ = *word;
        }
        if (escaped)
                *to = '\0';

        return escaped;
}

/* The command as it is for the runner. NULL without memory. */
static char **words_for(const char *runner, char *const *argv)
{
        _cleanup_(free_words) char **words = NULL;
        size_t n = 0, at = 0;

        while (argv[n])
                n++;
        words = calloc(1 + ARRAY_SIZE(runner_arguments) + n + 1, sizeof(*words));
        if (!words)
                return NULL;
        words[at] = strdup(runner);
        for (size_t i = 0; i < ARRAY_SIZE(runner_arguments) && words[at]; i++)
                words[++at] = strdup(runner_arguments[i]);
        for (size_t i = 0; i < n && words[at]; i++)
                words[++at] = escape_variables(argv[i]);

        return words[at] ? take_ptr(words) : NULL;
}

int run_change_command(char *const *argv, const struct transaction_options *options, struct diag *diag)
{
        _cleanup_spawn_result_ struct spawn_result result = { 0 };
        _cleanup_(free_words) char **words = NULL;
        struct text tail;
        int r;

        announce(argv, options);
        if (options->runner) {
                words = words_for(options->runner, argv);
                if (!words)
                        return -ENOMEM;
        }
        r = spawn_run((const char *const *) (words ? words : argv), &limits, &result);
        if (r < 0)
                return diag_set(diag, r, NULL, 0, "%s cannot be run: %s", words ? words[0] : argv[0],
                                strerror(-r));

        tail = tail_of(&result);
        if (result.timed_out)
                return diag_set(diag, -ETIMEDOUT, NULL, 0, "%s took longer than %u minutes: %.*s", argv[0],
                                limits.timeout_ms / 60000, TEXT_ARGS(tail));
        if (result.exit_status != 0)
                return diag_set(diag, -EIO, NULL, 0, "%s ended with %s %d: %.*s", argv[0],
                                result.signal ? "signal" : "status",
                                result.signal ? result.signal : result.exit_status, TEXT_ARGS(tail));

        return 0;
}
