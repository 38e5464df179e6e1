/* SPDX-License-Identifier: Apache-2.0 */
#include "control/outbox.h"
#include "base/json.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".json"

void outbox_name(uint64_t sequence, char ret[static OUTBOX_NAME_SIZE])
{
        (void) snprintf(ret, OUTBOX_NAME_SIZE, "%016llu" SUFFIX,
                        (unsigned long long) (sequence % OUTBOX_SEQUENCE_MAX));
}

uint64_t outbox_sequence(const char *name)
{
        uint64_t sequence;
        size_t digits = OUTBOX_NAME_SIZE - sizeof(SUFFIX);

        if (strlen(name) != OUTBOX_NAME_SIZE - 1 || !string_equal(name + digits, SUFFIX) ||
            text_parse_u64((struct text){ name, digits }, &sequence) < 0 || sequence >= OUTBOX_SEQUENCE_MAX)
                return 0;

        return sequence;
}

static int by_sequence(const void *a, const void *b)
{
        const struct outbox_entry *x = a, *y = b;

        return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static int add_name(int directory, const char *name, struct outbox_list *list)
{
        uint64_t sequence = outbox_sequence(name);
        struct stat st;

        if (sequence == 0 || fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
                return 0;
        if (array_grow(&list->items, list->n, sizeof(*list->items)) < 0)
                return -ENOMEM;

        list->items[list->n++] = (struct outbox_entry){ .sequence = sequence,
                                                        .bytes = (uint64_t) st.st_size,
                                                        .identity = { st.st_dev, st.st_ino } };
        return 0;
}

int outbox_list(int directory, struct outbox_list *ret)
{
        _cleanup_close_ int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *names = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *item;
        size_t n = 0;
        int r = 0;

        *ret = (struct outbox_list){ 0 };
        if (!names)
                return -errno;
        (void) take_fd(&fd);
        while (r >= 0 && n++ < OUTBOX_NAMES_MAX && (errno = 0, item = readdir(names)))
                r = add_name(dirfd(names), item->d_name, ret);
        if (r >= 0 && errno != 0)
                r = -errno;
        (void) closedir(names);
        if (r < 0) {
                outbox_list_done(ret);
                return r;
        }

        if (ret->n > 0)
                qsort(ret->items, ret->n, sizeof(*ret->items), by_sequence);
        return 0;
}

void outbox_list_done(struct outbox_list *list)
{
        free(list->items);
        *list = (struct outbox_list){ 0 };
}

/* What is printed of it somewhere must not be able to be more than it seems. */
static bool is_plain(struct text text, size_t max)
{
        bool plain = text.len > 0 && text.len <= max;

        for (size_t i = 0; plain && i < text.len; i++)
                plain = text.data[i] > ' ' && text.data[i] < 127;

        return plain;
}

static int take_fields(struct json_object *document, uint64_t sequence, struct outbox_event *ret,
                       const char **reterr_cause)
{
        struct text schema, id, time;
        int64_t number;

        *reterr_cause = "it is no document " OUTBOX_SCHEMA;
        if (json_get_text(document, "schema", &schema) < 0 || !text_equal(schema, OUTBOX_SCHEMA) ||
            json_get_text(document, "id", &id) < 0 || !is_plain(id, 64) ||
            json_get_text(document, "time", &time) < 0 || !is_plain(time, 32) ||
            json_get_int(document, "sequence", &number) < 0 || !json_get_object(document, "report"))
                return -EBADMSG;
        if ((uint64_t) number != sequence) {
                *reterr_cause = "its sequence is not that of its name";
                return -EBADMSG;
        }

        *ret = (struct outbox_event){ .id = text_dup(id),
                                      .sequence = sequence,
                                      .time = text_dup(time),
                                      .asked = json_get_true(document, "asked"),
                                      .report = json_get_object(document, "report") };
        return ret->id && ret->time ? 0 : -ENOMEM;
}

int outbox_read(int directory, const struct outbox_entry *entry, struct outbox_event *ret,
                const char **reterr_cause)
{
        char name[OUTBOX_NAME_SIZE];
        _cleanup_json_ struct json_object *document = NULL;
        _cleanup_outbox_event_ struct outbox_event event = { 0 };
        _cleanup_free_ char *data = NULL;
        size_t len;
        int r;

        outbox_name(entry->sequence, name);
        *reterr_cause = "it is no regular file of a size that is written";
        r = file_read(directory, name, OUTBOX_BYTES_MAX, &data, &len, NULL);
        if (r == -EFBIG || r == -EBADF)
                return -EBADMSG;
        if (r >= 0)
                r = json_parse(data, len, OUTBOX_BYTES_MAX, &document, reterr_cause);
        if (r >= 0)
                r = take_fields(document, entry->sequence, &event, reterr_cause);
        if (r < 0)
                return r == -EFBIG ? -EBADMSG : r;

        *ret = event;
        ret->document = take_ptr(document);
        event = (struct outbox_event){ 0 };
        return 0;
}

void outbox_event_done(struct outbox_event *event)
{
        free(event->id);
        free(event->time);
        json_free(event->document);
        *event = (struct outbox_event){ 0 };
}

bool outbox_remove(int directory, const struct outbox_entry *entry)
{
        char name[OUTBOX_NAME_SIZE];
        struct stat st;

        outbox_name(entry->sequence, name);
        return fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
               st.st_dev == entry->identity.device && st.st_ino == entry->identity.inode &&
               unlinkat(directory, name, 0) == 0;
}
