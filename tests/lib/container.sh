#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# container.sh CMD [ARG...]: boot this machine's own files, as a throw-away overlay, with a real
# systemd in a container, what BUILD installs put on top, and run CMD in it as root. Its exit status
# is passed on; everything ends with it, also when it is killed. Nothing of the machine is changed,
# and nothing of the container stays; it has a network of its own with nothing in it but lo. A name
# of root's network namespace for `ip -n host` is there already.
#
# In the container: the tree of the project at /project (read only), BUILD at /build (read only),
# what was in CONTAINER_SHARE at /share (writable), PYTHONPATH for tests/lib.
#
# BUILD              build directory (default: build/ of this tree)
# CONTAINER_INSTALL  "no": install nothing; else `meson install` of BUILD, and the users it needs
# CONTAINER_PREPARE  command run before the boot, with ROOT, the container's file system
# CONTAINER_UNITS    units that are not masked although they are below (NetworkManager.service ...)
# CONTAINER_SHARE    directory that the container may write into
# CONTAINER_ATTACH   command run after the boot, outside, with LEADER, the process that is its init
# CONTAINER_LOGS     "show": print the container's console at the end
#
# Needs root and the package systemd-container.
set -eu

me=$(readlink -f "$0")
top=$(readlink -f "$(dirname "$me")/../..")
BUILD=$(readlink -f "${BUILD:-$top/build}")
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
if [ "${CONTAINER_STAGE:-1}" = 1 ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "container.sh: only root can start a container" >&2
        exit 77
    fi
    if ! command -v systemd-nspawn >/dev/null; then
        echo "container.sh: systemd-nspawn is missing (package systemd-container)" >&2
        exit 1
    fi
    exec env CONTAINER_STAGE=2 BUILD="$BUILD" unshare --mount --pid --fork --kill-child --mount-proc \
        --propagation private -- "$me" "$@"
fi
unset CONTAINER_STAGE

# The files: what is written goes into memory.
work=/run/ipmp-container
mkdir -p $work
mount -t tmpfs -o mode=755 tmpfs $work
mkdir $work/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" $work/root
export ROOT=$work/root

# What is not asked for must neither configure the container's network nor take time.
for unit in NetworkManager.service NetworkManager-dispatcher.service NetworkManager-wait-online.service \
    systemd-networkd.service systemd-networkd.socket systemd-networkd-wait-online.service networking.service frr.service \
    keepalived.service udhcpd.service systemd-timesyncd.service systemd-resolved.service systemd-udevd.service \
    systemd-udev-trigger.service systemd-sysctl.service getty@.service console-getty.service postgresql.service \
    cockpit.socket packagekit.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    e2scrub_all.timer man-db.timer fstrim.timer logrotate.timer exim4.service cron.service ssh.service; do
    case " ${CONTAINER_UNITS:-} " in
    *" $unit "*) rm -f "$ROOT/etc/systemd/system/$unit" ;;
    *) ln -sf /dev/null "$ROOT/etc/systemd/system/$unit" ;;
    esac
done
# dbus-broker's alias, if that package is installed.
rm -f "$ROOT/etc/systemd/system/dbus.service"
# A machine of its own: no identity, name or state of this one.
echo ipmp-container >"$ROOT/etc/hostname"
rm -f "$ROOT/etc/machine-id"
touch "$ROOT/etc/machine-id"
rm -rf "$ROOT/etc/ipmp" "$ROOT/etc/resolv.conf"

if [ "${CONTAINER_INSTALL:-yes}" != no ]; then
    prefix=$(meson introspect --buildoptions "$BUILD" |
        /usr/bin/python3 -c 'import json,sys; print(*[o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"])')
    if [ "$prefix" != /usr ]; then
        echo "container.sh: $BUILD is made for $prefix; meson configure -Dprefix=/usr -Dsysconfdir=/etc $BUILD" >&2
        exit 1
    fi
    DESTDIR=$ROOT meson install -C "$BUILD" --no-rebuild --quiet
    systemd-sysusers --root="$ROOT" ipmp.conf 2>/dev/null
fi
mkdir -p "$ROOT/project" "$ROOT/build" "$ROOT/share"
[ -z "${CONTAINER_PREPARE:-}" ] || bash -euc "$CONTAINER_PREPARE"

# A control group of its own in each hierarchy that systemd uses: nspawn puts what it starts below
# that of its caller, where two containers would share it.
groups=()
group=ipmp-container-$(cat /proc/sys/kernel/random/uuid)
for hierarchy in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
    [ -f "$hierarchy/cgroup.procs" ] || continue
    home=$hierarchy$(sed -n "s|^[0-9]*:\(name=systemd\)\{0,1\}:||p" /proc/self/cgroup | tail -n 1)
    [ -f "$home/cgroup.procs" ] || home=$hierarchy
    mkdir "$home/$group" || continue
    groups+=("$home/$group")
    echo $$ >"$home/$group/cgroup.procs"
done
nspawn=
leave_groups() {
    for path in "${groups[@]}"; do
        echo $$ >"${path%/*}/cgroup.procs" || true
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            find "$path" -depth -type d -exec rmdir {} + 2>/dev/null || true
            [ -d "$path" ] || break
            read -rt 0.1 <> <(:) || true
        done
    done
}
finish() {
    [ -z "$nspawn" ] || kill -9 "$nspawn" 2>/dev/null || true
    leave_groups
    [ "${CONTAINER_LOGS:-}" != show ] || cat $work/console >&2
}
trap finish EXIT

share=()
[ -z "${CONTAINER_SHARE:-}" ] || share=(--bind="$(readlink -f "$CONTAINER_SHARE"):/share")
systemd-nspawn --quiet --register=no --keep-unit --private-network --directory="$ROOT" --link-journal=no \
    --console=pipe --capability=CAP_NET_ADMIN,CAP_SYS_RESOURCE,CAP_IPC_LOCK,CAP_SYS_NICE --bind-ro="$top:/project" \
    --bind-ro="$BUILD:/build" ${share[@]+"${share[@]}"} -b systemd.unit=multi-user.target \
    systemd.show_status=0 </dev/null >$work/console 2>&1 &
nspawn=$!

fail() {
    echo "container.sh: $1" >&2
    cat $work/console >&2
    exit 1
}
# `command`, up to so many tenths of a second.
await() {
    for _ in $(seq "$1"); do
        eval "$2" && return
        kill -0 "$nspawn" 2>/dev/null || break
        read -rt 0.1 <> <(:) || true
    done
    fail "the container did not come up: $2"
}
LEADER=
find_leader() {
    LEADER=$(cat "/proc/$nspawn/task/$nspawn/children" 2>/dev/null)
    LEADER=${LEADER%% *}
    [ -n "$LEADER" ] && [ "$(readlink "/proc/$LEADER/exe")" = /usr/lib/systemd/systemd ]
}
inside() {
    nsenter -t "$LEADER" -a -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root TERM=dumb \
        SYSTEMD_PAGER= SYSTEMD_COLORS=0 DEBIAN_FRONTEND=noninteractive PYTHONPATH=/project/tests/lib \
        PYTHONDONTWRITEBYTECODE=1 BUILD=/build DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket "$@"
}
is_up() {
    case $(inside systemctl is-system-running 2>/dev/null) in running | degraded) ;; *) false ;; esac
}
await 300 find_leader
await 900 is_up
inside ip netns attach host 1
export LEADER
[ -z "${CONTAINER_ATTACH:-}" ] || bash -euc "$CONTAINER_ATTACH"

rc=0
inside "$@" || rc=$?
kill -s RTMIN+4 "$LEADER"
wait "$nspawn" || true
nspawn=
exit $rc
