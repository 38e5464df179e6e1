/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox/put.h"
#include "base/digest.h"
#include "base/random.h"
#include "control/outbox.h"
#include "control/state.h"
#include "engine/diag.h"
#include "engine/root.h"
#include "engine/store.h"
#include "outbox/last.h"
#include "report/json.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

/* The directory is one that the reporter may write to as well: what it does there can harm its own work, and
 * nothing else. */

#define WORD_CAP ((size_t) 256)

enum {
        ENTRY_FULL_MAX = 1024 * 1024,
        LOCK_TRIES = 100,
        LOCK_PAUSE_MS = 100,
};

struct outbox {
        int home; /* /var/lib/ecs-guest-agent, which is root's alone */
        int fd;
        gid_t group;
};

static void outbox_close(struct outbox *outbox)
{
        close_pointer(&outbox->home);
        close_pointer(&outbox->fd);
}
#define _cleanup_outbox_ _cleanup_(outbox_close)

/* Made where it is missing; its group is set by what the package installs. */
static int outbox_open(struct root *root, struct outbox *ret)
{
        _cleanup_outbox_ struct outbox outbox = { -EBADF, -EBADF, 0 };
        struct diag diag = { 0 };
        struct stat st;

        outbox.home = store_open_home(root, true, &diag);
        diag_done(&diag);
        if (outbox.home < 0)
                return outbox.home;
        if (mkdirat(outbox.home, "outbox", 0770) < 0 && errno != EEXIST)
                return -errno;
        outbox.fd = openat(outbox.home, "outbox", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (outbox.fd < 0 || fstat(outbox.fd, &st) < 0)
                return -errno;
        if ((st.st_uid != geteuid() && st.st_uid != 0) || (st.st_mode & 02))
                return -EPERM;

        outbox.group = st.st_gid;
        *ret = outbox;
        outbox = (struct outbox){ -EBADF, -EBADF, 0 };
        return 0;
}

/* Of those who put something there: two at once would take the same sequence. It is held for a few syncs. */
static int lock(const struct outbox *outbox)
{
        const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MS * 1000000L };

        for (unsigned i = 0; i < LOCK_TRIES; i++) {
                if (flock(outbox->home, LOCK_EX | LOCK_NB) == 0)
                        return 0;
                if (errno != EWOULDBLOCK)
                        return -errno;
                (void) nanosleep(&pause, NULL);
        }

        return -EBUSY;
}

static bool is_bad(const struct finding *finding)
{
        return !finding_is_waived(finding) &&
               (finding->outcome == OUTCOME_FAIL || finding->outcome == OUTCOME_UNKNOWN);
}

static void digest_add_string(struct digest *digest, const char *string)
{
        digest_add(digest, string, strlen(string) + 1);
}

/* What makes a report another one for who is told: not its time, and not what is well. */
static int fingerprint(const struct report *report, char ret[static DIGEST_HEX_SIZE])
{
        _cleanup_digest_ struct digest *digest = NULL;
        int r = digest_new(&digest);

        if (r < 0)
                return r;
        digest_add_string(digest, verdict_name(report->summary.verdict));
        for (size_t i = 0; i < report->findings->n; i++) {
                const struct finding *finding = report->findings->items[i];

                if (!is_bad(finding))
                        continue;
                digest_add_string(digest, finding->key);
                digest_add_string(digest, outcome_name(finding->outcome));
                digest_add_string(digest, severity_name(finding->severity));
        }

        return digest_finish(digest, ret);
}

/* An image that was made of this machine has our records, and is another machine. Not all have both. */
static int name_machine(struct root *root, char ret[static DIGEST_HEX_SIZE])
{
        static const char *const paths[] = { "/sys/class/dmi/id/product_uuid", "/etc/machine-id" };
        const struct root_file *file;
        int r;

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                r = root_read_flags(root, paths[i], WORD_CAP, ROOT_VOLATILE, &file);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        continue;
                r = digest_text(file->content, ret);
                root_release(root, file);
                return r;
        }

        return digest_text(TEXT(""), ret);
}

static int make_id(char ret[static OUTBOX_ID_SIZE])
{
        unsigned char b[16];
        int r = random_bytes(b, sizeof(b));

        if (r < 0)
                return r;
        b[6] = (unsigned char) ((b[6] & 0x0f) | 0x40);
        b[8] = (unsigned char) ((b[8] & 0x3f) | 0x80);
        (void) snprintf(ret, OUTBOX_ID_SIZE,
                        "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
                        b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
                        b[15]);
        return 0;
}

/* Only when our own record is gone: beyond whatever was used before, so that nothing is taken for delivered.
 */
static int guess_sequence(const struct outbox *outbox, uint64_t *ret)
{
        _cleanup_close_ int reporter =
                openat(outbox->home, "reporter", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_outbox_list_ struct outbox_list list = { 0 };
        _cleanup_state_ struct state state = { 0 };
        uint64_t most = 0;

        if (outbox_list(outbox->fd, &list) == -ENOMEM ||
            (reporter >= 0 && state_read(reporter, &state) == -ENOMEM))
                return -ENOMEM;
        for (size_t i = 0; i < list.n; i++)
                if (list.items[i].sequence > most && list.items[i].sequence < OUTBOX_GUESS_MAX)
                        most = list.items[i].sequence;
        for (size_t i = 0; i < state.n_sinks; i++)
                if (state.sinks[i].sequence > most && state.sinks[i].sequence < OUTBOX_GUESS_MAX)
                        most = state.sinks[i].sequence;

        *ret = most;
        return 0;
}

/* Findings that are well are left out first, then all: the verdict always fits. */
enum fullness { WITH_ALL, WITH_BAD, WITH_NONE, FULLNESS_COUNT };

static struct json_object *shorter(struct json_builder *builder, const struct report *report,
                                   enum fullness fullness)
{
        struct json_object *full = report_to_json(builder, report), *object, *array;
        size_t n_dropped = 0;

        if (fullness == WITH_ALL)
                return full;
        object = json_new_object(builder);
        array = json_new_array(builder);
        for (size_t i = 0; i < report->findings->n; i++) {
                const struct finding *finding = report->findings->items[i];

                if (fullness == WITH_BAD && is_bad(finding))
                        json_append(builder, array, report_finding_to_json(builder, finding));
                else
                        n_dropped++;
        }
        json_add_members(builder, object, full, "findings");
        json_add(builder, object, "findings", array);
        json_add_int(builder, object, "dropped", (int64_t) n_dropped);
        json_free(full);
        return object;
}

static int print_entry(const struct outbox_order *order, const struct outbox_last *last,
                       enum fullness fullness, struct buffer *out)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);

        json_add_string(&builder, object, "schema", OUTBOX_SCHEMA);
        json_add_string(&builder, object, "id", last->id);
        json_add_int(&builder, object, "sequence", (int64_t) last->sequence);
        json_add_string(&builder, object, "time", last->time);
        if (order->asked)
                json_add_bool(&builder, object, "asked", true);
        json_add(&builder, object, "report", shorter(&builder, order->report, fullness));
        return json_print(&builder, object, JSON_PLAIN, out);
}

static int write_entry(const struct outbox *outbox, const struct outbox_order *order,
                       const struct outbox_last *last)
{
        char name[OUTBOX_NAME_SIZE];

        outbox_name(last->sequence, name);
        for (enum fullness fullness = WITH_ALL; fullness < FULLNESS_COUNT; fullness++) {
                _cleanup_buffer_ struct buffer text = { 0 };
                int r = print_entry(order, last, fullness, &text);

                if (r < 0)
                        return r;
                if (text.len <= ENTRY_FULL_MAX)
                        return file_replace_from(outbox->home, outbox->fd, name,
                                                 (struct text){ text.data, text.len }, 0640, outbox->group);
        }

        return -EMSGSIZE;
}

int outbox_bound(int directory, uint64_t newest)
{
        _cleanup_outbox_list_ struct outbox_list list = { 0 };
        uint64_t bytes = 0;
        size_t n;
        int r;

        r = outbox_list(directory, &list);
        if (r < 0)
                return r;
        for (size_t i = 0; i < list.n; i++)
                bytes += list.items[i].bytes;
        n = list.n;
        for (size_t i = 0; i < list.n; i++) {
                const struct outbox_entry *entry = &list.items[i];
                /* What is newer than the newest is not ours. */
                bool foreign = entry->sequence > newest;

                if (entry->sequence == newest ||
                    (!foreign && n <= OUTBOX_ENTRIES_MAX && bytes <= OUTBOX_BYTES_MAX))
                        continue;
                (void) outbox_remove(directory, entry);
                bytes -= entry->bytes;
                n--;
        }

        return 0;
}

static void outbox_clear(const struct outbox *outbox)
{
        _cleanup_outbox_list_ struct outbox_list list = { 0 };

        if (outbox_list(outbox->fd, &list) < 0)
                return;
        for (size_t i = 0; i < list.n; i++)
                (void) outbox_remove(outbox->fd, &list.items[i]);
}

/* The same event once more: it may not have been written, and a sink that is new may not have it. */
static void repeat(const struct outbox_last *old, struct outbox_last *new)
{
        new->sequence = old->sequence;
        (void) memcpy(new->id, old->id, sizeof(new->id));
        (void) memcpy(new->time, old->time, sizeof(new->time));
}

static int renew(const struct outbox *outbox, const struct outbox_last *old, struct outbox_last *new)
{
        int r = 0;

        new->sequence = old->sequence;
        if (new->sequence == 0)
                r = guess_sequence(outbox, &new->sequence);
        if (r >= 0)
                r = make_id(new->id);
        new->sequence++;

        return r < 0 ? r : 1;
}

/* What is to be put there now, in the place of what was; 0 when that is the same. */
static int decide(const struct outbox *outbox, const struct outbox_order *order,
                  const struct outbox_last *old, struct outbox_last *new)
{
        bool ours = old->sequence > 0 && string_equal(old->machine, new->machine);
        bool same = ours && string_equal(old->fingerprint, new->fingerprint);

        if (old->sequence > 0 && !ours)
                outbox_clear(outbox);
        if (!order->asked && same && old->written && string_equal(old->sinks, new->sinks))
                return 0;
        if (!order->asked && same && !old->aside) {
                repeat(old, new);
                return 1;
        }
        /* What the next scan of the daemon has to say is compared with what the last one had. */
        new->aside = order->aside;
        if (order->aside)
                (void) memcpy(new->fingerprint, ours ? old->fingerprint : "", ours ? DIGEST_HEX_SIZE : 1);

        return renew(outbox, old, new);
}

/* First that it is being written, then the entry, then that it was: whatever is interrupted is done again, as
 * the same event. */
static int put(const struct outbox *outbox, const struct outbox_order *order, struct outbox_last *new)
{
        struct outbox_last old = { 0 };
        int r;

        r = outbox_last_read(outbox->home, &old);
        if (r >= 0)
                r = decide(outbox, order, &old, new);
        if (r <= 0)
                return r;

        r = outbox_last_write(outbox->home, new);
        if (r >= 0)
                r = write_entry(outbox, order, new);
        if (r >= 0)
                r = outbox_bound(outbox->fd, new->sequence);
        new->written = true;
        if (r >= 0)
                r = outbox_last_write(outbox->home, new);

        return r < 0 ? r : 1;
}

/* What tells the event from others; not yet its id. */
static int describe(struct root *root, const struct outbox_order *order, struct outbox_last *ret)
{
        struct tm tm;
        int r;

        if (!gmtime_r(&order->report->time, &tm) ||
            strftime(ret->time, sizeof(ret->time), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
                return -EINVAL;
        r = digest_text(order->sinks, ret->sinks);
        if (r >= 0)
                r = fingerprint(order->report, ret->fingerprint);

        return r < 0 ? r : name_machine(root, ret->machine);
}

int outbox_put(struct root *root, const struct outbox_order *order, uint64_t *ret_sequence)
{
        _cleanup_outbox_ struct outbox outbox = { -EBADF, -EBADF, 0 };
        struct outbox_last new = { 0 };
        int r;

        if (order->sinks.len == 0)
                return 0;
        r = describe(root, order, &new);
        if (r >= 0)
                r = outbox_open(root, &outbox);
        if (r >= 0)
                r = lock(&outbox);
        if (r >= 0)
                r = put(&outbox, order, &new);
        if (r > 0 && ret_sequence)
                *ret_sequence = new.sequence;

        return r;
}
