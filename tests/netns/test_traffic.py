# SPDX-License-Identifier: LGPL-2.1-or-later
"""What runs goes on running: connections of both directions and families, and what uses a default
route that is not ours, over each kind of failure and back."""
import unittest

import tap
from front import EVENTS, V4, V6, front_lab, call_interface
from lab import wait_until

# name: mode, from, to, address of the echo, address to begin from
CONNECTIONS = {
    'from the router, IPv4': ('rtr', 'host', V4, None),
    'from the router, IPv6': ('rtr', 'host', V6, None),
    'from the client, IPv4': ('cli', 'host', V4, None),
    'from the client, IPv6': ('cli', 'host', V6, None),
    'to the router, IPv4': ('host', 'rtr', '10.2.0.1', V4),
    'to the router, IPv6': ('host', 'rtr', 'fd00:2::1', V6),
    'to the client, IPv4': ('host', 'cli', '10.3.0.2', V4),
    'to the client, IPv6': ('host', 'cli', 'fd00:3::2', V6),
}


def open_connections(lab):
    return {name: lab.flow('tcp', source, target, address, 7000 + number, 100, bind)
            for number, (name, (source, target, address, bind)) in enumerate(CONNECTIONS.items())}


def wait_alive(flows, when):
    """Ten more rounds on each."""
    for name, flow in flows.items():
        before = flow.look()['rounds']
        wait_until(lambda f=flow, b=before: f.look()['rounds'] >= b + 10,
                   f'the connection {name} alive {when}')


def prepared_lab():
    """The default routes are there before the daemon and not its own."""
    lab = front_lab()
    try:
        lab.wait_on('eth0', V4, V6)
        lab.add_default_routes()
        wait_until(lambda: lab.ping('host', '10.3.0.2') and lab.ping('host', 'fd00:3::2'),
                   'the client from the host')
    except BaseException:
        lab.failed = True
        lab.close()
        raise
    return lab


class Traffic(unittest.TestCase):
    def survive(self, event):
        break_it, mend_it, _, _ = EVENTS[event]
        with prepared_lab() as lab:
            flows = open_connections(lab)
            wait_alive(flows, 'before')
            break_it(lab)
            lab.wait_on('eth1', V4, V6)
            wait_alive(flows, 'on the other member')
            self.assertTrue(lab.ping('host', '10.3.0.2', '-I', V4), 'IPv4 by the default route')
            self.assertTrue(lab.ping('host', 'fd00:3::2', '-I', V6), 'IPv6 by the default route')
            self.assertTrue(lab.ping('host', '10.3.0.2'), 'IPv4, no source asked for')
            self.assertTrue(lab.ping('host', 'fd00:3::2'), 'IPv6, no source asked for')
            mend_it(lab)
            lab.wait_on('eth0', V4, V6)
            wait_alive(flows, 'back again')
            for name, flow in flows.items():
                self.assertEqual(flow.finish()['error'], '', name)

    def test_carrier_loss(self):
        self.survive('carrier')

    def test_admin_down(self):
        self.survive('admin')

    def test_device_deletion(self):
        self.survive('unplug')

    def test_ping_goes_on_over_the_foreign_default_route(self):
        with prepared_lab() as lab:
            pings = [lab.spawn('host', 'ping', '-n', '-q', '-i', '0.01', '-c', '200', '-W', '1',
                               address, stdout=-1) for address in ('10.3.0.2', 'fd00:3::2')]
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            for ping in pings:
                text, _ = ping.communicate(timeout=60)
                received = int(text.split(' received')[0].split()[-1])
                self.assertGreaterEqual(received, 180, text)

    def test_packets_are_hardly_missed(self):
        """A loose bound, far under what any detection by time-outs could reach; the figures are made
        by tools/bench."""
        for address in (V4, V6):
            with self.subTest(address=address), prepared_lab() as lab:
                for attempt in range(3):  # a machine that stands still in between shows nothing
                    flow = lab.flow('udp', 'rtr', 'host', address, 7100 + attempt, 1000)
                    flow.after(100)
                    lab.cable(0, False)
                    lab.wait_on('eth1', address)
                    flow.after(flow.look()['sent'] + 100)
                    report = flow.finish()
                    lost = report['lost'] + report['unanswered']
                    if lost < 200:
                        break
                    lab.cable(0, True)
                    lab.wait_on('eth0', address)
                self.assertLess(lost, 200, report)

    def test_a_planned_move_loses_nothing(self):
        with prepared_lab() as lab:
            flows = {address: lab.flow('udp', 'rtr', 'host', address, port, 1000)
                     for address, port in ((V4, 7101), (V6, 7102))}
            for _ in range(3):
                call_interface(lab, 'eth0', 'Offline')
                lab.wait_on('eth1', V4, V6)
                call_interface(lab, 'eth0', 'Online')
                lab.wait_on('eth0', V4, V6)
            for address, flow in flows.items():
                report = flow.finish()
                self.assertGreater(report['answered'], 0)
                # As IPv6 nexthop groups are replaced the kernel discards what another processor is
                # just about to send: docs/spreading.md.
                discarded = min(report['backward'], 1) if address == V6 else 0
                self.assertEqual(report['lost'] + report['unanswered'] - discarded, 0, report)


if __name__ == '__main__':
    tap.main()
