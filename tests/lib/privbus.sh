#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# privbus.sh CMD [ARG...]: run CMD as root in a world of its own: mount, network and process
# namespaces, an empty /run, a private bus with the rules of the system bus (at the usual socket and
# in DBUS_SYSTEM_BUS_ADDRESS) and the real polkitd. The bus uses the shipped org.ipmp.conf, polkitd
# the built org.ipmp.policy and the rules of test.rules (games may do everything, nobody nothing,
# all others have the defaults). Everything ends with CMD, whose exit status is passed on.
#
# BUILD            build directory (default: build/ of this tree)
# PRIVBUS_POLKIT   "no": no polkitd, and none to be activated
# PRIVBUS_LOGS     "show": print the logs of the bus and of polkitd to standard error at the end
# PRIVBUS_ACTIVATE command line with which the bus may start org.ipmp by itself (default: not)
#
# CMD finds PRIVBUS_DIR: a directory of its own that goes with the namespaces.
set -eu

me=$(readlink -f "$0")
here=$(dirname "$me")
top=$(readlink -f "$here/../..")
BUILD=$(readlink -f "${BUILD:-$top/build}")
export BUILD

if [ "${PRIVBUS_STAGE:-1}" = 1 ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "privbus.sh: only root can make the namespaces" >&2
        exit 77
    fi
    exec env PRIVBUS_STAGE=2 unshare --mount --net --pid --ipc --fork --kill-child --mount-proc \
        --propagation private -- "$me" "$@"
fi
unset PRIVBUS_STAGE

policy=$BUILD/policy/org.ipmp.policy
if [ ! -e "$policy" ]; then
    echo "privbus.sh: $policy is missing: build first, or set BUILD" >&2
    exit 1
fi

# An empty /run: nothing of the machine's bus, sessions or namespaces is seen, nothing stays.
mount -t tmpfs -o mode=755 tmpfs /run
dir=/run/privbus
mkdir -p /run/netns /run/ipmp /run/dbus /run/lock $dir/services $dir/system.d
chmod 1777 /run/lock
ip link set lo up

cp "$top/data/org.ipmp.conf" /usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf $dir/system.d/
if [ "${PRIVBUS_POLKIT:-yes}" != no ]; then
    # polkitd has its directories compiled in and leaves root: they must be readable for it.
    for d in /usr/share/polkit-1/actions /usr/share/polkit-1/rules.d /etc/polkit-1/rules.d; do
        mkdir -p $d
        mount -t tmpfs -o mode=755 tmpfs $d
    done
    install -m 644 "$policy" /usr/share/polkit-1/actions/
    install -m 644 "$here/test.rules" /etc/polkit-1/rules.d/50-test.rules
    printf '[D-BUS Service]\nName=org.freedesktop.PolicyKit1\nExec=%s\nUser=root\n' \
        '/usr/lib/polkit-1/polkitd --no-debug' >$dir/services/org.freedesktop.PolicyKit1.service
fi
if [ -n "${PRIVBUS_ACTIVATE:-}" ]; then
    printf '[D-BUS Service]\nName=org.ipmp\nExec=%s\nUser=root\n' "$PRIVBUS_ACTIVATE" \
        >$dir/services/org.ipmp.service
fi

socket=/run/dbus/system_bus_socket
sed "s|@DIR@|$dir|g; s|@SOCKET@|$socket|g" "$here/bus.conf.in" >$dir/bus.conf
# --fork returns when the socket is there
dbus-daemon --config-file=$dir/bus.conf --fork --nopidfile 2>$dir/bus.log || { cat $dir/bus.log >&2; exit 1; }
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$socket PRIVBUS_DIR=$dir
unset DBUS_SESSION_BUS_ADDRESS

if [ "${PRIVBUS_POLKIT:-yes}" != no ]; then
    /usr/lib/polkit-1/polkitd --no-debug </dev/null >$dir/polkitd.log 2>&1 &
    gdbus wait --system --timeout 20 org.freedesktop.PolicyKit1
fi

rc=0
"$@" || rc=$?
if [ "${PRIVBUS_LOGS:-}" = show ]; then
    { echo "--- bus"; cat $dir/bus.log; echo "--- polkitd"; cat $dir/polkitd.log; } >&2 || true
fi
exit $rc
