# SPDX-License-Identifier: LGPL-2.1-or-later
"""advertise.py DEVICE [WORD=VALUE...]: send router advertisements (RFC 4861).

lifetime=SECONDS           of the router as a default one (1800; 0 = it is none, and withdraws itself)
prefix=P/L,VALID,PREFERRED an on-link prefix for SLAAC; may be given several times
route=P/L,LIFETIME         a more specific route (RFC 4191); may be given several times
every=SECONDS              go on until killed
"""
import ipaddress
import socket
import struct
import sys
import threading

ALL_NODES = 'ff02::1'
ON_LINK_AUTONOMOUS = 0xc0


def prefix_option(value):
    text, valid, preferred = value.split(',')
    net = ipaddress.IPv6Network(text)
    return struct.pack('!BBBBIII', 3, 4, net.prefixlen, ON_LINK_AUTONOMOUS, int(valid),
                       int(preferred), 0) + net.network_address.packed


def route_option(value):
    text, lifetime = value.split(',')
    net = ipaddress.IPv6Network(text)
    return struct.pack('!BBBBI', 24, 3, net.prefixlen, 0, int(lifetime)) + net.network_address.packed


def main():
    device, *words = sys.argv[1:]
    lifetime, every, tail = 1800, 0.0, b''
    for word in words:
        name, _, value = word.partition('=')
        if name == 'lifetime':
            lifetime = int(value)
        elif name == 'every':
            every = float(value)
        elif name == 'prefix':
            tail += prefix_option(value)
        elif name == 'route':
            tail += route_option(value)
        else:
            sys.exit(f'advertise.py: {word} is none of lifetime, prefix, route, every')
    message = struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, lifetime, 0, 0) + tail
    index = socket.if_nametoindex(device)
    pause = threading.Event()
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        while True:
            sender.sendto(message, (ALL_NODES, 0, 0, index))
            if not every:
                return
            pause.wait(every)


if __name__ == '__main__':
    main()
