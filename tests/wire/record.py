#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records rtnetlink notifications of this kernel, one message a file, for test-parse.

    unshare --net --mount tests/wire/record.py tests/wire/recorded

Each step below is a command and the names of the messages that it must cause, by type; other
messages of a step are not kept.
"""
import os
import socket
import struct
import subprocess
import sys

TYPES = {"NEWLINK": 16, "DELLINK": 17, "NEWADDR": 20, "DELADDR": 21, "NEWROUTE": 24, "DELROUTE": 25,
         "NEWNEIGH": 28, "DELNEIGH": 29, "NEWRULE": 32, "DELRULE": 33, "NEWNEXTHOP": 104, "DELNEXTHOP": 105}
GROUPS = [1, 3, 5, 7, 8, 9, 11, 19, 32]  # link, neighbours, addresses, routes, rules, nexthops
SOL_NETLINK, ADD_MEMBERSHIP = 270, 1
OURS = 0x49500001
TESTS = 0x49000000

STEPS = [
    ("ip link set lo up", {}),
    ("ip link add eth0 index 70 type veth peer name far0", {}),
    ("ip link set eth0 addrgenmode none", {}),
    ("ip link set far0 addrgenmode none", {}),
    ("ip link set far0 up", {}),
    ("ip link set eth0 up", {}),
    ("ip link set far0 down", {"link-no-carrier": ("NEWLINK", 70, -1)}),
    ("ip link set far0 up", {"link-up": ("NEWLINK", 70, -1)}),
    ("ip addr add 192.0.2.10/24 brd + dev eth0 label eth0:a valid_lft 3600 preferred_lft 1800",
     {"address-v4": ("NEWADDR", None, 0), "route-v4-connected": ("NEWROUTE", 254, -1)}),
    ("ip addr add 192.0.2.20 peer 192.0.2.21/32 dev eth0", {"address-v4-peer": ("NEWADDR", None, 0)}),
    ("ip addr add 2001:db8::10/64 dev eth0 nodad", {"address-v6": ("NEWADDR", None, 0)}),
    ("ip route add 198.51.100.0/24 via 192.0.2.1 src 192.0.2.10 metric 50 mtu lock 1300 proto static",
     {"route-v4-static": ("NEWROUTE", 254, 0)}),
    ("ip route add 198.51.101.0/24 nexthop via 192.0.2.1 weight 3 nexthop via 192.0.2.2",
     {"route-v4-multipath": ("NEWROUTE", 254, 0)}),
    ("ip route add 198.51.102.0/24 via inet6 fe80::1 dev eth0", {"route-v4-via": ("NEWROUTE", 254, 0)}),
    ("ip route add throw 198.51.103.0/24 table 7300 proto 73", {"route-v4-throw": ("NEWROUTE", 7300, 0)}),
    ("ip route add throw 198.51.103.0/24 table 7301 proto static",
     {"route-v4-foreign-in-ours": ("NEWROUTE", 7301, 0)}),
    (f"ip route add 192.0.2.0/24 dev eth0 scope link src 192.0.2.10 table {TESTS + 70} proto 73",
     {"route-v4-test": ("NEWROUTE", TESTS + 70, 0)}),
    (f"ip rule add from 192.0.2.10 pref 32764 lookup {TESTS + 70} proto 73",
     {"rule-v4-test": ("NEWRULE", None, 0)}),
    ("ip rule add not from 192.0.2.0/24 to 198.51.0.0/16 fwmark 0x5/0xf iif lo tos 0x10 ipproto tcp "
     "dport 80 pref 1000 lookup 1234 suppress_prefixlength 1",
     {"rule-v4-others": ("NEWRULE", None, 0)}),
    ("ip route add 198.51.104.0/24 dev eth0 table 1234", {"route-v4-other-table": ("NEWROUTE", 1234, 0)}),
    ("ip -6 route add default via fe80::1 dev eth0 proto ra pref high expires 600",
     {"route-v6-ra": ("NEWROUTE", 254, 0)}),
    ("ip -6 route add 2001:db8:8::/64 from 2001:db8:7::/64 via 2001:db8::1 dev eth0",
     {"route-v6-from": ("NEWROUTE", 254, -1)}),
    ("ip -6 route add 2001:db8:9::/64 nexthop via 2001:db8::1 nexthop via 2001:db8::2",
     {"route-v6-multipath": ("NEWROUTE", 254, 0)}),
    (f"ip nexthop add id {OURS} via 192.0.2.1 dev eth0 onlink proto 73",
     {"nexthop-v4": ("NEWNEXTHOP", None, 0)}),
    (f"ip -6 nexthop add id {OURS + 1} dev eth0 proto 73", {"nexthop-v6": ("NEWNEXTHOP", None, 0)}),
    (f"ip nexthop add id {OURS + 2} dev eth0 proto 73", {}),
    (f"ip nexthop add id {OURS + 3} group {OURS},256/{OURS + 2},1 type resilient buckets 64 "
     "idle_timer 0 proto 73", {"nexthop-resilient": ("NEWNEXTHOP", None, 0)}),
    (f"ip nexthop add id {OURS + 4} group {OURS + 2} proto 73",
     {"nexthop-group": ("NEWNEXTHOP", None, 0)}),
    ("ip nexthop add id 77 dev eth0", {"nexthop-foreign": ("NEWNEXTHOP", None, 0)}),
    (f"ip route add 198.51.105.0/24 nhid {OURS + 4} proto 73", {"route-v4-nhid": ("NEWROUTE", 254, 0)}),
    (f"ip route replace 198.51.105.0/24 nhid {OURS + 3} proto 73",
     {"route-v4-replaced": ("NEWROUTE", 254, 0)}),
    (f"ip route del 198.51.105.0/24 nhid {OURS + 3}", {"route-v4-del": ("DELROUTE", 254, 0)}),
    (f"ip nexthop del id {OURS + 4}", {"nexthop-del": ("DELNEXTHOP", None, 0)}),
    ("ip rule add pref 32765 lookup main suppress_prefixlength 0 proto 73",
     {"rule-v4": ("NEWRULE", None, 0)}),
    ("ip -6 rule add from 2001:db8::/64 pref 100 lookup 7300", {"rule-v6": ("NEWRULE", None, 0)}),
    ("ip -6 rule del from 2001:db8::/64 pref 100 lookup 7300", {"rule-v6-del": ("DELRULE", None, 0)}),
    ("ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev eth0 nud stale",
     {"neighbour-v4": ("NEWNEIGH", None, 0)}),
    ("ip neigh del 192.0.2.1 dev eth0", {"neighbour-v4-failed": ("NEWNEIGH", None, 0)}),
    ("ip neigh add 192.0.2.3 lladdr 02:00:00:00:00:03 dev eth0 nud noarp",
     {"neighbour-v4-noarp": ("NEWNEIGH", None, 0)}),
    ("ip neigh add fe80::1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent router",
     {"neighbour-v6-router": ("NEWNEIGH", None, 0)}),
    ("ip neigh add fe80::2 lladdr 02:00:00:00:00:02 dev eth0 nud reachable",
     {"neighbour-v6": ("NEWNEIGH", None, 0)}),
    ("ip neigh add 2001:db8::2 lladdr 02:00:00:00:00:02 dev eth0 nud reachable",
     {"neighbour-v6-global": ("NEWNEIGH", None, 0)}),
    ("ip addr del 2001:db8::10/64 dev eth0", {"address-v6-del": ("DELADDR", None, 0)}),
    ("ip link add br0 type bridge", {}),
    ("ip link set eth0 master br0", {"link-enslaved": ("NEWLINK", 70, -1), "bridge-port": ("bridge", 70, 0)}),
    ("ip link set eth0 nomaster", {"bridge-port-del": ("bridge-del", 70, 0)}),
    ("ip link set eth0 down", {"link-down": ("NEWLINK", 70, -1)}),
    ("ip link del eth0", {"link-del": ("DELLINK", 70, 0)}),
]


def attribute(message, start, wanted):
    """The u32 attribute of this type, or None."""
    while start + 4 <= len(message):
        length, kind = struct.unpack_from("HH", message, start)
        if length < 4:
            return None
        if kind & 0x3FFF == wanted and length == 8:
            return struct.unpack_from("I", message, start + 4)[0]
        start += (length + 3) & ~3
    return None


def matches(message, kind, what):
    family, number = message[16], struct.unpack_from("H", message, 4)[0]
    if kind in ("bridge", "bridge-del"):
        return family == 7 and number == (16 if kind == "bridge" else 17)
    if number != TYPES[kind] or family == 7:
        return False
    if kind.endswith("LINK"):
        return struct.unpack_from("i", message, 20)[0] == what
    if kind.endswith("ROUTE"):
        return attribute(message, 28, 15) == what
    return True


def receive_all(monitor):
    messages = []
    while True:
        try:
            data = monitor.recv(65536)
        except BlockingIOError:
            return messages
        while data:
            length = struct.unpack_from("I", data)[0]
            messages.append(data[:length])
            data = data[(length + 3) & ~3:]


def main():
    directory = sys.argv[1]
    monitor = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    monitor.bind((0, 0))
    for group in GROUPS:
        monitor.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, group)
    monitor.setblocking(False)
    for command, wanted in STEPS:
        receive_all(monitor)
        subprocess.run(command.split(), check=True)
        messages = receive_all(monitor)
        for name, (kind, what, nth) in wanted.items():
            found = [message for message in messages if matches(message, kind, what)]
            if not found:
                sys.exit(f"{command}: no message for {name}")
            with open(os.path.join(directory, name + ".nl"), "wb") as file:
                file.write(found[nth])


main()
