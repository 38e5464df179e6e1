/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/outbox.h"
#include "base/digest.h"
#include "base/random.h"
#include "control/outbox.h"
#include "control/state.h"
#include "daemon/daemon.h"
#include "daemon/outbox-last.h"
#include "engine/config.h"
#include "engine/diag.h"
#include "engine/root.h"
#include "engine/store.h"
#include "report/json.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The directory is one that the reporter may write to as well: what it does there can harm its own work, and
 * nothing else. */

#define PLACE "/var/lib/ecs-guest-agent/outbox"
#define WORD_CAP ((size_t) 256)

enum { ENTRY_FULL_MAX = 1024 * 1024 };

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

static void add_string(struct buffer *out, const char *string)
{
        buffer_add(out, string, strlen(string) + 1);
}

int outbox_read_sinks(struct root *root, const char *file, struct buffer *ret)
{
        _cleanup_config_sections_ struct config_sections sections = { 0 };
        int r;

        r = config_read_sections(root, file, &sections);
        if (r < 0)
                return r;
        for (size_t i = 0; i < sections.n; i++) {
                const struct config_section *section = &sections.items[i];

                if (!string_equal(section->kind, "Sink"))
                        continue;
                add_string(ret, section->name);
                for (size_t j = 0; j < section->n_settings; j++) {
                        add_string(ret, section->settings[j].key);
                        add_string(ret, section->settings[j].value);
                }
                add_string(ret, "");
        }

        return ret->failed ? -ENOMEM : 0;
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

static int print_entry(const struct outbox_last *last, const struct report *report, enum fullness fullness,
                       struct buffer *out)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);

        json_add_string(&builder, object, "schema", OUTBOX_SCHEMA);
        json_add_string(&builder, object, "id", last->id);
        json_add_int(&builder, object, "sequence", (int64_t) last->sequence);
        json_add_string(&builder, object, "time", last->time);
        json_add(&builder, object, "report", shorter(&builder, report, fullness));
        return json_print(&builder, object, JSON_PLAIN, out);
}

static int write_entry(const struct outbox *outbox, const struct outbox_last *last,
                       const struct report *report)
{
        char name[OUTBOX_NAME_SIZE];

        outbox_name(last->sequence, name);
        for (enum fullness fullness = WITH_ALL; fullness < FULLNESS_COUNT; fullness++) {
                _cleanup_buffer_ struct buffer text = { 0 };
                int r = print_entry(last, report, fullness, &text);

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
                outbox_remove(directory, entry);
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
                outbox_remove(outbox->fd, &list.items[i]);
}

/* What is to be put there now, in the place of what was; false when that is the same. */
static int decide(const struct outbox *outbox, const struct outbox_last *old, struct outbox_last *new)
{
        bool same = old->sequence > 0 && string_equal(old->fingerprint, new->fingerprint) &&
                    string_equal(old->machine, new->machine);
        int r = 0;

        if (same && old->written && string_equal(old->sinks, new->sinks))
                return false;
        if (old->sequence > 0 && !string_equal(old->machine, new->machine))
                outbox_clear(outbox);
        /* The same event once more: it may not have been written, and a sink that is new may not have it. */
        if (same) {
                new->sequence = old->sequence;
                (void) memcpy(new->id, old->id, sizeof(new->id));
                (void) memcpy(new->time, old->time, sizeof(new->time));
                return true;
        }
        new->sequence = old->sequence;
        if (new->sequence == 0)
                r = guess_sequence(outbox, &new->sequence);
        if (r >= 0)
                r = make_id(new->id);
        new->sequence++;

        return r < 0 ? r : true;
}

/* First that it is being written, then the entry, then that it was: whatever is interrupted is done again, as
 * the same event. */
static int put(const struct outbox *outbox, struct outbox_last *new, const struct report *report)
{
        struct outbox_last old = { 0 };
        int r;

        r = outbox_last_read(outbox->home, &old);
        if (r >= 0)
                r = decide(outbox, &old, new);
        if (r <= 0)
                return r;

        r = outbox_last_write(outbox->home, new);
        if (r >= 0)
                r = write_entry(outbox, new, report);
        if (r >= 0)
                r = outbox_bound(outbox->fd, new->sequence);
        new->written = true;

        return r < 0 ? r : outbox_last_write(outbox->home, new);
}

static int put_in(struct root *root, const struct daemon *daemon, const struct report *report)
{
        _cleanup_outbox_ struct outbox outbox = { -EBADF, -EBADF, 0 };
        struct outbox_last new = { 0 };
        struct tm tm;
        int r;

        r = digest_text((struct text){ daemon->sinks.data, daemon->sinks.len }, new.sinks);
        if (r < 0)
                return r;
        if (!gmtime_r(&report->time, &tm) ||
            strftime(new.time, sizeof(new.time), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
                return -EINVAL;
        r = fingerprint(report, new.fingerprint);
        if (r >= 0)
                r = name_machine(root, new.machine);
        if (r >= 0)
                r = outbox_open(root, &outbox);

        return r < 0 ? r : put(&outbox, &new, report);
}

int outbox_put(const struct daemon *daemon, struct root *root, const struct report *report)
{
        int r;

        if (daemon->sinks.len == 0)
                return 0;
        r = put_in(root, daemon, report);
        if (r < 0 && r != -ENOMEM)
                event_say(EVENT_TROUBLE, NULL, "the report cannot be put into " PLACE ": %s", strerror(-r));

        return r == -ENOMEM ? r : 0;
}
