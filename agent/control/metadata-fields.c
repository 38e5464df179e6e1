/* SPDX-License-Identifier: Apache-2.0 */
#include "control/metadata-fields.h"
#include "base/json.h"

enum { VALUE_MAX = 128, LABEL_MAX = 63, NOTE_MAX = 512 };

static bool is_lower(char c)
{
        return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_alphanumeric(char c)
{
        return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

bool is_printable_word(struct text value, size_t max)
{
        for (size_t i = 0; i < value.len; i++)
                if (value.data[i] <= ' ' || value.data[i] > '~')
                        return false;

        return value.len > 0 && value.len <= max;
}

bool is_plain_name(struct text value)
{
        for (size_t i = 0; i < value.len; i++) {
                char c = value.data[i];

                if (!is_alphanumeric(c) && (i == 0 || (c != '-' && c != '_' && c != '.')))
                        return false;
        }

        return value.len > 0 && value.len <= VALUE_MAX;
}

static bool is_instance_id(struct text value)
{
        return text_starts(value, "i-") && value.len > 2 && is_plain_name(value);
}

/* A region becomes part of a host name: one label of it, and no more. */
static bool is_label(struct text value)
{
        for (size_t i = 0; i < value.len; i++) {
                char c = value.data[i];

                if (!is_lower(c) && !is_digit(c) && (c != '-' || i == 0 || i == value.len - 1))
                        return false;
        }

        return value.len > 0 && value.len <= LABEL_MAX;
}

static bool is_number(struct text value)
{
        for (size_t i = 0; i < value.len; i++)
                if (!is_digit(value.data[i]))
                        return false;

        return value.len > 0 && value.len <= LABEL_MAX;
}

#define FIELD(member) offsetof(struct metadata, member)
const struct metadata_field metadata_fields[] = {
        { "instanceId", "instance-id", NULL, "instance-id", is_instance_id, FIELD(instance_id) },
        { "instanceType", "instance-type", NULL, "instance/instance-type", is_plain_name,
          FIELD(instance_type) },
        { "regionId", "region-id", NULL, "region-id", is_label, FIELD(region_id) },
        { "zoneId", "zone-id", NULL, "zone-id", is_label, FIELD(zone_id) },
        { "imageId", "image-id", NULL, "image-id", is_plain_name, FIELD(image_id) },
        { "ownerAccountId", "owner-account-id", "account-id", "owner-account-id", is_number,
          FIELD(owner_account_id) },
        { NULL },
};

char **metadata_value(struct metadata *metadata, const struct metadata_field *field)
{
        return (char **) (void *) ((char *) metadata + field->offset);
}

static int set(char **string, struct text value)
{
        if (*string)
                return 0;
        *string = text_dup(value);

        return *string ? 0 : -ENOMEM;
}

int metadata_set(struct metadata *metadata, const struct metadata_field *field, struct text value)
{
        return field->check(value) ? set(metadata_value(metadata, field), value) : -EBADMSG;
}

/* A value of another form is passed over: it is asked for by its own name then. */
static int set_from_document(struct metadata *metadata, const struct metadata_field *field,
                             struct json_object *document)
{
        struct text value;
        int r = json_get_text(document, field->document, &value);

        if (r < 0 && field->document_before)
                r = json_get_text(document, field->document_before, &value);
        if (r >= 0)
                r = metadata_set(metadata, field, value);

        return r == -ENOMEM ? r : 0;
}

int metadata_set_identity(struct metadata *metadata, struct text document)
{
        _cleanup_json_ struct json_object *object = NULL;
        const char *cause;
        struct text id;
        int r;

        r = json_parse(document.data, document.len, METADATA_IDENTITY_MAX, &object, &cause);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        if (json_get_text(object, metadata_fields[0].document, &id) < 0 || !is_instance_id(id) ||
            (metadata->instance_id && !text_equal(id, metadata->instance_id)))
                return -EBADMSG;

        for (const struct metadata_field *field = metadata_fields; field->cached && r >= 0; field++)
                r = set_from_document(metadata, field, object);

        return r < 0 ? r : set(&metadata->identity, document);
}

static bool is_base64(struct text value)
{
        size_t n = value.len;

        while (n > 0 && value.len - n < 2 && value.data[n - 1] == '=')
                n--;
        for (size_t i = 0; i < n; i++)
                if (!is_alphanumeric(value.data[i]) && value.data[i] != '+' && value.data[i] != '/')
                        return false;

        return value.len > 0 && value.len % 4 == 0 && value.len <= METADATA_PKCS7_MAX;
}

int metadata_set_pkcs7(struct metadata *metadata, struct text pkcs7)
{
        _cleanup_buffer_ struct buffer plain = { 0 };
        struct text line;

        while (text_next_line(&pkcs7, &line))
                buffer_add_text(&plain, text_chomp(line));
        if (plain.failed)
                return -ENOMEM;

        return is_base64((struct text){ plain.data, plain.len })
                       ? set(&metadata->identity_pkcs7, (struct text){ plain.data, plain.len })
                       : -EBADMSG;
}

int metadata_set_note(struct metadata *metadata, struct text note)
{
        _cleanup_buffer_ struct buffer plain = { 0 };

        if (metadata->note)
                return 0;
        for (size_t i = 0; i < note.len && plain.len < NOTE_MAX; i++)
                buffer_add_char(&plain, note.data[i] >= ' ' && note.data[i] <= '~' ? note.data[i] : '?');
        if (plain.failed)
                return -ENOMEM;

        return plain.len > 0 ? set(&metadata->note, (struct text){ plain.data, plain.len }) : 0;
}

void metadata_fill_from(struct metadata *metadata, struct metadata *from)
{
        bool fits = true;

        for (const struct metadata_field *field = metadata_fields; field->cached; field++)
                if (!*metadata_value(metadata, field))
                        *metadata_value(metadata, field) = take_ptr(*metadata_value(from, field));
        /* A signature goes with its document. */
        if (!metadata->identity)
                metadata->identity = take_ptr(from->identity);
        else if (from->identity && !string_equal(from->identity, metadata->identity))
                fits = false;
        if (!metadata->identity_pkcs7 && fits)
                metadata->identity_pkcs7 = take_ptr(from->identity_pkcs7);
        metadata_done(from);
}

void metadata_done(struct metadata *metadata)
{
        for (const struct metadata_field *field = metadata_fields; field->cached; field++)
                free(*metadata_value(metadata, field));
        free(metadata->identity);
        free(metadata->identity_pkcs7);
        free(metadata->note);
        *metadata = (struct metadata){ 0 };
}
