# SPDX-License-Identifier: LGPL-2.1-or-later
"""Test addresses: applications never pick one, and what is sent from one is answered, whatever the
reverse path filter is set to and whatever else the member has or has not."""
import pathlib
import sys
import unittest

import tap
from front import EVENTS, V4, V6, front_lab, reload, wait_state
from lab import Lab, difference, wait_until
from test_teardown import delete_group, settled_picture

SOCKETS = pathlib.Path(__file__).parents[1] / 'lib/sockets.py'
FIRST_TABLE = 0x49000000
PRIORITY = 32764
ROUTER4, ROUTER6 = '10.2.0.1', 'fd00:2::1'
CLIENT4, CLIENT6 = '10.3.0.2', 'fd00:3::2'
DATA = {V4, '10.2.0.11', V6, 'fd00:2::11'}

# %s: of a test address, without the number of the member
CONFIG = '''[Group]
ProbeMethod=none

[Interface eth0]
Addresses=10.2.0.10/24 fd00:2::10/64
TestAddresses=%s0/24

[Interface eth1]
Addresses=10.2.0.11/24 fd00:2::11/64
TestAddresses=%s1/24

[Interface eth2]
Standby=yes
TestAddresses=%s2/24
'''
NEAR = '10.2.0.21'
PRIVATE = '192.168.77.1'
PRIVATE_ROUTER = '192.168.77.254'


def config(prefix=NEAR):
    return CONFIG % (prefix, prefix, prefix)


def index_of(lab, device):
    return lab.ip_json('host', 'link', 'show', 'dev', device)[0]['ifindex']


def test_rules(lab, family='-4'):
    """Who is sent to which table."""
    return {rule['src']: int(rule['table']) for rule in lab.ip_json('host', family, 'rule', 'show')
            if rule['priority'] == PRIORITY and int(rule['table']) >= FIRST_TABLE}


def test_tables(lab, family='-4'):
    """Routes of all tables of test addresses."""
    return [route for route in lab.ip_json('host', family, 'route', 'show', 'table', 'all')
            if str(route.get('table', '')).isdigit()
            and FIRST_TABLE <= int(route['table']) < FIRST_TABLE + 0x1000000]


def is_set_up(lab, number, test, subnet):
    """As it should be: the address, the rule to the device's table, the route there."""
    device = f'eth{number}'
    table = FIRST_TABLE + index_of(lab, device)
    routes = [(route['dst'], route['dev'], route['prefsrc'], route['scope'], route['protocol'])
              for route in test_tables(lab) if int(route['table']) == table]
    return lab.on(test, device) and test_rules(lab).get(test) == table \
        and routes == [(subnet, device, test, 'link', '73')]


def sockets(lab, *arguments):
    return lab.run('host', sys.executable, SOCKETS, *arguments).stdout.strip()


def linklocal(lab, device):
    for info in lab.ip_json('host', '-6', 'addr', 'show', 'dev', device)[0]['addr_info']:
        if info['scope'] == 'link':
            return info['local']
    return None


def tested_lab(text, set_up=None, **options):
    """Three members whose test addresses are set up."""
    lab = front_lab(text, members=3, **options)
    try:
        lab.wait_on('eth0', V4, V6)
        lab.wait_on('eth1', '10.2.0.11', 'fd00:2::11')
        prefix, subnet = set_up or (NEAR, '10.2.0.0/24')
        for number in range(3):
            wait_until(lambda n=number: is_set_up(lab, n, f'{prefix}{n}', subnet),
                       f'the test address of eth{number}')
    except BaseException:
        lab.failed = True
        lab.close()
        raise
    return lab


class Recipe(unittest.TestCase):
    def test_as_it_should_be(self):
        with tested_lab(config()) as lab:
            info = next(info for info in lab.ip_json('host', 'addr', 'show', 'dev', 'eth2')[0]['addr_info']
                        if info.get('local') == f'{NEAR}2')
            self.assertEqual((info['prefixlen'], info['scope'], info['noprefixroute']),
                             (32, 'link', True))
            self.assertEqual(len(test_rules(lab)), 3)
            self.assertEqual(len(test_tables(lab)), 3)
            self.assertEqual((test_rules(lab, '-6'), test_tables(lab, '-6')), ({}, []))
            main = lab.ip_json('host', 'route', 'show', 'table', 'main')
            self.assertEqual([route for route in main if NEAR in route.get('prefsrc', '')], [])

    def test_others_hands(self):
        """A rule, a route, an address that somebody takes away is there again."""
        with tested_lab(config()) as lab:
            table = FIRST_TABLE + index_of(lab, 'eth2')
            for line in (f'rule del from {NEAR}2 lookup {table}', f'route flush table {table}',
                         f'addr del {NEAR}2/32 dev eth2'):
                lab.ip('host', line)
                wait_until(lambda: is_set_up(lab, 2, f'{NEAR}2', '10.2.0.0/24'), f'after {line}')

    def test_changed_and_taken_away(self):
        with tested_lab(config()) as lab:
            lab.configure(front=config('10.2.0.22'))
            reload(lab)
            for number in range(3):
                wait_until(lambda n=number: is_set_up(lab, n, f'10.2.0.22{n}', '10.2.0.0/24'),
                           f'the other test address of eth{number}')
            wait_until(lambda: len(test_rules(lab)) == 3 and not lab.devices_with(f'{NEAR}0'),
                       'the former ones gone')
            lab.configure(front='\n'.join(line for line in config().split('\n')
                                          if not line.startswith('Test')))
            reload(lab)
            wait_until(lambda: (test_rules(lab), test_tables(lab), lab.devices_with('10.2.0.220'))
                       == ({}, [], []), 'nothing of test addresses left')

    def over(self, event):
        break_it, mend_it, _, state = EVENTS[event]
        with tested_lab(config()) as lab:
            break_it(lab)
            wait_state(lab, 'eth0', state)
            if event == 'unplug':
                wait_until(lambda: f'{NEAR}0' not in test_rules(lab), 'the rule gone with its device')
            mend_it(lab)
            wait_until(lambda: is_set_up(lab, 0, f'{NEAR}0', '10.2.0.0/24'), f'after {event}')
            wait_until(lambda: len(test_rules(lab)) == 3 and len(test_tables(lab)) == 3,
                       'nothing left over')

    def test_over_carrier_loss(self):
        self.over('carrier')

    def test_over_admin_down(self):
        self.over('admin')

    def test_over_unplugging(self):
        self.over('unplug')

    def test_after_a_crash(self):
        """What nobody wants in the next life goes, also of a device that is gone."""
        with tested_lab(config()) as lab:
            lab.kill_daemon()
            lab.unplug(1)
            lab.configure(front=config().replace(f'TestAddresses={NEAR}0/24\n', ''))
            lab.start_daemon()
            wait_until(lambda: list(test_rules(lab)) == [f'{NEAR}2'] and len(test_tables(lab)) == 1
                       and not lab.devices_with(f'{NEAR}0'), 'only that of eth2')


class Applications(unittest.TestCase):
    def never_a_test_address(self, lab, device):
        """Unbound, and bound to the device that has the data addresses."""
        for target in (ROUTER4, CLIENT4, ROUTER6, CLIENT6):
            for where in ((), (device,)):
                self.assertIn(sockets(lab, 'source', target, *where), DATA, (target, where))

    def over(self, event):
        break_it, mend_it, _, state = EVENTS[event]
        with tested_lab(config()) as lab:
            lab.add_default_routes()
            self.reach_the_client(lab)
            for device in ('eth0', 'eth1'):
                self.never_a_test_address(lab, device)
            break_it(lab)
            lab.wait_on('eth2', V4, V6)
            wait_state(lab, 'eth0', state)
            self.reach_the_client(lab)
            self.never_a_test_address(lab, 'eth2')
            mend_it(lab)
            lab.wait_on('eth0', V4, V6)
            self.reach_the_client(lab)
            self.never_a_test_address(lab, 'eth0')

    def reach_the_client(self, lab):
        wait_until(lambda: lab.ping('host', CLIENT4) and lab.ping('host', CLIENT6), 'the client')

    def test_never_pick_one_over_carrier_loss(self):
        self.over('carrier')

    def test_never_pick_one_over_admin_down(self):
        self.over('admin')

    def test_never_pick_one_over_unplugging(self):
        self.over('unplug')

    def test_nor_one_of_another_subnet(self):
        with tested_lab(config(PRIVATE), (PRIVATE, '192.168.77.0/24')) as lab:
            self.assertEqual(sockets(lab, 'source', PRIVATE_ROUTER), 'none')
            lab.add_default_routes()
            self.reach_the_client(lab)
            self.assertIn(sockets(lab, 'source', PRIVATE_ROUTER), DATA)
            self.assertIn(sockets(lab, 'source', PRIVATE_ROUTER, 'eth0'), DATA)
            self.never_a_test_address(lab, 'eth0')


class Probing(unittest.TestCase):
    def answered(self, lab, prefix, target, members=range(3)):
        for everywhere in range(3):
            lab.sysctl('host', 'net.ipv4.conf.all.rp_filter', everywhere)
            for here in range(3):
                for number in members:
                    lab.sysctl('host', f'net.ipv4.conf.eth{number}.rp_filter', here)
                    self.assertEqual(sockets(lab, 'probe', f'eth{number}', f'{prefix}{number}', target),
                                     'answer', f'eth{number}, rp_filter all {everywhere}, device {here}')

    def leave_the_standby_alone(self, lab):
        """Without the daemon nobody puts data on it: it has its test address, and no route of main
        leads anywhere."""
        lab.stop_daemon()
        lab.cable(0, False)
        lab.cable(1, False)
        lab.ip('host', '-6 route flush dev eth2 proto 73')  # its gate
        for target in (ROUTER4, ROUTER6):
            wait_until(lambda t=target: sockets(lab, 'source', t) == 'none', f'no route to {target}')

    def test_whatever_the_filter(self):
        with tested_lab(config()) as lab:
            self.answered(lab, NEAR, ROUTER4)
            lab.cable(0, False)
            lab.wait_on('eth2', V4)
            self.answered(lab, NEAR, ROUTER4, (1, 2))
            lab.cable(0, True)
            lab.wait_on('eth0', V4)
            self.answered(lab, NEAR, ROUTER4)
            self.leave_the_standby_alone(lab)
            self.answered(lab, NEAR, ROUTER4, (2,))

    def test_by_another_subnet(self):
        with tested_lab(config(PRIVATE), (PRIVATE, '192.168.77.0/24')) as lab:
            lab.ip('rtr', f'addr add {PRIVATE_ROUTER}/24 dev eth0')
            self.answered(lab, PRIVATE, PRIVATE_ROUTER)
            self.leave_the_standby_alone(lab)
            self.answered(lab, PRIVATE, PRIVATE_ROUTER, (2,))

    def test_without_the_rule_it_is_not(self):
        """Else the tests above would prove nothing."""
        with tested_lab(config(PRIVATE), (PRIVATE, '192.168.77.0/24')) as lab:
            lab.ip('rtr', f'addr add {PRIVATE_ROUTER}/24 dev eth0')
            self.leave_the_standby_alone(lab)
            lab.ip('host', f'rule del from {PRIVATE}2 lookup {FIRST_TABLE + index_of(lab, "eth2")}')
            lab.sysctl('host', 'net.ipv4.conf.eth2.rp_filter', 1)
            self.assertNotEqual(sockets(lab, 'probe', 'eth2', f'{PRIVATE}2', PRIVATE_ROUTER), 'answer')

    def test_a_global_target_by_ipv6(self):
        with tested_lab(config().replace('[Group]', f'[Group]\nProbeTargets={ROUTER6}')) as lab:
            own = [linklocal(lab, f'eth{number}') for number in range(3)]
            tables = {own[number]: FIRST_TABLE + index_of(lab, f'eth{number}') for number in range(3)}
            wait_until(lambda: test_rules(lab, '-6') == tables and len(test_tables(lab, '-6')) == 3,
                       'the tables of IPv6')
            for number in range(3):
                self.assertEqual(sockets(lab, 'probe', f'eth{number}', own[number], ROUTER6), 'answer')
            self.leave_the_standby_alone(lab)
            self.assertEqual(sockets(lab, 'probe', 'eth2', own[2], ROUTER6), 'answer')

    def test_without_the_target_it_is_not(self):
        """Else the test above would prove nothing."""
        with tested_lab(config()) as lab:
            self.leave_the_standby_alone(lab)
            self.assertNotEqual(sockets(lab, 'probe', 'eth2', linklocal(lab, 'eth2'), ROUTER6), 'answer')


class Teardown(unittest.TestCase):
    def test_nothing_is_left(self):
        with Lab(members=3, addresses=[(0, '10.2.0.12/24'), (0, 'fd00:2::12/64')]) as lab:
            lab.add_default_routes()
            before = settled_picture(lab)
            lab.configure(front=config().replace('[Group]', f'[Group]\nProbeTargets={ROUTER6}'))
            lab.start_daemon()
            wait_until(lambda: len(test_rules(lab)) == 3 and len(test_rules(lab, '-6')) == 3, 'the rules')
            lab.wait_on('eth0', V4, V6)
            lab.cable(0, False)
            lab.wait_on('eth2', V4, V6)
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6)
            delete_group(lab)
            wait_until(lambda: difference(before, lab.picture()) == [] or None,
                       f'as before: {difference(before, lab.picture())}', deadline=5)


if __name__ == '__main__':
    tap.main()
