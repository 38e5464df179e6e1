# SPDX-License-Identifier: Apache-2.0
# Sourced by deb.sh and rpm.sh.
# shellcheck shell=bash disable=SC2154

# same_files KIND: lines "MODE OWNER GROUP PATH" on stdin against the list of what a package holds.
same_files() {
        local list=$tap_work/listed
        sed -e 's,/$,,' -e 's, /lib/, /usr/lib/,' -e 's/\.gz$//' -e 's,/usr/share/zsh/\(vendor-completions\|site-functions\)/,ZSH/,' |
                grep -v -e ' /usr/share/\(doc\|licenses\|lintian\)/' -e '/usr/lib/.build-id' |
                grep -e '^-' -e '^l' -e ecs-guest-agent >"$list"
        if grep -v ' root root ' "$list"; then
                echo "which are not root's"
                return 1
        fi
        diff <(grep -v '^#' "$here/package-files.txt" | LC_ALL=C sort -k 2) <(awk '{ print $1, $4 }' "$list" | LC_ALL=C sort -k 2)
}

# One version, wherever it stands.
version_of() { sed -n "s/^ *version : '\(.*\)',/\1/p" "$top/meson.build" | head -n 1; }

# What a build leaves of the tree that it was given: all of it as it was.
fingerprint() { (cd "$top" && find packaging agent probes fixers meson.build debian -exec stat -c '%n %Y %s' {} + 2>/dev/null | sort | sha256sum); }
