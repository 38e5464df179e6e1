/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/node.h"

#include <string.h>

static const char *const type_names[] = {
        [NODE_MISSING] = "missing", [NODE_FILE] = "file",   [NODE_DIRECTORY] = "directory",
        [NODE_SYMLINK] = "symlink", [NODE_OTHER] = "other",
};
_Static_assert(ARRAY_SIZE(type_names) == NODE_TYPE_COUNT, "a name for each type");

const char *node_type_name(enum node_type type)
{
        return type_names[type];
}

void node_set_content(struct node *node, char *data, size_t len)
{
        free((void *) node->content.data);
        node->content = (struct text){ data, len };
}

static int text_copy(struct text text, struct text *ret)
{
        char *data = malloc(text.len + 1);

        if (!data)
                return -ENOMEM;
        if (text.len > 0)
                memcpy(data, text.data, text.len);
        data[text.len] = '\0';
        *ret = (struct text){ data, text.len };
        return 0;
}

int node_add_attribute(struct node *node, const char *name, struct text value)
{
        struct node_attribute attribute = { 0 };
        size_t at = 0;

        if (array_grow(&node->attributes, node->n_attributes, sizeof(*node->attributes)) < 0)
                return -ENOMEM;
        attribute.name = strdup(name);
        if (!attribute.name || text_copy(value, &attribute.value) < 0) {
                free(attribute.name);
                return -ENOMEM;
        }

        while (at < node->n_attributes && strcmp(node->attributes[at].name, name) < 0)
                at++;
        memmove(node->attributes + at + 1, node->attributes + at,
                (node->n_attributes - at) * sizeof(attribute));
        node->attributes[at] = attribute;
        node->n_attributes++;
        return 0;
}

void node_done(struct node *node)
{
        for (size_t i = 0; i < node->n_attributes; i++) {
                free(node->attributes[i].name);
                free((void *) node->attributes[i].value.data);
        }
        free(node->attributes);
        free((void *) node->content.data);
        free(node->target);
        *node = (struct node){ 0 };
}

int node_copy(const struct node *node, struct node *ret)
{
        _cleanup_node_ struct node copy = *node;

        copy.content = (struct text){ 0 };
        copy.target = NULL;
        copy.attributes = NULL;
        copy.n_attributes = 0;
        if (node->content.data && text_copy(node->content, &copy.content) < 0)
                return -ENOMEM;
        if (node->target) {
                copy.target = strdup(node->target);
                if (!copy.target)
                        return -ENOMEM;
        }
        for (size_t i = 0; i < node->n_attributes; i++)
                if (node_add_attribute(&copy, node->attributes[i].name, node->attributes[i].value) < 0)
                        return -ENOMEM;

        *ret = copy;
        copy = (struct node){ 0 };
        return 0;
}

/* The label of a new file is given by its directory, so that no plan knows it. */
static bool is_given(const struct node_attribute *attribute, const struct node *other)
{
        if (!string_equal(attribute->name, "security.selinux"))
                return false;
        for (size_t i = 0; i < other->n_attributes; i++)
                if (string_equal(other->attributes[i].name, attribute->name))
                        return false;

        return true;
}

static bool same_attributes(const struct node *a, const struct node *b)
{
        size_t i = 0, j = 0;

        for (;;) {
                while (i < a->n_attributes && is_given(&a->attributes[i], b))
                        i++;
                while (j < b->n_attributes && is_given(&b->attributes[j], a))
                        j++;
                if (i == a->n_attributes || j == b->n_attributes)
                        return i == a->n_attributes && j == b->n_attributes;
                if (!string_equal(a->attributes[i].name, b->attributes[j].name) ||
                    !text_same(a->attributes[i].value, b->attributes[j].value))
                        return false;
                i++, j++;
        }
}

/* Links have no mode of their own, and what is below a directory is no part of it. */
const char *node_difference(const struct node *a, const struct node *b)
{
        if (a->type != b->type)
                return "type";
        if (a->type == NODE_MISSING)
                return NULL;
        if (a->type == NODE_FILE && !text_same(a->content, b->content))
                return "content";
        if (a->type == NODE_SYMLINK && strcmp(a->target, b->target) != 0)
                return "target";
        if (a->uid != b->uid || a->gid != b->gid)
                return "owner";
        if (a->type != NODE_SYMLINK && a->mode != b->mode)
                return "mode";
        if (a->type == NODE_FILE && !same_attributes(a, b))
                return "extended attributes";
        if (a->type == NODE_FILE && a->flags != b->flags)
                return "attributes of chattr";

        return NULL;
}

static void add_string(struct digest *digest, const char *string)
{
        digest_add(digest, string, strlen(string) + 1);
}

static void add_number(struct digest *digest, uint64_t number)
{
        digest_add(digest, &number, sizeof(number));
}

void node_add_to_digest(const struct node *node, struct digest *digest)
{
        add_string(digest, node_type_name(node->type));
        if (node->type == NODE_MISSING)
                return;

        add_number(digest, node->type == NODE_SYMLINK ? 0 : node->mode);
        add_number(digest, node->uid);
        add_number(digest, node->gid);
        add_number(digest, node->flags);
        add_string(digest, node->target ? node->target : "");
        add_number(digest, node->content.len);
        digest_add(digest, node->content.data, node->content.len);
        for (size_t i = 0; i < node->n_attributes; i++) {
                add_string(digest, node->attributes[i].name);
                add_number(digest, node->attributes[i].value.len);
                digest_add(digest, node->attributes[i].value.data, node->attributes[i].value.len);
        }
}
