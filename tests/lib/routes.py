# SPDX-License-Identifier: LGPL-2.1-or-later
"""Routes and rules of others, of every kind, each with somebody behind it who answers.

Behind the router is one host (an address on its lo) for each of them. What leads there is that one
route alone: main has no default, and what a table of its own has is unreachable by main.
"""
from lab import difference, wait_until

GW4, GW6, LL6 = '10.2.0.1', 'fd00:2::1', 'fe80::ff:fe00:1'

# name: (commands of ip on the host, who answers, options of ping)
MAIN = {
    'static': (['route add 10.50.1.0/24 via {gw} dev eth0 proto static metric 7'], '10.50.1.1'),
    'with a source': (['route add 10.50.2.0/24 via {gw} dev eth0 src 10.2.0.12'], '10.50.2.1'),
    'host': (['route add 10.50.3.1 via {gw} dev eth0'], '10.50.3.1'),
    'host on the link': (['route add 10.2.9.1 dev eth0 scope link'], '10.2.9.1'),
    'with metrics': (['route add 10.50.4.0/24 via {gw} dev eth0 mtu lock 1400 advmss 1300 '
                      'initcwnd 20 window 20000'], '10.50.4.1'),
    'of a lease': (['route add 10.50.5.0/24 via {gw} dev eth0 proto dhcp src 10.2.0.10 metric 100'],
                   '10.50.5.1'),
    'of a type of service': (['route add tos 0x10 10.50.6.0/24 via {gw} dev eth0'], '10.50.6.1',
                             '-Q', '0x10'),
    'by a gateway that is on the link': (['route add 10.50.7.0/24 via 10.2.7.1 dev eth0 onlink'],
                                         '10.50.7.1'),
    'twice': (['route add 10.50.8.0/24 via {gw} dev eth0 metric 5',
               'route add 10.50.8.0/24 via {gw} dev eth1 metric 10'], '10.50.8.1'),
    'of several hops': (['route add 10.50.11.0/24 nexthop via {gw} dev eth0 weight 3 '
                         'nexthop via {gw} dev eth1'], '10.50.11.1'),
    'by the other member': (['route add 10.50.14.0/24 via {gw} dev eth1 proto bird'], '10.50.14.1'),
    'by a nexthop object': (['nexthop add id 100 via {gw} dev eth0 proto zebra',
                             'route add 10.50.15.0/24 nhid 100 proto zebra metric 20'], '10.50.15.1'),
    'by a nexthop group': (['nexthop add id 101 via {gw} dev eth0 proto zebra',
                            'nexthop add id 102 via {gw} dev eth1 proto zebra',
                            'nexthop add id 103 group 101,2/102 proto zebra',
                            'route add 10.50.16.0/24 nhid 103 proto zebra metric 20'], '10.50.16.1'),
    'by an IPv6 gateway': (['route add 10.50.17.0/24 via inet6 {ll6} dev eth0'], '10.50.17.1'),
    'IPv6 by a nexthop object': (['-6 nexthop add id 200 via {ll6} dev eth0 proto zebra',
                                  '-6 route add fd00:50:15::/64 nhid 200 proto zebra metric 20'],
                                 'fd00:50:15::1'),
    'IPv6 static': (['-6 route add fd00:50:1::/64 via {gw6} dev eth0 proto static metric 7'],
                    'fd00:50:1::1'),
    'IPv6 with a source': (['-6 route add fd00:50:2::/64 via {gw6} dev eth0 src fd00:2::12'],
                           'fd00:50:2::1'),
    'IPv6 host': (['-6 route add fd00:50:3::1 via {ll6} dev eth0'], 'fd00:50:3::1'),
    'IPv6 with metrics': (['-6 route add fd00:50:4::/64 via {ll6} dev eth0 mtu lock 1400 '
                           'advmss 1300 initcwnd 20'], 'fd00:50:4::1'),
    'IPv6 with a preference': (['-6 route add fd00:50:5::/64 via {ll6} dev eth0 pref high'],
                               'fd00:50:5::1'),
    'IPv6 of several hops': (['-6 route add fd00:50:11::/64 nexthop via {ll6} dev eth0 '
                              'nexthop via {ll6} dev eth1'], 'fd00:50:11::1'),
}
# Each leads to a table of the administrator's, by a rule of its own.
TABLES = {
    'from': (['rule add from 10.2.0.12 to 10.60.1.0/24 lookup 101 pref 1000',
              'route add default via {gw} dev eth0 table 101'], '10.60.1.1', '-I', '10.2.0.12'),
    'fwmark': (['rule add fwmark 0x5/0xf lookup 102 pref 1001',
                'route add 10.60.2.0/24 via {gw} dev eth0 table 102 proto static src 10.2.0.12'],
               '10.60.2.1', '-m', '5'),
    'iif': (['rule add iif lo ipproto icmp to 10.60.3.0/24 lookup 103 pref 1002',
             'route add 10.60.3.0/24 via {gw} dev eth0 table 103 mtu lock 1400'], '10.60.3.1',
            '-I', '10.2.0.10'),
    'not': (['rule add not from 10.2.0.12 ipproto udp dport 53 sport 7-9 uidrange 5-6 '
             'lookup 104 pref 1003',
             'route add 10.60.4.0/24 via {gw} dev eth0 table 104'], '10.60.4.1'),
    'tos': (['rule add tos 0x10 to 10.60.5.0/24 lookup 105 pref 1004',
             'route add default via {gw} dev eth0 table 105'], '10.60.5.1', '-Q', '0x10'),
    # Of two rules of one priority the first has a table of another device.
    'second of a priority': (['rule add to 10.60.6.0/24 lookup 106 pref 1005',
                              'rule add to 10.60.6.0/24 lookup 107 pref 1005',
                              'route add 10.60.6.128/25 via 10.99.0.2 dev eth9 table 106',
                              'route add 10.60.6.0/24 via {gw} dev eth0 table 107',
                              'route add 10.60.6.128/25 via {gw} dev eth0 table 107'], '10.60.6.1'),
    'suppressed': (['rule add to 10.60.7.0/24 lookup 108 suppress_prefixlength 0 pref 1006',
                    'rule add to 10.60.7.0/24 lookup 109 pref 1007',
                    'route add blackhole default table 109 metric 9',
                    'route add default via 10.99.0.2 dev eth9 table 108',
                    'route add default via {gw} dev eth0 table 109'], '10.60.7.1'),
    'several hops': (['rule add to 10.60.8.0/24 lookup 110 pref 1008',
                      'route add default table 110 nexthop via {gw} dev eth0 '
                      'nexthop via {gw} dev eth1'], '10.60.8.1'),
    'main by name': (['rule add to 10.70.9.0/24 lookup main pref 1009',
                      'rule add to 10.70.9.0/24 unreachable pref 1010',
                      'route add 10.70.9.0/24 via {gw} dev eth0'], '10.70.9.1'),
    'a table of a large number': (['rule add to 10.60.10.0/24 lookup 4000000101 pref 1011',
                                   'route add default via {gw} dev eth0 table 4000000101'],
                                  '10.60.10.1'),
    'IPv6 from': (['-6 rule add from fd00:2::12 to fd00:60:1::/64 lookup 101 pref 1000',
                   '-6 route add default via {ll6} dev eth0 table 101'], 'fd00:60:1::1',
                  '-I', 'fd00:2::12'),
    'IPv6 fwmark': (['-6 rule add fwmark 5 lookup 102 pref 1001',
                     '-6 route add fd00:60:2::/64 via {gw6} dev eth0 table 102 proto static'],
                    'fd00:60:2::1', '-m', '5'),
    'IPv6 suppressed': (['-6 rule add to fd00:60:7::/64 lookup 108 suppress_prefixlength 0 pref 1006',
                         '-6 rule add to fd00:60:7::/64 lookup 109 pref 1007',
                         '-6 route add default via fd00:99::2 dev eth9 table 108',
                         '-6 route add default via {ll6} dev eth0 table 109'], 'fd00:60:7::1'),
}
# Who must not be reached: a more specific route of another kind or another device says so.
HIDDEN = {
    'blackhole': (['route add blackhole 10.50.1.64/26'], '10.50.1.65'),
    'unreachable': (['route add unreachable 10.50.2.64/26'], '10.50.2.65'),
    'by another device': (['route add 10.50.1.128/25 via 10.99.0.2 dev eth9'], '10.50.1.129'),
    'blackhole in a table': (['route add blackhole 10.60.3.64/26 table 103'], '10.60.3.65'),
    'throw in a table': (['route add throw 10.60.4.64/26 table 104'], '10.60.4.65'),
    'the first of a priority': ([], '10.60.6.129'),
    'IPv6 blackhole': (['-6 route add blackhole fd00:50:1::40/122'], 'fd00:50:1::41'),
}


def commands(kinds):
    words = {'gw': GW4, 'gw6': GW6, 'll6': LL6}
    return [line.format(**words) for lines, *_ in kinds.values() for line in lines]


def prepare(lab, *tables):
    """An interface of no group, who answers behind the router, and the routes."""
    lab.ip('host', 'link add eth9 type veth peer name w9', 'link set eth9 up', 'link set w9 up',
           'addr add 10.99.0.1/24 dev eth9', '-6 addr add fd00:99::1/64 dev eth9 nodad')
    answering = [kind[1] for kinds in (*tables, HIDDEN) for kind in kinds.values()]
    lab.ip('rtr', *(f'{"-6 " if ":" in a else ""}addr add {a} dev lo' for a in set(answering)),
           'addr add 10.2.7.1/32 dev eth0')
    lab.ip('host', *commands(HIDDEN), 'route add unreachable 10.60.0.0/16 metric 4000000000',
           '-6 route add unreachable fd00:60::/32 metric 4000000000')
    for kinds in tables:
        lab.ip('host', *commands(kinds))


def answered(lab, pings):
    """Of (target, *options) for ping, all at once: whether it was answered."""
    script = ' & '.join(f'ping -n -q -c 1 -W 1 {" ".join(options)} {target} >/dev/null 2>&1 '
                        f'&& echo {number}' for number, (target, *options) in enumerate(pings))
    lines = lab.run('host', 'sh', '-c', f'{script} & wait').stdout.split()
    return [str(number) in lines for number in range(len(pings))]


def unanswered(lab, *tables):
    """Names of the routes that lead nowhere, and of those that should."""
    kinds = {name: kind for table in tables for name, kind in table.items()}
    there = answered(lab, [(target, *more) for _, target, *more in kinds.values()]
                     + [(target,) for _, target in HIDDEN.values()])
    return [name for name, good in zip(kinds, there) if not good] \
        + [f'{name}: answered' for name, bad in zip(HIDDEN, there[len(kinds):]) if bad]


def wait_answered(lab, when, *tables):
    bad = []

    def none():
        bad[:] = unanswered(lab, *tables)
        return not bad

    try:
        wait_until(none, f'all routes in use {when}', deadline=10)
    except AssertionError:
        raise AssertionError(f'not in use {when}: {bad}') from None


def settled_picture(lab):
    """IPv6 addresses arrive a little after they were asked for."""
    previous = None

    def same_twice():
        nonlocal previous
        now = lab.picture()
        same, previous = now == previous, now
        return same

    wait_until(same_twice, 'a quiet host')
    return previous


def wait_same(what, before, look):
    try:
        wait_until(lambda: difference(before, look()) == [], what, deadline=5)
    except AssertionError:
        raise AssertionError('\n'.join([f'not {what}:', *difference(before, look())])) from None
