#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# packages.sh: build the packages twice from what is committed, compare them, have them judged by lintian,
# and live their life in a container with a systemd of its own (test_packages.py). Says nothing of its own:
# what is wrong is among the results in TAP.
set -u

here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CONTAINER_SHARE=$work/share
mkdir "$CONTAINER_SHARE"

for build in first second; do
    "$top/tools/package" deb "$work/$build" >"$work/$build.log" 2>&1 || { cat "$work/$build.log" >&2; exit 1; }
done
(cd "$work/first" && sha256sum -- *.deb) >"$CONTAINER_SHARE/first"
(cd "$work/second" && sha256sum -- *.deb) >"$CONTAINER_SHARE/second"
"$top/tools/package" rpm "$work/rpm" >"$CONTAINER_SHARE/rpm" 2>&1 || echo failed >>"$CONTAINER_SHARE/rpm"
lintian --allow-root --fail-on error,warning "$work"/first/*.changes >"$CONTAINER_SHARE/lintian" 2>&1 ||
    echo failed >>"$CONTAINER_SHARE/lintian"
cp "$work"/first/*.deb "$CONTAINER_SHARE/"

# The next version: the same with another number.
dpkg-deb -R "$CONTAINER_SHARE"/ipmp_*_*.deb "$work/next"
sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
mkdir "$CONTAINER_SHARE/next"
dpkg-deb --root-owner-group -b "$work/next" "$CONTAINER_SHARE/next/ipmp.deb" >/dev/null

# The container has this machine's files: a policy against starting services would be one of them.
CONTAINER_INSTALL=no CONTAINER_PREPARE='rm -f "$ROOT/usr/sbin/policy-rc.d"' \
    "$top/tests/lib/container.sh" /usr/bin/python3 /project/tests/system/test_packages.py
