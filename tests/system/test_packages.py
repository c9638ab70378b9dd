# SPDX-License-Identifier: LGPL-2.1-or-later
"""The life of the Debian packages under a real systemd: built twice alike, clean, installed, upgraded
and reinstalled under load, removed, installed again and purged. In the order of the names."""
import os
import pathlib
import subprocess
import unittest

import tap
from contained import ContainedLab, main_pid, show, systemctl
from lab import difference, wait_until

SHARE = pathlib.Path('/share')
V4, V6 = '10.2.0.10', 'fd00:2::10'
NAMES = ('cockpit-ipmp', 'gir1.2-ipmp-1.0', 'ipmp', 'ipmp-doc', 'libipmp-dev', 'libipmp0')
# Where the machine's own programs write of what is installed, and what never holds a file of ours.
ELSEWHERE = ('/proc', '/sys', '/dev', '/run/systemd', '/run/dbus', '/var/log', '/var/cache', '/var/lib/dpkg',
             '/var/lib/apt', '/tmp', '/project', '/build', '/share', '/root')


def dpkg(*arguments):
    done = subprocess.run(['dpkg', *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=300)
    if done.returncode != 0:
        raise AssertionError(f'dpkg {arguments}: {done.returncode}\n{done.stdout}{done.stderr}')
    return done.stdout + done.stderr


def debs():
    return sorted(str(path) for path in SHARE.glob('*.deb') if '-dbgsym' not in path.name)


def files_named_ours():
    """All files and links of the machine that have the project's name in theirs."""
    found = set()
    for directory, names, files in os.walk('/'):
        if directory.startswith(ELSEWHERE):
            names.clear()
            continue
        found.update(os.path.join(directory, name) for name in names + files
                     if 'ipmp' in name or name == 'if_mpadm')
    return found - {'/project', '/build', '/share'}


def accounts():
    return {line for name in ('passwd', 'group', 'shadow', 'gshadow')
            for line in pathlib.Path('/etc', name).read_text(encoding='utf-8').splitlines()}


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files, cls.accounts = files_named_ours(), accounts()
        cls.lab = ContainedLab()
        cls.addClassCleanup(cls.lab.close)
        for number, address in ((0, f'{V4}/24'), (0, f'{V6}/64')):
            cls.lab.add_address(number, address)
        cls.lab.add_default_routes()
        cls.before = cls.lab.picture()

    def run(self, result=None):
        super().run(result)
        self.lab.failed = self.lab.failed or bool(result.failures or result.errors)

    def test_01_built_twice_alike(self):
        first, second = ((SHARE / name).read_text(encoding='ascii') for name in ('first', 'second'))
        self.assertEqual(first, second)
        names = {line.split()[1].split('_')[0] for line in first.splitlines()}
        self.assertEqual({name for name in names if not name.endswith('-dbgsym')}, set(NAMES))

    def test_02_lintian(self):
        self.assertEqual((SHARE / 'lintian').read_text(encoding='utf-8'), '')

    def test_03_rpm(self):
        text = (SHARE / 'rpm').read_text(encoding='utf-8')
        for name in ('ipmp', 'ipmp-libs', 'ipmp-devel', 'cockpit-ipmp'):
            self.assertIn(f'\n{name}-0', '\n' + text)

    def test_04_install(self):
        dpkg('-i', *debs())
        self.assertEqual(dpkg('--audit'), '')
        self.assertEqual((show('ActiveState'), show('UnitFileState')), ('active', 'enabled'))
        self.assertEqual(systemctl('is-enabled', 'ipmp-metrics.timer', check=False).stdout.strip(), 'disabled')
        self.lab.start_daemon()
        self.lab.ipmpctl('create', 'front', 'eth0', 'eth1')
        self.lab.wait_on('eth0', V4, V6)

    def flowing(self, action):
        """Nothing is lost in either family meanwhile."""
        flows = []
        for address in (V4, V6):
            type(self).port += 1
            flows.append(self.lab.flow('udp', 'rtr', 'host', address, self.port, rate=1000))
        for flow in flows:
            flow.after(100)
        action()
        for flow in flows:
            report = flow.finish()
            self.assertEqual(report['lost'], 0, report)
            self.assertGreater(report['answered'], 500, report)

    port = 7000

    def settled(self, state='ok'):
        wait_until(lambda: self.lab.bus.owner() and (self.lab.bus.group('front') or {}).get('State') == state,
                   f'the group is {state}')

    def test_05_upgrade_under_load(self):
        pid = main_pid()

        def upgrade():
            dpkg('-i', str(SHARE / 'next' / 'ipmp.deb'))
            self.settled()
        self.flowing(upgrade)
        self.assertNotIn(main_pid(), (0, pid))
        version = subprocess.run(['dpkg-query', '-W', '-f', '${Version}', 'ipmp'], capture_output=True, text=True)
        self.assertTrue(version.stdout.endswith('+next'), version)
        self.lab.cable(0, False)
        self.lab.wait_on('eth1', V4, V6)

        def downgrade():
            dpkg('-i', *debs())
            self.settled('degraded')
        self.flowing(downgrade)
        self.lab.wait_on('eth1', V4, V6)
        self.lab.cable(0, True)
        self.lab.wait_on('eth0', V4, V6)

    def test_06_remove_leaves_traffic(self):
        self.flowing(lambda: self.assertIn('ipmpctl delete', dpkg('-r', 'cockpit-ipmp', 'ipmp')))
        self.assertEqual(show('ActiveState'), 'inactive')
        self.assertTrue(pathlib.Path('/etc/ipmp/groups.d/front.conf').exists())

        def install():
            dpkg('-i', *debs())
            self.settled()
        self.flowing(install)

    def test_07_purge_leaves_nothing(self):
        self.lab.ipmpctl('delete', 'front')
        wait_until(lambda: not difference(self.before, self.lab.picture()) or None, 'everything as it was found')
        self.assertNotEqual(files_named_ours(), self.files)
        dpkg('--purge', *NAMES)
        self.assertEqual(files_named_ours(), self.files)
        self.assertEqual(accounts(), self.accounts)
        self.assertEqual(systemctl('list-unit-files', 'ipmp*', check=False).stdout.count('ipmp'), 0)
        self.assertEqual(difference(self.before, self.lab.picture()), [])


if __name__ == '__main__':
    tap.main()
