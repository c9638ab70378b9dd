# SPDX-License-Identifier: LGPL-2.1-or-later
"""Routes of others, of every kind and in every table, are used by packets before, during and after
a failover, and are what they were."""
import json
import pathlib
import re
import select
import subprocess
import sys
import unittest

import tap
from front import EVENTS, GROUP, GROUP_IFACE, V4, front_lab, wait_state
from lab import Lab, read_line, wait_until
from probing import port_state
from routes import LL6, MAIN, TABLES, prepare, settled_picture, wait_answered, wait_same

BARE = '[Group]\n[Interface eth0]\n[Interface eth1]\n'
OWN = [(0, '10.2.0.10/24'), (0, '10.2.0.12/24'), (0, 'fd00:2::10/64'), (0, 'fd00:2::12/64'),
       (1, '10.2.0.11/24'), (1, 'fd00:2::11/64')]
ALL = (MAIN, TABLES)
GROUP_ADDRESS = '239.1.1.1'
SOCKETS = pathlib.Path(__file__).parents[1] / 'lib/sockets.py'


def delete_group(lab):
    lab.bus.call(GROUP, GROUP_IFACE, 'Delete', '(a{sv})', {})


SILENT = (lambda lab: port_state(lab, 0, True), lambda lab: port_state(lab, 0, False),
          'probe-failure', 'failed')


def without_ours(picture):
    """Ours stand in front of what is others'; the anchors are on lo. In what order the kernel's own
    connected routes stand behind ours has no meaning; with the group it will."""
    ours = ('"protocol": "73"', '"table": "local"', '"ifname": "lo"')
    return {kind: sorted(without_quotes(line) for line in lines
                         if not any(word in line for word in ours))
            for kind, lines in picture.items() if kind != 'sysctl'}


def without_quotes(line):
    """Of routes by nexthop objects the kernel quotes the hops with nexthop_compat_mode=1 alone."""
    entry = json.loads(line)
    if 'nhid' in entry:
        entry = {key: value for key, value in entry.items()
                 if key not in ('dev', 'gateway', 'nexthops')}
    return json.dumps(entry, sort_keys=True)


def in_order(line):
    """An IPv6 hop that the kernel took out of several is put back behind the others."""
    route = json.loads(line)
    route.get('nexthops', []).sort(key=lambda hop: hop['dev'])
    return json.dumps(route, sort_keys=True)


def by_name(picture):
    """A card that is plugged in again has another number, and stands last."""
    numbers = re.compile(r'"(ifindex|link_index|link_netnsid)": \d+(, )?')
    return {**picture, 'addr': sorted(numbers.sub('', line) for line in picture['addr']),
            'route -6': sorted(map(in_order, picture['route -6']))}


class Routes(unittest.TestCase):
    def used_throughout(self, event, config=BARE):
        break_it, mend_it, _, state = {**EVENTS, 'silent': SILENT}[event]
        with Lab(addresses=OWN) as lab:
            prepare(lab, *ALL)
            wait_answered(lab, 'without a group', *ALL)
            before = settled_picture(lab)
            lab.configure(front=config)
            lab.start_daemon()
            lab.wait_on('eth0', V4)
            wait_until(lambda: lab.bus.place('front', 'fd00:2::12') == 'eth0', 'adopted')
            wait_answered(lab, 'before', *ALL)
            wait_same('the same with a group', without_ours(before),
                      lambda: without_ours(lab.picture()))
            break_it(lab)
            wait_state(lab, 'eth0', state)
            lab.wait_on('eth1', '10.2.0.10', '10.2.0.12', 'fd00:2::10', 'fd00:2::12')
            wait_answered(lab, 'during', *ALL)
            mend_it(lab)
            lab.wait_on('eth0', '10.2.0.10', '10.2.0.12', 'fd00:2::10', 'fd00:2::12')
            wait_state(lab, 'eth0', 'ok')
            wait_answered(lab, 'after', *ALL)
            wait_same('as before after failback', without_ours(by_name(before)),
                      lambda: without_ours(by_name(lab.picture())))
            delete_group(lab)
            wait_same('as before after Delete', by_name(before), lambda: by_name(lab.picture()))
            wait_answered(lab, 'without a group again', *ALL)

    def test_carrier_loss(self):
        self.used_throughout('carrier')

    def test_admin_down(self):
        self.used_throughout('admin')

    def test_unplug(self):
        self.used_throughout('unplug')

    def test_silent_failure(self):
        """Nothing of the kernel's turns packets away from a link that only probes speak against."""
        self.used_throughout('silent', BARE.replace('[Group]', '[Group]\nFailureDetectionTime=500ms'))


FAR, FAR6 = '10.50.30.1', 'fd00:50:30::1'


class Edits(unittest.TestCase):
    """The owner goes on as if we were not there."""

    def lab_with_route(self):
        """A second router, 10.2.0.2, behind which is the same host."""
        lab = Lab(addresses=OWN)
        lab.ip('rtr', 'addr add 10.2.0.2/24 dev eth0', f'addr add {FAR}/32 dev lo',
               f'-6 addr add {FAR6}/128 dev lo')
        lab.ip('host', 'route add 10.50.30.0/24 via 10.2.0.1 dev eth0',
               f'-6 route add fd00:50:30::/64 via {LL6} dev eth0')
        lab.configure(front=BARE)
        return lab

    def gateway(self, lab, target=FAR):
        """Of the way that packets take, None without one."""
        done = lab.run('host', 'ip', '-j', 'route', 'get', target, check=False)
        return json.loads(done.stdout)[0].get('gateway') if done.returncode == 0 else None

    def wait_gateway(self, lab, gateway, target=FAR):
        wait_until(lambda: self.gateway(lab, target) == gateway,
                   f'{target} by {gateway}', deadline=5)
        self.assertEqual(lab.ping('host', target), gateway is not None)

    def edit(self, lab):
        """Each kind of edit, by hand."""
        ours = len(lab.ip_json('host', 'route', 'show', 'table', '7300'))
        for line, gateway in (('replace 10.50.30.0/24 via 10.2.0.2 dev eth1', '10.2.0.2'),
                              ('change 10.50.30.0/24 via 10.2.0.1 dev eth1', '10.2.0.1'),
                              ('append 10.50.30.0/24 via 10.2.0.2 dev eth1', '10.2.0.1'),
                              ('del 10.50.30.0/24 via 10.2.0.1 dev eth1', '10.2.0.2'),
                              ('prepend 10.50.30.0/24 via 10.2.0.1 dev eth1', '10.2.0.1'),
                              ('del 10.50.30.0/24 via 10.2.0.1 dev eth1', '10.2.0.2'),
                              ('del 10.50.30.0/24', None),
                              ('add 10.50.30.0/24 via 10.2.0.1 dev eth1', '10.2.0.1'),
                              ('add 10.50.30.0/24 via 10.2.0.2 dev eth1 metric 9', '10.2.0.1'),
                              ('del 10.50.30.0/24 metric 0', '10.2.0.2'),
                              ('del 10.50.30.0/24 metric 9', None)):
            with self.subTest(line):
                lab.ip('host', f'route {line}')
                self.wait_gateway(lab, gateway)
        for line, gateway in ((f'replace fd00:50:30::/64 via {LL6} dev eth1', LL6),
                              ('del fd00:50:30::/64', None)):
            lab.ip('host', f'-6 route {line}')
            self.wait_gateway(lab, gateway, FAR6)
        wait_until(lambda: len(lab.ip_json('host', 'route', 'show', 'table', '7300')) == ours - 1,
                   'no copy is left')

    def test_healthy(self):
        with self.lab_with_route() as lab:
            lab.start_daemon()
            lab.wait_on('eth0', V4)
            self.wait_gateway(lab, '10.2.0.1')
            self.edit(lab)

    def test_during_a_failover(self):
        """The route that the kernel flushed is replaced: it does not come back."""
        with self.lab_with_route() as lab:
            lab.start_daemon()
            lab.wait_on('eth0', V4)
            self.wait_gateway(lab, '10.2.0.1')
            lab.admin(0, False)
            lab.wait_on('eth1', V4)
            self.wait_gateway(lab, '10.2.0.1')
            lab.ip('host', 'route add 10.50.30.0/24 via 10.2.0.2 dev eth1')
            self.wait_gateway(lab, '10.2.0.2')
            lab.ip('host', 'route del 10.50.30.0/24')
            self.wait_gateway(lab, None)
            lab.admin(0, True)
            lab.wait_on('eth0', V4)
            self.assertEqual(lab.ip_json('host', 'route', 'show', '10.50.30.0/24', 'table', 'all'), [])
            self.wait_gateway(lab, None)

    def test_deleted_while_the_daemon_is_away(self):
        with self.lab_with_route() as lab:
            lab.start_daemon()
            lab.wait_on('eth0', V4)
            self.wait_gateway(lab, '10.2.0.1')
            lab.stop_daemon()
            lab.ip('host', 'route del 10.50.30.0/24', '-6 route del fd00:50:30::/64')
            lab.start_daemon()
            for target in (FAR, FAR6):
                self.wait_gateway(lab, None, target)
            lab.cable(0, False)
            lab.wait_on('eth1', V4)
            lab.cable(0, True)
            lab.wait_on('eth0', V4)
            for target in (FAR, FAR6):
                self.wait_gateway(lab, None, target)

    def test_flushed_while_the_daemon_is_away(self):
        with self.lab_with_route() as lab:
            lab.start_daemon()
            lab.wait_on('eth0', V4)
            self.wait_gateway(lab, '10.2.0.1')
            lab.kill_daemon()
            lab.admin(0, False)
            lab.admin(0, True)
            lab.start_daemon()
            for family, target, prefix in (('-4', FAR, '10.50.30.0/24'),
                                           ('-6', FAR6, 'fd00:50:30::/64')):
                wait_until(lambda f=family, p=prefix: lab.ip_json('host', f, 'route', 'show', p),
                           f'{prefix} given back')
                self.assertTrue(lab.ping('host', target))


    def test_nexthop_objects_flushed_and_killed(self):
        """As a routing daemon makes them, which does not make them again."""
        with self.lab_with_route() as lab:
            lab.ip('host', 'nexthop add id 901 via 10.2.0.1 dev eth0 proto bird',
                   'nexthop add id 902 via 10.2.0.2 dev eth1 proto bird',
                   'nexthop add id 903 group 901,3/902 proto bird',
                   f'-6 nexthop add id 904 via {LL6} dev eth0 proto bird',
                   'route add 10.50.31.0/24 nhid 901 proto bird metric 9',
                   'route add 10.50.32.0/24 nhid 903 proto bird',
                   '-6 route add fd00:50:31::/64 nhid 904 proto bird metric 9')
            before = settled_picture(lab)
            lab.start_daemon()
            lab.wait_on('eth0', V4)
            self.wait_gateway(lab, '10.2.0.1')
            for break_it, mend_it in ((lambda: lab.cable(0, False), lambda: lab.cable(0, True)),
                                      (lambda: lab.admin(0, False), lambda: lab.admin(0, True))):
                break_it()
                lab.wait_on('eth1', V4)
                lab.kill_daemon()
                lab.start_daemon()
                lab.wait_on('eth1', V4)
                self.assertNotIn(901, [one['id'] for one in lab.ip_json('host', 'nexthop')])
                mend_it()
                lab.wait_on('eth0', V4)
                lab.kill_daemon()  # and flushed while it is away
                break_it()
                mend_it()
                lab.start_daemon()
                lab.wait_on('eth0', V4)
                wait_same('as before with the group', without_ours(before),
                          lambda: without_ours(lab.picture()))
            delete_group(lab)
            wait_same('as before', before, lab.picture)


class Cost(unittest.TestCase):
    """However many routes there are, a failover asks the kernel for as much."""

    def changes_of_a_failover(self, n):
        with Lab(addresses=OWN) as lab:
            lab.ip('host', *(f'route add 10.{60 + i // 250}.{i % 250}.0/24 via 10.2.0.1 dev eth0'
                             for i in range(n)))
            lab.configure(front=BARE)
            lab.start_daemon()
            lab.wait_on('eth0', V4)
            wait_until(lambda: len(lab.ip_json('host', 'route', 'show', 'table', '7300')) == n,
                       'all copied')
            settled_picture(lab)
            nexthops = len(lab.ip_json('host', 'nexthop', 'show'))
            monitor = lab.spawn('host', 'ip', '-o', 'monitor', 'address', 'route', 'rule', 'nexthop',
                                stdout=subprocess.PIPE)
            heard = []

            def hear(until):
                """Lines until the one that a change of ours makes."""
                lab.ip('host', f'route add {until} dev eth1', f'route del {until} dev eth1')
                while select.select([monitor.stdout], [], [], 0.1)[0]:
                    line = monitor.stdout.readline()
                    if line.startswith(f'Deleted {until}'):
                        return True
                    heard.append(line)
                return False

            wait_until(lambda: hear('192.0.2.98'), 'a monitor that hears')
            heard.clear()
            lab.cable(0, False)
            lab.wait_on('eth1', '10.2.0.10', '10.2.0.12', 'fd00:2::10', 'fd00:2::12')
            settled_picture(lab)
            wait_until(lambda: hear('192.0.2.99'), 'the monitor')
            return nexthops, len([line for line in heard if '192.0.2.9' not in line])

    def test_as_much_for_500_routes_as_for_10(self):
        few, many = self.changes_of_a_failover(10), self.changes_of_a_failover(500)
        self.assertGreater(few[1], 0)
        self.assertEqual(few[0], many[0], 'one set of nexthops for one gateway')
        # How many turns it takes is not the same each time; 490 more routes would show.
        self.assertLess(abs(few[1] - many[1]), 20, f'{few} and {many}')


class Multicast(unittest.TestCase):
    """What the manual says of it."""

    def listener(self, lab, namespace, *devices):
        child = lab.spawn(namespace, sys.executable, SOCKETS, 'listen', GROUP_ADDRESS, *devices,
                          stdout=subprocess.PIPE)
        self.assertEqual(read_line(child, 'a listener'), 'ready')
        return child

    def test_what_is_sent_and_what_is_received(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4)
            lab.ip('host', 'route add 239.0.0.0/8 dev eth0')
            wait_until(lambda: lab.ip_json('host', 'route', 'show', 'table', '7300'), 'copied')
            router = self.listener(lab, 'rtr', 'eth0')
            one, both = (self.listener(lab, 'host', *devices)
                         for devices in (('eth0',), ('eth0', 'eth1')))
            for when in ('before', 'during'):
                lab.run('host', sys.executable, SOCKETS, 'say', GROUP_ADDRESS, f'{when} host')
                lab.run('rtr', sys.executable, SOCKETS, 'say', GROUP_ADDRESS, f'{when} router', 'eth0')
                self.assertEqual(read_line(router, f'sent {when}'), f'{when} host')
                wait_until(lambda w=when: read_line(both, f'received {w}') == f'{w} router', 'it')
                if when == 'before':
                    self.assertEqual(read_line(one, 'received before'), 'before router')
                    lab.cable(0, False)
                    lab.wait_on('eth1', V4)
            self.assertEqual(select.select([one.stdout], [], [], 0.2)[0], [])


if __name__ == '__main__':
    tap.main()
