/* SPDX-License-Identifier: Apache-2.0 */
#include "report/instance.h"
#include "engine/host.h"
#include "engine/store.h"

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
