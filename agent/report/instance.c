/* SPDX-License-Identifier: Apache-2.0 */
#include "report/instance.h"
#include "engine/host.h"
#include "engine/root.h"
#include "engine/store.h"

#define PRODUCT_CAP ((size_t) 256)

int report_add_instance(struct report *report, struct root *root, struct metadata *ret)
{
        _cleanup_close_ int directory = report->host->boot_id ? store_open_reporter(root) : -ENOENT;
        int r;

        if (directory == -ENOMEM)
                return directory;
        r = metadata_read_cache(directory, report->host->boot_id, ret);
        if (r < 0)
                return r;

        report->instance = (struct report_instance){ .id = ret->instance_id,
                                                     .type = ret->instance_type,
                                                     .region = ret->region_id,
                                                     .image = ret->image_id };
        return 0;
}

int report_wants_instance(const struct report *report, struct root *root)
{
        const struct root_file *file;
        bool ecs;
        int r;

        if (report->instance.id || !report->host->boot_id)
                return 0;
        r = root_read_flags(root, "/sys/class/dmi/id/product_name", PRODUCT_CAP, ROOT_VOLATILE, &file);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        ecs = text_equal(text_chomp(file->content), "Alibaba Cloud ECS");
        root_release(root, file);

        return ecs;
}
