/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who owns /etc/resolv.conf, and what the owner will put into it the next time it writes. The file alone says
 * what is in force now; most systems have a daemon or script that rewrites it at each lease or boot, and an
 * option lasts only where that one knows of it. */

#include "engine/context.h"
#include "engine/root.h"
#include "formats/resolv-conf.h"

#define RESOLVER_PATH "/etc/resolv.conf"

enum resolver_owner {
        RESOLVER_PLAIN,           /* nobody writes it: what stands there stays */
        RESOLVER_RESOLVED_STUB,   /* systemd-resolved; programs ask 127.0.0.53 */
        RESOLVER_RESOLVED,        /* systemd-resolved; programs ask the upstream servers themselves */
        RESOLVER_NETWORK_MANAGER, /* by connection profiles (keyfile, ifcfg) or [global-dns] */
        RESOLVER_NETWORK_SCRIPTS, /* the network service of EL 6 to 8 with its dhclient-script */
        RESOLVER_DHCLIENT,        /* ISC dhclient below ifupdown: Debian, Ubuntu */
        RESOLVER_RESOLVCONF,      /* Debian's resolvconf */
        RESOLVER_OPENRESOLV,
        RESOLVER_DHCPCD,
        RESOLVER_NETCONFIG,  /* SUSE */
        RESOLVER_CLOUD_INIT, /* cc_resolv_conf, once for each instance */
        RESOLVER_UNDECIDED,  /* what decides it could not be read; the cause says so */
        RESOLVER_OWNER_COUNT
};

enum resolver_forecast {
        RESOLVER_KEEPS,     /* the options that stand in the file stay */
        RESOLVER_WRITES,    /* options will stand in the file, and no others */
        RESOLVER_UNCERTAIN, /* the cause says why that cannot be told */
};

/* A place in a file and what stands there. Strings are owned, and may be NULL. */
struct resolver_place {
        char *path;
        unsigned line; /* from 1; 0 when no line is meant */
        char *text;
};

enum resolver_setting_kind {
        RESOLVER_SETTING_VARIABLE, /* a shell variable that holds the list */
        RESOLVER_SETTING_KEY,      /* a key of a key file, with separators between the options */
        RESOLVER_SETTING_LINES,    /* the options lines of a file in the syntax of resolv.conf */
        RESOLVER_SETTING_HOOK,     /* a script that is to be made */
        RESOLVER_SETTING_CLOUD,    /* the block resolv_conf of cloud-init */
        RESOLVER_SETTING_COUNT
};

/* A place that has to be edited for the owner to write the option. */
struct resolver_setting {
        enum resolver_setting_kind kind;
        const char *group; /* of a key; static */
        const char *name;  /* of the variable or key; static, or NULL */
        char separator;    /* of a key's list */
        char *path;
        char *obstacle; /* why it cannot be edited, half a sentence; or NULL */
};

struct resolver_settings {
        struct resolver_setting *items;
        size_t n;
};

struct resolver {
        const char *link; /* what /etc/resolv.conf says as a link, or NULL when it is none; borrowed */
        const char *path; /* where it leads; borrowed */
        bool exists;
        /* Offline, and below /run: the file is made at boot, and what an image holds there counts for
         * nothing. Neither exists nor conf is set. */
        bool made_at_boot;
        bool immutable;                /* the attribute of chattr(1) */
        int error;                     /* why the file, though there, was not read: a negative errno, or 0 */
        char *error_text;              /* the same in words */
        struct resolv_conf *conf;      /* NULL when missing or not read */
        struct resolv_options options; /* in force by the file alone; the defaults without one */

        enum resolver_owner owner;
        bool stub;         /* the owner's setting says that programs ask a stub of this machine */
        bool owner_starts; /* the service that makes the file is there and starts at boot */
        struct resolver_place evidence;

        /* Where the owner's options are, or have to be, set: path and line when something stands there, else
         * path alone; no path when the owner has no such setting. text is what to write there. */
        struct resolver_place knob;
        /* All places where it is missing: more than the knob where several connections have it each for
         * itself; none where the owner has no such setting, or where editing would not make it certain. */
        struct resolver_settings settings;
        enum resolver_forecast forecast;
        char *writes; /* RESOLVER_WRITES: the list, may be empty */
        char *cause;  /* RESOLVER_UNCERTAIN, and where the forecast needs a word of explanation; or NULL */
};

/* The resolver of this scan's root, borrowed. Only -ENOMEM, or the error of a directory on the way to the
 * file: whatever else fails is said in the result. */
_must_check_ int resolver_get(struct context *context, const struct resolver **ret);

/* "NetworkManager", "dhclient-script of ifupdown", …: for people. */
const char *resolver_owner_name(enum resolver_owner owner);
/* The same as a word for programs: "networkManager", "plain", … */
const char *resolver_owner_id(enum resolver_owner owner);
/* Whether programs ask only this machine: a stub of the owner's, or loopback nameservers alone. */
bool resolver_is_local(const struct resolver *resolver);

enum resolver_answer { RESOLVER_NO, RESOLVER_YES, RESOLVER_MAYBE };

/* Whether the flag will be in force once the owner has written the file again. */
enum resolver_answer resolver_will_have(const struct context *context, const struct resolver *resolver,
                                        enum resolv_flag flag);

/* Where a process may get $RES_OPTIONS from: systemd's DefaultEnvironment=, /etc/environment, profile.d, and
 * on a live system the environment of process 1. Sets path, line and the value in text of the first place
 * that turns the flag on; 0 and nothing set where there is none, 1 when there is. What cannot be read is
 * passed over: this only explains a verdict. resolver_place_done() frees. */
_must_check_ int resolver_environment(struct context *context, enum resolv_flag flag,
                                      struct resolver_place *ret);
void resolver_place_done(struct resolver_place *place);
#define _cleanup_resolver_place_ _cleanup_(resolver_place_done)
