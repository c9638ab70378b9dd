# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Cockpit page in a real browser, with the real cockpit-ws, daemon, bus, polkitd and cables: to be
run inside privbus.sh. What it looked like is in $SHOTS (default: cockpit/screenshots of the build)."""
import os
import pathlib
import subprocess
import time

import tap
from front import wait_state
from lab import IPMPD, Lab, wait_until
from page_case import Page

SHOWN_WITHIN = 1.0
# The best of them counts: what else the machine does is not the page's fault.
TRIES = 5


class Cable(Page):
    BROKEN = ('document.querySelector(".ipmp-topology .ipmp-break") && '
              'document.body.innerText.includes("no link")')

    def test_a_pulled_cable_is_seen_within_a_second(self):
        lab = self.lab()
        self.show('All is well', '10.2.0.10')
        self.browser.until('document.querySelectorAll(".ipmp-spark polyline").length >= 3', 'round trips are drawn')
        self.assert_well('ok')
        seconds = []
        for _ in range(TRIES):
            began = time.monotonic()
            lab.cable(0, False)
            self.browser.until(self.BROKEN, 'the cable is seen to be pulled')
            seconds.append(time.monotonic() - began)
            self.browser.says('front: eth0 – no link')
            self.assert_moved()
            if seconds[-1] < SHOWN_WITHIN:
                break
            self.mend(lab)
        print(f'# shown after {", ".join(f"{value * 1000:.0f} ms" for value in seconds)}')
        self.assertLess(min(seconds), SHOWN_WITHIN)
        self.browser.says('Check the cable and the other end of eth0.', '2 addresses moved from eth0 to eth2')
        self.assert_well('cable')
        self.mend(lab)

    def assert_moved(self):
        """In the table of addresses: where it is, and where it belongs."""
        self.browser.until('[...document.querySelectorAll(".ipmp-addresses tr")].some(row => '
                           '/10\\.2\\.0\\.10\\D[^]*eth2[^]*eth0/.test(row.innerText))', '10.2.0.10 on eth2, home eth0')

    def mend(self, lab):
        lab.cable(0, True)
        self.browser.says('All is well')

    def test_a_switch_that_forwards_nothing(self):
        lab = self.lab()
        self.show('All is well')
        lab.run('lan', 'bridge', 'link', 'set', 'dev', 'p0', 'state', '0')
        self.browser.says('front: eth0 – probes are not answered', 'check the switch port')
        self.browser.until('document.querySelectorAll(".ipmp-spark-lost").length > 0', 'lost probes are drawn')
        self.assert_well('silent')

    def test_a_card_that_is_gone(self):
        lab = self.lab()
        self.show('All is well')
        lab.unplug(1)
        self.browser.says('front: eth1 – removed', 'Missing')
        self.assert_well()
        lab.plug(1)
        self.browser.says('All is well')


class Changes(Page):
    def test_a_life_of_a_group(self):
        lab = Lab(members=4)
        self.addCleanup(lab.close)
        lab.start_daemon()
        self.show('No groups yet', 'Create the first group')
        self.assert_well('empty')
        self.create(lab)
        self.change_addresses(lab)
        self.change_settings(lab)
        self.change_members(lab)
        self.menu('Actions for group back', 'Delete group…')
        self.assert_well()
        self.confirm('Delete')
        self.browser.says('No groups yet')
        self.assertEqual(lab.devices_with('10.2.0.20'), [])
        self.assertEqual(lab.ip_json('host', 'nexthop', 'show'), [])

    def create(self, lab):
        self.browser.click('button', 'Create the first group')
        self.browser.wait('checkbox', 'eth3')
        self.browser.fill('Name', '-wrong')
        self.browser.check('eth0')
        self.browser.check('eth1')
        self.refused('Create', 'Name', '"-wrong" cannot name a group')
        self.assert_well('create')
        self.browser.fill('Name', 'back')
        self.browser.fill('More addresses', '10.2.0.20')
        self.refused('Create', 'More addresses', '10.2.0.20', 'prefix')
        self.browser.fill('More addresses', '10.2.0.20/24')
        self.browser.fill('Failure detection time', 'soon')
        self.refused('Create', 'Failure detection time', '500 ms or 10 s')
        self.browser.fill('Failure detection time', '700 ms')
        self.confirm('Create')
        self.browser.says('back', '10.2.0.20')
        self.assertEqual(lab.bus.group('back')['FailureDetectionMSec'], 700)
        wait_until(lambda: lab.devices_with('10.2.0.20') in (['eth0'], ['eth1']), '10.2.0.20 on a member')

    def change_addresses(self, lab):
        self.browser.click('button', 'Add address')
        self.browser.fill('Address', '10.2.0.300/24')
        self.refused('Add', 'Address', '10.2.0.300')
        self.browser.fill('Address', '10.2.0.21/24')
        self.browser.choose('Home', 'eth1')
        self.confirm('Add')
        lab.wait_on('eth1', '10.2.0.21')
        self.browser.says('10.2.0.21')
        self.browser.click('button', 'Remove 10.2.0.21/24')
        self.confirm('Remove')
        wait_until(lambda: not lab.devices_with('10.2.0.21'), '10.2.0.21 gone')
        self.menu('Actions for eth0', 'Test address…')
        self.browser.fill('Test address', '10.2.0.210/24')
        self.confirm('Save')
        lab.wait_on('eth0', '10.2.0.210')

    def change_settings(self, lab):
        self.menu('Actions for group back', 'Settings…')
        self.browser.until('document.querySelector("#ipmp-field-detection")?.value === "700 ms"')
        self.browser.fill('Failure detection time', '2h')
        self.refused('Save', 'Failure detection time', '3600000')
        self.browser.fill('Failure detection time', '')
        self.browser.choose('Failback', 'no')
        self.browser.fill('Probe targets', '10.2.0.1')
        self.assert_well('settings')
        self.confirm('Save')
        group = lab.bus.group('back')
        self.assertEqual((group['FailureDetectionInherited'], group['Failback'], group['ProbeTargets']),
                         (True, False, ['10.2.0.1']))
        self.menu('Actions for group back', 'Settings…')
        self.browser.choose('Failback', 'yes')
        self.confirm('Save')

    def change_members(self, lab):
        self.browser.click('button', 'Add interface')
        self.browser.wait('radio', 'eth2')
        self.assertTrue(self.browser.evaluate('document.querySelector("#ipmp-field-eth0-use").disabled'))
        self.browser.says('is a member of back')
        self.browser.do('check', role='radio', name='eth2', value=True)
        self.browser.check('Standby')
        self.confirm('Add')
        self.assertTrue(lab.bus.interface('eth2')['Standby'])
        self.menu('Actions for eth2', 'Make ordinary member…')
        self.confirm('Make ordinary')
        self.assertFalse(lab.bus.interface('eth2')['Standby'])
        self.offline(lab, 'eth0')
        self.menu('Actions for eth2', 'Remove from group…')
        self.confirm('Remove')
        self.assertIsNone(lab.bus.interface('eth2'))
        self.menu('Actions for eth1', 'Take offline…')
        self.browser.says('No other member works')
        self.assert_well('offline')
        self.browser.click('button', 'Take offline', within='dialog')
        self.browser.says('a min-redundancy of 0')
        self.browser.click('button', 'Cancel', within='dialog')
        self.menu('Actions for eth0', 'Bring online')
        self.confirm('Bring online')
        wait_until(lambda: lab.bus.interface('eth0')['State'] in ('ok', 'unknown'), 'eth0 in service')

    def offline(self, lab, name):
        self.menu(f'Actions for {name}', 'Take offline…')
        self.browser.says('Take eth0 out of service?')
        self.confirm('Take offline')
        wait_state(lab, name, 'offline')
        self.assertNotIn(name, lab.devices_with('10.2.0.20'))
        self.browser.says('taken out of service')


class Rights(Page):
    def test_who_may_not_change_sees_why(self):
        self.lab()
        for user, words in (('nobody', 'The rules of polkit on this host do not let you make changes'),
                            ('daemon', 'Turn on administrative access to make changes')):
            self.show('All is well', words, 'eth0', cockpit=self.as_user(user))
            for label in ('Create group', 'Add interface', 'Add address', 'Actions for group front',
                          'Actions for eth0', 'Remove 10.2.0.10/24'):
                self.assertEqual(self.browser.do('count', role='button', name=label), 0, f'{user}: {label}')
            self.assert_well(f'rights-{user}')

    def test_who_is_let_by_a_rule_may(self):
        lab = self.lab()
        self.show('All is well', cockpit=self.as_user('games'))
        self.assertEqual(self.browser.do('count', css='.ipmp-readonly'), 0)
        self.menu('Actions for eth1', 'Take offline…')
        self.confirm('Take offline')
        wait_state(lab, 'eth1', 'offline')


class Service(Page):
    """What is shown when there is nothing to show."""

    def test_not_installed_stopped_started(self):
        lab = self.lab()
        self.show('All is well')
        lab.stop_daemon()
        self.browser.says('The service is not installed', 'Install the package ipmp')
        self.assert_well('absent')
        self.activatable(lab)
        self.show('The service is not running', 'nobody moves them')
        self.assertFalse(lab.bus.owner(), 'a look must not start it')
        self.assert_well('stopped')
        self.browser.click('button', 'Start the service')
        self.browser.says('All is well', '10.2.0.10')
        self.stop_activated(lab)
        self.browser.says('The service is not running')
        self.show('turn on administrative access', cockpit=self.as_user('daemon'))
        self.assertEqual(self.browser.do('count', role='button', name='Start the service'), 0)

    def activatable(self, lab):
        """The bus may start it, as the shipped file says."""
        services = pathlib.Path(os.environ['PRIVBUS_DIR']) / 'services/org.ipmp.service'
        services.write_text(
            '[D-BUS Service]\nName=org.ipmp\nUser=root\n'
            f'Exec=/usr/sbin/ip netns exec host {IPMPD} --config-dir {lab.config_dir} --runtime-dir {lab.runtime_dir}\n',
            encoding='utf-8')
        self.addCleanup(self.reload_bus, lab)
        self.addCleanup(services.unlink)
        self.reload_bus(lab)

    @staticmethod
    def reload_bus(lab):
        subprocess.run(['gdbus', 'call', '--system', '--dest', 'org.freedesktop.DBus', '--object-path',
                        '/org/freedesktop/DBus', '--method', 'org.freedesktop.DBus.ReloadConfig'],
                       check=True, capture_output=True)

    @staticmethod
    def stop_activated(lab):
        done = subprocess.run(['gdbus', 'call', '--system', '--dest', 'org.freedesktop.DBus', '--object-path',
                               '/org/freedesktop/DBus', '--method',
                               'org.freedesktop.DBus.GetConnectionUnixProcessID', 'org.ipmp'],
                              check=True, capture_output=True, text=True)
        os.kill(int(done.stdout.strip('(),\n').split()[-1]), 15)
        wait_until(lambda: not lab.bus.owner(), 'the activated service gone')

    def test_access_denied(self):
        lab = self.lab()
        rule = pathlib.Path(os.environ['PRIVBUS_DIR']) / 'system.d/zz-denied.conf'
        rule.write_text('<busconfig><policy user="daemon"><deny send_destination="org.ipmp"/></policy></busconfig>',
                        encoding='utf-8')
        try:
            self.reload_bus(lab)
            self.show('Access denied', 'ask your administrator', cockpit=self.as_user('daemon'))
            self.assert_well('denied')
        finally:
            rule.unlink()
            self.reload_bus(lab)


if __name__ == '__main__':
    tap.main()
