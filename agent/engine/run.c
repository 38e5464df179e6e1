/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run.h"
#include "base/spawn.h"
#include "engine/diag.h"

#include <string.h>

/* An initramfs for each of several kernels, or a package from a slow mirror. */
static const struct spawn_limits limits = {
        .timeout_ms = 30 * 60 * 1000,
        .grace_ms = 10 * 1000,
        .output_cap = 64 * 1024,
};

enum { TAIL = 400 };

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

/* In a unit of its own, with all that systemd gives to one, and none of what confines us: see systemd-run(1).
 * When the time is up here, it ends there too. */
static const char *const unit_argv[] = {
        "/usr/bin/systemd-run",           "--quiet", "--wait", "--pipe", "--collect",
        "--property=RuntimeMaxSec=30min", "--",
};

static int run(char *const *argv, bool in_unit, struct spawn_result *ret)
{
        _cleanup_free_ const char **whole = NULL;
        size_t n_unit = in_unit ? ARRAY_SIZE(unit_argv) : 0, n = 0;

        while (argv[n])
                n++;
        whole = calloc(n_unit + n + 1, sizeof(*whole));
        if (!whole)
                return -ENOMEM;
        for (size_t i = 0; i < n_unit; i++)
                whole[i] = unit_argv[i];
        for (size_t i = 0; i < n; i++)
                whole[n_unit + i] = argv[i];

        return spawn_run(whole, &limits, ret);
}

int run_change_command(char *const *argv, const struct transaction_options *options, struct diag *diag)
{
        _cleanup_spawn_result_ struct spawn_result result = { 0 };
        struct text tail;
        int r;

        announce(argv, options);
        r = run(argv, options->in_unit, &result);
        if (r < 0)
                return diag_set(diag, r, NULL, 0, "%s cannot be run: %s", argv[0], strerror(-r));

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
