# SPDX-License-Identifier: LGPL-2.1-or-later
"""`ip` used by hand, while all is well and while a member has failed: it is followed, nothing of the
user's is lost or doubled, and traffic goes on."""
import unittest

import tap
from front import V4, V6, wait_state
from lab import Lab, difference, wait_until
from routes import LL6

BARE = '[Group]\n[Interface eth0]\n[Interface eth1]\n'
ALIAS, NEW = '10.2.0.12', '10.2.0.50'


class ByHand(unittest.TestCase):
    def started(self, failed):
        self.lab = lab = Lab(addresses=[(0, f'{V4}/24'), (0, f'{ALIAS}/24'), (0, f'{V6}/64'),
                                        (1, '10.2.0.11/24'), (1, 'fd00:2::11/64')])
        self.addCleanup(lab.close)
        lab.add_default_routes()
        lab.ip('host', 'route add 10.66.0.0/16 via 10.2.0.1 dev eth0')
        self.before = lab.picture()
        lab.configure(front=BARE)
        lab.start_daemon()
        wait_until(lambda: lab.bus.place('front', V6) == 'eth0', 'adopted')
        self.host = 'eth0'
        if failed:
            lab.cable(0, False)
            self.host = 'eth1'
        lab.wait_on(self.host, V4, ALIAS, V6)
        self.flow = lab.flow('udp', 'cli', 'host', V4, 7000, 500)
        self.flow.after(50)
        return lab

    def each_state(self):
        for failed in (False, True):
            lab = self.started(failed)
            yield lab, failed
            lab.close()

    def state_of(self, address):
        return {a['address'].split('/')[0]: a['state']
                for a in self.lab.bus.group('front')['Addresses']}.get(address)

    def nothing_lost(self):
        report = self.flow.settled()
        self.assertEqual(report['lost'], 0, f'{report}\n{self.lab.ipmpctl("history").stdout}')

    def mended(self):
        self.lab.cable(0, True)
        self.lab.wait_on('eth0', V4, V6)

    def given_back(self):
        self.lab.ipmpctl('delete', 'front')
        self.assertEqual([line for line in difference(self.before, self.lab.picture())
                          if not line.startswith('neigh') and 'another order' not in line], [])

    def test_an_address_added_and_deleted(self):
        for lab, failed in self.each_state():
            lab.ip('host', f'addr add {NEW}/24 dev eth0')
            wait_until(lambda: lab.bus.place('front', NEW) == self.host, 'adopted')
            lab.wait_on(self.host, NEW)
            lab.ip('host', f'addr del {NEW}/24 dev {self.host}')
            wait_until(lambda: self.state_of(NEW) == 'withdrawn', 'withdrawn')
            self.assertEqual(lab.devices_with(NEW), [])
            self.nothing_lost()
            self.mended()
            self.assertEqual(lab.devices_with(NEW), [])
            self.given_back()

    def test_an_address_changed(self):
        for lab, failed in self.each_state():
            def lifetime():
                for link in lab.ip_json('host', 'addr', 'show', 'dev', self.host):
                    for info in link['addr_info']:
                        if info.get('local') == V4:
                            return info['valid_life_time']
                return None

            for verb in ('change', 'replace'):
                lab.ip('host', f'addr {verb} {V4}/24 dev eth0 valid_lft 1000 preferred_lft 900')
                wait_until(lambda: (lifetime() or 0) in range(900, 1001), 'the new lifetime in force')
                lab.wait_on(self.host, V4)
            lab.ip('host', f'addr change {V4}/24 dev eth0 valid_lft forever preferred_lft forever')
            wait_until(lambda: (lifetime() or 0) > 100000, 'no end any more')
            lab.wait_on(self.host, V4)
            self.nothing_lost()
            self.mended()

    def test_a_flush(self):
        for lab, failed in self.each_state():
            lab.ip('host', 'addr flush dev eth0 scope global')
            if failed:
                lab.wait_on('eth1', V4, ALIAS, V6)
                self.nothing_lost()
                self.mended()
                continue
            for address in (V4, ALIAS, V6):
                wait_until(lambda a=address: self.state_of(a) == 'withdrawn', f'{address} withdrawn')
                self.assertEqual(lab.devices_with(address), [])
            self.assertEqual(lab.devices_with('10.2.0.11'), ['eth1'])
            lab.add_address(0, f'{V4}/24')
            wait_until(lambda: self.state_of(V4) == 'up', 'up again')
            self.assertEqual(lab.devices_with(V4), ['eth0'])

    def test_down_and_up(self):
        for lab, failed in self.each_state():
            for _ in range(2):
                lab.admin(0, False)
                lab.wait_on('eth1', V4, ALIAS, V6)
                lab.admin(0, True)
                lab.wait_on('eth1' if failed else 'eth0', V4, ALIAS)
            self.mended()
            lab.wait_on('eth0', V4, ALIAS, V6)
            self.flow.unbroken()
            # The kernel has flushed the IPv6 default route, which comes back with the group's end.
            self.given_back()

    def test_renamed(self):
        for lab, failed in self.each_state():
            lab.rename('eth0', 'other0')
            wait_state(lab, 'eth0', 'missing')
            lab.wait_on('eth1', V4, ALIAS, V6)
            lab.rename('other0', 'eth0')
            self.mended()
            lab.wait_on('eth0', V4, ALIAS, V6)
            self.flow.unbroken()
            self.given_back()

    def test_routes(self):
        for lab, failed in self.each_state():
            def copies(table):
                return [route['dst'] for route in lab.ip_json('host', 'route', 'show', 'table', table)]

            lab.ip('host', 'route add 10.67.0.0/16 via 10.2.0.1 dev eth1')
            wait_until(lambda: '10.67.0.0/16' in copies('7300'), 'a new route followed')
            lab.ip('host', 'route change 10.67.0.0/16 via 10.2.0.1 dev eth1 mtu 1400')
            wait_until(lambda: any(route.get('metrics') for route in lab.ip_json(
                'host', 'route', 'show', '10.67.0.0/16', 'table', '7300')), 'its change followed')
            lab.ip('host', 'route del 10.67.0.0/16')
            wait_until(lambda: '10.67.0.0/16' not in copies('7300'), 'its end followed')
            lab.ip('host', 'route del 10.66.0.0/16')
            if not failed:
                wait_until(lambda: '10.66.0.0/16' not in copies('7300'), 'the other one too')
            self.nothing_lost()
            self.mended()
            lab.ipmpctl('delete', 'front')
            main = [route['dst'] for route in lab.ip_json('host', 'route', 'show', 'table', 'main')]
            self.assertIn('default', main)
            self.assertNotIn('10.66.0.0/16', main)  # who deleted it wants it so
            self.assertNotIn('10.67.0.0/16', main)

    def test_settings(self):
        """The filter is set by somebody, of one member and of all: loose it stays, and at the end
        it is as he set it."""
        lab = self.started(False)
        lab.sysctl('host', 'net.ipv4.conf.all.rp_filter', 0)
        other = self.before['sysctl']['net.ipv4.conf.eth1.rp_filter']
        for device in ('eth0', 'all'):
            lab.sysctl('host', f'net.ipv4.conf.{device}.rp_filter', 1)
            for member in ('eth0', 'eth1') if device == 'all' else ('eth0',):
                wait_until(lambda m=member: lab.sysctl(
                    'host', f'net.ipv4.conf.{m}.rp_filter') == '2', f'{member} loose again')
        self.nothing_lost()
        lab.ipmpctl('delete', 'front')
        self.assertEqual([lab.sysctl('host', f'net.ipv4.conf.{name}.rp_filter')
                          for name in ('eth0', 'eth1', 'all')], ['1', other, '1'])

    def test_gateways(self):
        """Routes through a gateway, by a member in service and by one that is not."""
        for lab, failed in self.each_state():
            def copied(family, destination, table='7300'):
                return [route for route in lab.ip_json('host', family, 'route', 'show', destination,
                                                       'table', table)
                        if route.get('protocol') == '73']

            # Without carrier the kernel takes a global IPv6 gateway for routes of main alone.
            gateway6 = LL6 if failed else 'fd00:2::1'
            lab.ip('host', 'route add 10.68.0.0/16 via 10.2.0.1 dev eth0',
                   'route add 10.69.0.0/16 via 10.2.0.1 dev eth0 table 100',
                   '-6 route add fd00:68::/32 via fd00:2::1 dev eth0',
                   '-6 rule add to fd00:70::/32 lookup 101 pref 1000',
                   f'-6 route add fd00:69::/32 via {gateway6} dev eth0 table 100',
                   f'-6 route add fd00:70::/32 via {gateway6} dev eth0 table 101',
                   f'-6 route add default via {gateway6} dev eth0 table 101',
                   'nexthop add id 100 via 10.2.0.1 dev eth1',
                   '-6 nexthop add id 101 via fd00:2::1 dev eth1')
            lab.run('host', 'busybox', 'route', 'add', '-net', '10.70.0.0/16', 'gw', '10.2.0.1',
                    'dev', 'eth0')
            wait_until(lambda: copied('-4', '10.68.0.0/16') and copied('-4', '10.70.0.0/16') and
                       copied('-6', 'fd00:68::/32') and copied('-6', 'fd00:70::/32', 'all'),
                       'followed')
            self.nothing_lost()
            self.mended()
            lab.ip('host', 'route del 10.68.0.0/16', 'route del 10.70.0.0/16',
                   'route del 10.69.0.0/16 table 100', '-6 route del fd00:68::/32',
                   '-6 route del fd00:69::/32 table 100', '-6 route del fd00:70::/32 table 101',
                   '-6 route del default table 101',
                   '-6 rule del to fd00:70::/32 lookup 101 pref 1000',
                   'nexthop del id 100', 'nexthop del id 101')
            wait_until(lambda: not copied('-4', '10.68.0.0/16') and
                       not copied('-6', 'fd00:68::/32') and
                       not copied('-6', 'fd00:70::/32', 'all'), 'their end followed')
            self.given_back()

    def test_what_is_ours(self):
        for lab, failed in self.each_state():
            def ours():
                return (lab.run(None, 'ip', '-n', 'host', 'rule').stdout.count('proto 73'),
                        sorted(r['dst'] for table in ('7300', '7301', 'main')
                               for r in lab.ip_json('host', 'route', 'show', 'table', table)
                               if r.get('protocol') == '73'))

            wanted = ours()
            for command in ('rule del lookup 7300', 'rule del lookup 7301', 'route flush table 7301',
                            'route flush table 7300', 'nexthop flush proto 73',
                            'route flush table main proto 73', 'addr del 10.2.0.10/32 dev lo'):
                lab.ip('host', command)
                wait_until(lambda: ours() == wanted, f'{command}: {ours()}, not {wanted}')
            wait_until(lambda: V4 in lab.run(None, 'ip', '-n', 'host', 'addr', 'show', 'lo').stdout,
                       'the anchor back')
            lab.wait_on(self.host, V4, ALIAS, V6)
            self.flow.unbroken()
            self.mended()
            self.given_back()


if __name__ == '__main__':
    tap.main()
