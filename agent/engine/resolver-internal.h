/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Shared by the files of engine/resolver alone. Every function returns 0 or a negative errno; one that asks
 * returns 1 for yes. */

#include "engine/diag.h"
#include "engine/host.h"
#include "engine/resolver.h"

struct key_file;
struct shell_vars;

#define REOPEN "single-request-reopen"

/* Replaces what is there. text is copied and may be NULL. */
_must_check_ int resolver_set_place(struct resolver_place *place, const char *path, unsigned line,
                                    const char *text);
/* Adds a setting with that path unless it is there. The strings are copied; obstacle may be NULL. */
_must_check_ int resolver_add_setting(struct resolver_settings *settings, struct resolver_setting setting,
                                      const char *path, const char *obstacle);
void resolver_settings_done(struct resolver_settings *settings);
_must_check_ int resolver_set_string(char **target, const char *format, ...) _printf_(2, 3);
/* Reads a file that may be missing: 1 with the file, 0 without one. */
_must_check_ int resolver_read(struct context *context, const char *path, const struct root_file **ret);
/* Lists a directory that may be missing. */
_must_check_ int resolver_list(struct context *context, const char *path, const char *const **ret_names,
                               size_t *ret_n);
/* Whether a service is there and starts at boot. */
_must_check_ int resolver_service_starts(struct context *context, const char *name);
_must_check_ int resolver_any_exists(struct context *context, const char *const *paths);
/* The line of text, counted from 1, that holds needle outside of a comment; 0 when none does. */
unsigned resolver_find_line(struct text text, const char *needle);
/* Whether glibc would take the flag from that list of options. */
bool resolver_list_turns_on(const struct context *context, struct text list, enum resolv_flag flag);
/* Whether a list holds exactly that word. */
bool resolver_list_has(struct text list, const char *option);

/* Sets owner, owner_starts and evidence. */
_must_check_ int resolver_find_owner(struct context *context, struct resolver *resolver);
/* Sets knob, forecast, writes and cause for that owner. */
_must_check_ int resolver_predict(struct context *context, struct resolver *resolver);

/* NetworkManager. Whether it starts at boot and writes /etc/resolv.conf; sets the evidence when it does, and
 * also when it is told not to. */
_must_check_ int resolver_nm_writes(struct context *context, struct resolver *resolver);
_must_check_ int resolver_nm_predict(struct context *context, struct resolver *resolver);

/* What NetworkManager.conf and its drop-ins say; a place without text where they say nothing. */
struct resolver_nm {
        struct resolver_place dns;
        struct resolver_place rc_manager;
        struct resolver_place global_options;
        struct resolver_place global_servers; /* of the default domain */
};

_must_check_ int resolver_nm_read(struct context *context, struct resolver_nm *ret);
void resolver_nm_done(struct resolver_nm *nm);
#define _cleanup_resolver_nm_ _cleanup_(resolver_nm_done)
/* 1 with the file, 0 when it is missing; -EBADMSG for one that GLib would refuse. */
_must_check_ int resolver_read_key_file(struct context *context, const char *path, struct key_file **ret);
/* Whether there is a connection that NetworkManager would bring up. */
_must_check_ int resolver_nm_has_profiles(struct context *context, struct resolver *resolver);
/* Adds the options of a list that NetworkManager would write, with blanks between them. */
void resolver_nm_add_options(struct buffer *out, struct text list);
/* Adds a file of NetworkManager's that lacks the option. */
_must_check_ int resolver_nm_add_setting(struct resolver_settings *list,
                                         const struct resolver_setting *setting, const char *path);
_must_check_ int resolver_nm_predict_profiles(struct context *context, struct resolver *resolver);

/* Whether a name in network-scripts is an interface's file, neither a backup nor that of loopback. */
bool resolver_is_ifcfg(const char *name);
/* 1 with the variables, 0 when the file is missing. */
_must_check_ int resolver_read_shell(struct context *context, const char *path, struct shell_vars **ret);
bool resolver_shell_says_no(const struct shell_vars *vars, const char *name);

/* The network service of EL. Whether some interface of it lets dhclient-script write the file. */
_must_check_ int resolver_scripts_write(struct context *context, struct resolver *resolver);
_must_check_ int resolver_scripts_predict(struct context *context, struct resolver *resolver);

/* dhclient below ifupdown. */
_must_check_ int resolver_dhclient_writes(struct context *context, struct resolver *resolver);
_must_check_ int resolver_dhclient_predict(struct context *context, struct resolver *resolver);
/* Whether some interface of ifupdown asks for a lease. */
_must_check_ int resolver_ifupdown_has_lease(struct context *context, struct resolver *resolver);
/* What a hook of dhclient's did to make_resolv_conf(), the function of dhclient-script that writes the file.
 */
enum resolver_hook {
        RESOLVER_HOOK_NONE,    /* left it */
        RESOLVER_HOOK_NOTHING, /* the file is not written */
        RESOLVER_HOOK_OTHER,   /* its own function; the evidence is the hook */
};

/* An enum resolver_hook, or a negative errno. */
_must_check_ int resolver_find_enter_hook(struct context *context, struct resolver *resolver);
/* A script that puts the option back after the owner wrote the file, by its text: 1, with the script as knob
 * and the forecast made. The first looks among dhclient's exit hooks, the other among NetworkManager's
 * dispatcher scripts. */
_must_check_ int resolver_find_hook(struct context *context, struct resolver *resolver);
_must_check_ int resolver_find_dispatcher(struct context *context, struct resolver *resolver);

/* cc_resolv_conf. */
_must_check_ int resolver_cloud_init_writes(struct context *context, struct resolver *resolver);
_must_check_ int resolver_cloud_init_predict(struct context *context, struct resolver *resolver);

/* For resolver-edit.c: adds to out the content with the option in this setting, or with all of list where
 * that holds none. *ret_reason is set, to be freed, where that cannot be done safely. */
_must_check_ int resolver_edit_content(const struct resolver_setting *setting, struct text content,
                                       const char *list, struct buffer *out, char **ret_reason);
