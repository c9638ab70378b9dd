# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may change what: the table, polkit's answers, and what happens while polkit is asked."""
import os
import pathlib
import signal
import subprocess
import unittest

import service
import tap
from lab import DEADLINE, wait_until
from service import (ASK, DENIED, ERROR, GROUP, INTERFACE, MANAGER, ROOT, Refused, Service,
                     group_path, interface_path, options)

FRONT, ETH0, ETH1 = group_path('front'), interface_path('eth0'), interface_path('eth1')
RULES = pathlib.Path('/etc/polkit-1/rules.d')

# In an order in which all of them succeed, each after those before it.
GUARDED = (
    ('manage-groups', ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('back', ['eth2'], {})),
    ('manage-groups', ROOT, MANAGER, 'SetDefaults', '(a{sv}a{sv})', (options(failback=False), {})),
    ('manage-groups', ROOT, MANAGER, 'Reload', '(a{sv})', ({},)),
    ('configure', FRONT, GROUP, 'AddInterface', '(sa{sv})', ('eth7', {})),
    ('configure', FRONT, GROUP, 'RemoveInterface', '(sa{sv})', ('eth7', {})),
    ('configure', FRONT, GROUP, 'AddAddress', '(sa{sv})', ('192.0.2.20/24', {})),
    ('configure', FRONT, GROUP, 'RemoveAddress', '(sa{sv})', ('192.0.2.20/24', {})),
    ('configure', FRONT, GROUP, 'Configure', '(a{sv}a{sv})', (options(probe_failures=3), {})),
    ('configure', FRONT, GROUP, 'Save', '(a{sv})', ({},)),
    ('configure', ETH1, INTERFACE, 'SetStandby', '(ba{sv})', (False, {})),
    ('configure', ETH0, INTERFACE, 'SetTestAddresses', '(asa{sv})', ([], {})),
    ('change-state', ETH0, INTERFACE, 'Offline', '(a{sv})', ({},)),
    ('change-state', ETH0, INTERFACE, 'Online', '(a{sv})', ({},)),
    ('manage-groups', group_path('back'), GROUP, 'Delete', '(a{sv})', ({},)),
)


def setUpModule():
    service.make_devices()


def polkitd_pid():
    done = subprocess.run(['gdbus', 'call', '--system', '--dest', 'org.freedesktop.DBus',
                           '--object-path', '/', '--method',
                           'org.freedesktop.DBus.GetConnectionUnixProcessID',
                           'org.freedesktop.PolicyKit1'], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[1].strip(',)'))


class Rights(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.close)

    def refused(self, user, row):
        with self.assertRaises(Refused) as caught:
            self.service.call_as(user, *row[1:5], *row[5])
        return caught.exception

    def test_who_has_no_right_changes_nothing(self):
        self.service.call(ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', 'back', [], {})
        self.service.call(FRONT, GROUP, 'AddInterface', '(sa{sv})', 'eth7', {})
        self.service.call(FRONT, GROUP, 'AddAddress', '(sa{sv})', '192.0.2.20/24', {})
        rows = [list(row) for row in GUARDED]
        rows[0][5] = ('side', ['eth2'], {})
        before = self.service.bus.objects()
        files = {p: p.read_text() for p in self.service.config.parent.iterdir()}
        for user, name in (('nobody', DENIED), ('daemon', ASK)):
            for row in rows:
                with self.subTest(user=user, method=row[3]):
                    refusal = self.refused(user, row)
                    self.assertEqual(refusal.name, name, refusal.text)
                    self.assertIn(f'org.ipmp.{row[0]}', refusal.text)
        self.assertEqual(self.service.bus.objects(), before)
        self.assertEqual({p: p.read_text() for p in self.service.config.parent.iterdir()}, files)

    def test_who_has_the_right_by_a_rule_may(self):
        for row in GUARDED:
            with self.subTest(method=row[3]):
                self.service.call_as('games', *row[1:5], *row[5])
        self.assertEqual(self.service.front()['ProbeFailures'], 3)
        self.assertFalse(self.service.properties(ROOT, MANAGER)['DefaultFailback'])

    def test_everybody_may_check_unless_a_rule_says_no(self):
        row = ('watch-probes', ROOT, MANAGER, 'Check', '(a{sv})', ({},))
        for user in ('daemon', 'games'):
            self.service.call_as(user, *row[1:5], *row[5])
        refusal = self.refused('nobody', row)
        self.assertEqual(refusal.name, DENIED)
        self.assertIn('org.ipmp.watch-probes', refusal.text)

    def test_a_wrong_argument_is_told_before_anybody_is_asked(self):
        row = ('', FRONT, GROUP, 'AddAddress', '(sa{sv})', ('ten', {}))
        self.assertEqual(self.refused('daemon', row).name, ERROR + 'InvalidArgument')

    def test_rules_see_what_it_is_about(self):
        rule = RULES / '60-details.rules'
        rule.write_text('''polkit.addRule(function (action, subject) {
            if (subject.user == "www-data" && action.id == "org.ipmp.configure" &&
                action.lookup("group") == "front" && action.lookup("interface") == "eth1" &&
                action.lookup("address") == "192.0.2.50/24")
                return polkit.Result.YES;
            if (subject.user == "www-data" && action.id == "org.ipmp.watch-probes")
                return action.lookup("interface") == "eth1" ? polkit.Result.YES : polkit.Result.NO;
        });''')
        self.addCleanup(rule.unlink)
        call = (FRONT, GROUP, 'AddAddress', '(sa{sv})')

        def accepted():  # polkitd reads its rules when it notices them
            try:
                self.service.call_as('www-data', *call, '192.0.2.50/24', options(interface='eth1'))
                return True
            except Refused as refusal:
                self.assertEqual(refusal.name, ASK)
                return False
        wait_until(accepted, 'the rule')
        for address, home in (('192.0.2.51/24', 'eth1'), ('192.0.2.50/24', 'eth0')):
            with self.assertRaises(Refused):
                self.service.call_as('www-data', *call, address, options(interface=home))
        with self.assertRaises(Refused):
            self.service.call_as('www-data', ETH1, INTERFACE, 'SetStandby', '(ba{sv})', True, {})
        watch = (ROOT, MANAGER, 'WatchProbes', '(a{sv})')
        self.service.call_as('www-data', *watch, options(interfaces=['eth1']))
        for interfaces in (['eth0'], ['eth0', 'eth1']):  # of several none is named
            with self.assertRaises(Refused):
                self.service.call_as('www-data', *watch, options(interfaces=interfaces))


class WhilePolkitIsAsked(unittest.TestCase):
    """polkitd is stopped, so that questions to it stay open; user 0 needs no question."""

    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.close)
        # The first question of all looks at polkitd before it asks, and would wait for that.
        self.service.call_as('games', ETH0, INTERFACE, 'Online', '(a{sv})', {})
        self.polkitd = polkitd_pid()
        os.kill(self.polkitd, signal.SIGSTOP)
        self.addCleanup(os.kill, self.polkitd, signal.SIGCONT)

    def ask(self, path, interface, method, *words, user='games', interactive=False):
        """A call that nobody waits for yet."""
        command = self.service.spell(path, interface, method, words)
        if interactive:
            command.insert(2, '--interactive')
        child = subprocess.Popen(['setpriv', f'--reuid={user}', '--regid=nogroup', '--clear-groups',
                                  *command],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.kill)
        return child

    def end(self, child):
        out, err = child.communicate(timeout=DEADLINE)
        return child.returncode, out + err

    def wait_for_question(self, monitor):
        for line in monitor.stdout:
            if 'member=CheckAuthorization' in line:
                return
        self.fail('polkit was not asked')

    def monitor(self):
        child = subprocess.Popen(['dbus-monitor', '--system', "member='CheckAuthorization'"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        for line in child.stdout:  # it tells its own name when it listens
            if 'NameLost' in line:
                break
        return child

    def test_an_object_that_goes_is_told(self):
        for delete_and_create in (False, True):
            with self.subTest(again=delete_and_create):
                monitor = self.monitor()
                child = self.ask(FRONT, GROUP, 'AddAddress', "'192.0.2.20/24'", '{}')
                self.wait_for_question(monitor)
                self.service.call(FRONT, GROUP, 'Delete', '(a{sv})', {})
                if delete_and_create:
                    self.service.call(ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', 'front', [], {})
                os.kill(self.polkitd, signal.SIGCONT)
                status, text = self.end(child)
                self.assertEqual(status, 1)
                self.assertIn(ERROR + 'NoSuchGroup', text)
                self.assertIn('front', text)
                os.kill(self.polkitd, signal.SIGSTOP)
                if not delete_and_create:
                    self.service.call(ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', 'front', [], {})
        self.assertEqual(self.service.front()['Addresses'], [])

    def test_an_interface_that_goes_is_told(self):
        monitor = self.monitor()
        child = self.ask(ETH1, INTERFACE, 'SetStandby', 'true', '{}')
        self.wait_for_question(monitor)
        self.service.call(FRONT, GROUP, 'RemoveInterface', '(sa{sv})', 'eth1', {})
        os.kill(self.polkitd, signal.SIGCONT)
        status, text = self.end(child)
        self.assertEqual(status, 1)
        self.assertIn(ERROR + 'NoSuchInterface', text)
        self.assertIn('eth1', text)

    def test_an_interface_that_goes_is_not_watched(self):
        monitor = self.monitor()
        child = self.ask(ROOT, MANAGER, 'WatchProbes', "{'interfaces': <['eth1']>}")
        self.wait_for_question(monitor)
        self.service.call(FRONT, GROUP, 'RemoveInterface', '(sa{sv})', 'eth1', {})
        os.kill(self.polkitd, signal.SIGCONT)
        status, text = self.end(child)
        self.assertEqual(status, 1)
        self.assertIn(ERROR + 'NoSuchInterface', text)

    def test_polkit_may_talk_to_the_user_only_if_the_call_says_so(self):
        for interactive in (False, True):
            with self.subTest(interactive=interactive):
                monitor = self.monitor()
                child = self.ask(FRONT, GROUP, 'AddAddress', "'192.0.2.20/24'", '{}',
                                 user='daemon', interactive=interactive)
                self.wait_for_question(monitor)
                flags = next(line for line in monitor.stdout if line.startswith('   uint32'))
                self.assertEqual(flags.split(), ['uint32', '1' if interactive else '0'])
                os.kill(self.polkitd, signal.SIGCONT)
                status, text = self.end(child)
                self.assertEqual(status, 1)
                self.assertIn(ASK, text)  # nobody is there who could be asked
                self.assertIn('nobody could be asked' if interactive else 'does not allow', text)
                os.kill(self.polkitd, signal.SIGSTOP)

    def test_two_that_wait_do_not_undo_each_other(self):
        monitor = self.monitor()
        children = []
        for address in ('192.0.2.20/24', '192.0.2.21/24'):
            children.append(self.ask(FRONT, GROUP, 'AddAddress', f"'{address}'", '{}'))
            self.wait_for_question(monitor)
        os.kill(self.polkitd, signal.SIGCONT)
        for child in children:
            status, text = self.end(child)
            self.assertEqual(status, 0, text)
        self.assertEqual({a['address'] for a in self.service.front()['Addresses']},
                         {'192.0.2.10/24', '192.0.2.20/24', '192.0.2.21/24'})

    def test_everybody_else_goes_on(self):
        monitor = self.monitor()
        child = self.ask(FRONT, GROUP, 'AddAddress', "'192.0.2.20/24'", '{}')
        self.wait_for_question(monitor)
        self.service.call(ETH0, INTERFACE, 'Offline', '(a{sv})', {})
        self.service.call_as('nobody', ROOT, MANAGER, 'Describe')
        self.assertIsNone(child.poll())
        os.kill(self.polkitd, signal.SIGCONT)
        self.assertEqual(self.end(child)[0], 0)

    def test_a_service_that_ends_answers(self):
        monitor = self.monitor()
        child = self.ask(FRONT, GROUP, 'AddAddress', "'192.0.2.20/24'", '{}')
        self.wait_for_question(monitor)
        self.service.stop()
        status, text = self.end(child)
        self.assertEqual(status, 1)
        self.assertIn(DENIED, text)
        self.service.start()

    def test_one_user_has_only_so_many_questions(self):
        children = [self.ask(FRONT, GROUP, 'AddAddress', f"'192.0.2.{number}/24'", '{}')
                    for number in range(20, 20 + 33)]
        refused = wait_until(lambda: [c for c in children if c.poll() is not None], 'a refusal')
        self.assertIn(ERROR + 'LimitReached', refused[0].communicate()[1])
        self.service.call(ETH0, INTERFACE, 'Offline', '(a{sv})', {})
        os.kill(self.polkitd, signal.SIGCONT)
        for child in children:
            if child not in refused:
                self.assertEqual(self.end(child)[0], 0)


if __name__ == '__main__':
    tap.main()
