# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stopping, killing and starting the daemon moves nothing; what happened meanwhile is seen to."""
import unittest

import tap
from front import FRONT, V4, V6, front_lab, wait_state
from lab import Lab, difference, wait_until


class Restart(unittest.TestCase):
    def restart(self, end, failed):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth1', '10.2.0.11', 'fd00:2::11')
            lab.add_default_routes()
            wait_until(lambda: lab.ping('host', '10.3.0.2'), 'the client')
            flow = lab.flow('udp', 'rtr', 'host', V4, 7000, 1000)
            connection = lab.flow('tcp', 'host', 'cli', '10.3.0.2', 7001, 100, V4)
            wait_until(lambda: flow.look()['answered'] > 50, 'packets')
            if failed:
                lab.cable(0, False)
                lab.wait_on('eth1', V4, V6)
            wait_state(lab, 'eth0', 'failed' if failed else 'ok')
            lost = flow.look()['lost']
            before = lab.picture()
            watch = lab.spawn('host', 'ip', 'monitor', 'address', stdout=-1)
            end(lab)
            self.assertEqual(difference(before, lab.picture()), [])
            lab.start_daemon()
            wait_until(lambda: lab.bus.place('front', V4) == ('eth1' if failed else 'eth0'),
                       'the address known again')
            wait_state(lab, 'eth0', 'failed' if failed else 'ok')
            self.assertEqual(difference(before, lab.picture()), [])
            watch.terminate()
            text, _ = watch.communicate(timeout=10)
            self.assertEqual(text, '', 'addresses were touched')
            self.assertEqual(flow.look()['lost'], lost)
            if failed:
                lab.cable(0, True)
                lab.wait_on('eth0', V4, V6)
            self.assertEqual(connection.finish()['error'], '')

    def test_stop_and_start(self):
        self.restart(lambda lab: lab.stop_daemon(), False)

    def test_stop_and_start_while_failed(self):
        self.restart(lambda lab: lab.stop_daemon(), True)

    def test_kill_and_start(self):
        self.restart(lambda lab: lab.kill_daemon(), False)

    def test_kill_and_start_while_failed(self):
        self.restart(lambda lab: lab.kill_daemon(), True)

    def test_a_cable_pulled_while_away(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.stop_daemon()
            lab.cable(0, False)
            lab.start_daemon()
            lab.wait_on('eth1', V4, V6)
            self.assertTrue(lab.ping('rtr', V4))

    def test_a_device_removed_while_away(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.kill_daemon()
            lab.unplug(0)
            lab.start_daemon()
            lab.wait_on('eth1', V4, V6)
            wait_state(lab, 'eth0', 'missing')
            lab.plug(0)
            lab.wait_on('eth0', V4, V6)

    def test_a_cable_put_back_while_away(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            lab.kill_daemon()
            lab.cable(0, True)
            lab.start_daemon()
            lab.wait_on('eth0', V4, V6)

    def test_an_address_dropped_from_the_file_while_away(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.stop_daemon()
            lab.configure(front=FRONT.replace('10.2.0.10/24 ', ''))
            lab.start_daemon()
            wait_until(lambda: lab.devices_with(V4) == [], f'{V4} gone')
            lab.wait_on('eth0', V6)

    def test_a_start_on_a_host_without_ipv6(self):
        """What the kernel refuses is left out; the rest of the host is not left alone for it."""
        with Lab() as lab:
            for name in ('all', 'default', 'eth0', 'eth1'):
                lab.sysctl('host', f'net.ipv6.conf.{name}.disable_ipv6', 1)
            lab.configure(front=FRONT)
            lab.start_daemon()
            lab.wait_on('eth0', V4)
            lab.cable(0, False)
            lab.wait_on('eth1', V4)
            self.assertIsNone(lab.daemon.poll())

    def test_a_second_daemon_leaves_the_first_alone(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            before = lab.picture()
            first, lab.daemon = lab.daemon, None
            with self.assertRaises(AssertionError):
                lab.start_daemon()
                second, lab.daemon = lab.daemon, None
                status = second.wait(timeout=30)
                assert status == 0, status
            lab.daemon = first
            self.assertIsNone(first.poll())
            self.assertEqual(difference(before, lab.picture()), [])


if __name__ == '__main__':
    tap.main()
