#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# with-locales.sh CATALOGS LOCALEDIR CMD [ARG...]: run CMD as root with the built catalogs where the
# programs look for them, which nobody else sees.
set -eu

if [ "${WITH_LOCALES:-}" != inside ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "with-locales.sh: only root can make the namespace" >&2
        exit 77
    fi
    WITH_LOCALES=inside exec unshare --mount --propagation private -- "$(readlink -f "$0")" "$@"
fi
catalogs=$1
place=$2
shift 2
# what is not there yet is made in a file system of its own
above=$place
while [ ! -d "$above" ]; do
    above=$(dirname "$above")
done
if [ "$above" != "$place" ]; then
    mount -t tmpfs tmpfs "$above"
    mkdir -p "$place"
fi
mount --bind "$catalogs" "$place"
exec "$@"
