/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int run_file(int dir, const char *name)
{
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ uint8_t *data = NULL;
        struct stat st;
        ssize_t n;

        fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;

        /* Exactly as large as the file, so that AddressSanitizer sees one byte too far. */
        data = malloc(st.st_size > 0 ? (size_t) st.st_size : 1);
        if (!data)
                return -ENOMEM;
        n = read(fd, data, (size_t) st.st_size);
        if (n != st.st_size)
                return -EIO;

        (void) LLVMFuzzerTestOneInput(data, (size_t) n);
        return 0;
}

int main(int argc, char *argv[])
{
        size_t n = 0;
        struct dirent *entry;
        DIR *dir;

        dir = argc == 2 ? opendir(argv[1]) : NULL;
        if (!dir) {
                fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
                return 2;
        }

        while ((entry = readdir(dir))) {
                int r;

                if (entry->d_name[0] == '.')
                        continue;
                printf("%s\n", entry->d_name);
                fflush(stdout);
                r = run_file(dirfd(dir), entry->d_name);
                if (r < 0) {
                        fprintf(stderr, "'%s': %s\n", entry->d_name, strerror(-r));
                        return 1;
                }
                n++;
        }
        (void) closedir(dir);

        /* An empty corpus tests nothing. */
        return n > 0 ? 0 : 1;
}
