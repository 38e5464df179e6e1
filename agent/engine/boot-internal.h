/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How the model of engine/boot.h is made; internal to engine/boot*.c. */

#include "base/text.h"
#include "engine/boot.h"

struct host;
struct root;
struct root_file;

enum boot_firmware { BOOT_FIRMWARE_UNKNOWN, BOOT_FIRMWARE_BIOS, BOOT_FIRMWARE_UEFI };

/* What a variable in an entry stands for. */
struct boot_variable {
        struct text value;
        const char *path; /* where it is set; NULL when nothing sets it */
        unsigned line;
        const char *doubt; /* why the value is not certain; NULL when it is */
        const char *doubt_path;
        unsigned doubt_line;
};

struct boot_model {
        struct boot boot;
        struct root *root;
        const struct host *host;
        enum boot_firmware firmware; /* which one started the running system; offline nobody knows */
        bool kernelopts_used;        /* some entry takes its text from that variable */
        struct boot_variable tuned;  /* tuned_params, as an entry had it; no path when none has */
        /* What a hostile menu may still cost. */
        size_t budget;    /* bytes of text that may be kept */
        size_t n_lookups; /* variables that may be looked up */
        bool full;        /* entries are left out, and a line says so */
        char **strings;   /* everything that lines borrow */
        size_t n_strings;
};

/* A line while it is put together. Starts zeroed. */
struct boot_draft {
        struct boot_line line;
        struct buffer text;
};

/* Keeps the string for the model's life; NULL is -ENOMEM. */
_must_check_ int boot_keep(struct boot_model *model, char *string, const char **ret);
_must_check_ int boot_keep_text(struct boot_model *model, struct text text, const char **ret);

/* Adds text to the draft, after a blank where there is text already. Nothing for an empty text. path and
 * variable are kept by the caller. */
_must_check_ int boot_draft_add(struct boot_draft *draft, struct text text, const char *path, unsigned line,
                                const char *variable);
/* The first reason stays. cause and path are kept by the caller; path is where the reason lies, NULL for
 * where the line itself is. */
void boot_draft_doubt(struct boot_draft *draft, const char *cause, const char *path, unsigned line);
void boot_draft_done(struct boot_draft *draft);
#define _cleanup_boot_draft_ _cleanup_(boot_draft_done)

/* Adds the line to the model and empties the draft. A line that is there already is not added twice. */
_must_check_ int boot_add(struct boot_model *model, struct boot_draft *draft);
/* Adds a line that says only why there is nothing to judge. */
_must_check_ int boot_add_doubt(struct boot_model *model, enum boot_role role, const char *path,
                                unsigned line, const char *format, ...) _printf_(5, 6);

/* The same for a file or directory that boot_read() or boot_list() has just failed on. */
_must_check_ int boot_add_unreadable(struct boot_model *model, enum boot_role role, const char *path,
                                     int error);
/* What is known of the error that was just met; valid until the next question to the root. */
const char *boot_why(const struct boot_model *model, int error);

/* 1 and the file; 0 when there is none; -ENOMEM; any other negative errno when it could not be read. */
_must_check_ int boot_read(struct boot_model *model, const char *path, const struct root_file **ret);
/* The same for the names in a directory. */
_must_check_ int boot_list(struct boot_model *model, const char *path, const char *const **ret_names,
                           size_t *ret_n_names);
/* Only "not there" is an answer. Below /proc of an offline root nothing is there. */
bool boot_is_absent(int r);
size_t boot_count(const struct boot *boot, enum boot_role role);

/* Where an EFI system partition may be mounted; ends with NULL. */
extern const char *const boot_esp_places[];

/* Boot entries of one kind of loader; each sets model->boot.loader when it has found its configuration. */
_must_check_ int boot_make_grub(struct boot_model *model);
_must_check_ int boot_make_legacy(struct boot_model *model);
_must_check_ int boot_make_efi(struct boot_model *model);
/* The lines of BOOT_FUTURE. */
_must_check_ int boot_make_template(struct boot_model *model);

#define BOOT_DEFAULT_GRUB_D "/etc/default/grub.d"

/* The files that grub-mkconfig takes its settings from, in the order in which it reads them; the first need
 * not be there. Starts zeroed. -ENOMEM, or another negative errno when the directory could not be read. */
struct boot_default_paths {
        char **items;
        size_t n;
};

_must_check_ int boot_find_defaults(struct root *root, const struct host *host,
                                    struct boot_default_paths *ret);
void boot_default_paths_done(struct boot_default_paths *paths);
#define _cleanup_boot_default_paths_ _cleanup_(boot_default_paths_done)

/* Looks a variable up for the entries of one loader configuration. -ENOMEM. */
typedef int (*boot_resolve)(void *userdata, struct text name, struct boot_variable *ret);

/* Adds one word of an entry with its variables replaced. script: by the rules of grub.cfg, otherwise by those
 * of a Boot Loader Specification entry. */
_must_check_ int boot_draft_add_word(struct boot_model *model, struct boot_draft *draft, struct text word,
                                     unsigned line, bool script, boot_resolve resolve, void *userdata);

/* Adds every entry of a directory of Boot Loader Specification entries. Without resolve variables stay as
 * they stand. default_id may be NULL. Returns how many entries there are. */
_must_check_ int boot_add_bls(struct boot_model *model, const char *directory, boot_resolve resolve,
                              void *userdata, const char *default_id, const char *not_editable);
/* Whether an entry with this title, name and kernel is there for repair. */
bool boot_is_recovery(const char *title, const char *id, const char *kernel);
