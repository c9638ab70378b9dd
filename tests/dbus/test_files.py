# SPDX-License-Identifier: LGPL-2.1-or-later
"""The files around the service say what is meant: polkit's actions, the unit, activation."""
import configparser
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

import tap
from lab import BUILD

TOP = pathlib.Path(__file__).resolve().parents[2]
ADMIN = {'implicit any': 'auth_admin', 'implicit inactive': 'auth_admin',
         'implicit active': 'auth_admin_keep'}
EVERYBODY = {'implicit any': 'yes', 'implicit inactive': 'yes', 'implicit active': 'yes'}
ACTIONS = {'org.ipmp.manage-groups': ADMIN, 'org.ipmp.configure': ADMIN,
           'org.ipmp.change-state': ADMIN, 'org.ipmp.watch-probes': EVERYBODY}


def unit(name):
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(BUILD / 'data' / name)
    return parser


class Files(unittest.TestCase):
    def test_polkit_knows_the_actions_and_their_defaults(self):
        done = subprocess.run(['pkaction', '--verbose'], capture_output=True, text=True, check=True)
        seen = {}
        for block in re.split(r'\n\s*\n', done.stdout.strip()):
            lines = block.strip().splitlines()
            fields = dict(re.split(r':\s*', line.strip(), maxsplit=1) for line in lines[1:])
            if lines[0].startswith('org.ipmp.'):
                seen[lines[0].strip(':')] = fields
        self.assertEqual(set(seen), set(ACTIONS))
        for action, defaults in ACTIONS.items():
            for key, value in defaults.items():
                self.assertEqual(seen[action][key], value, action)
            self.assertEqual(seen[action]['annotation'],
                             'org.freedesktop.policykit.owner -> unix-user:ipmp')

    def test_the_actions_of_the_table_are_those_of_the_file(self):
        text = (TOP / 'src/daemon/names.h').read_text()
        self.assertEqual(set(re.findall(r'IPMPD_ACTION_\w+ "([^"]+)"', text)), set(ACTIONS))

    def test_texts_for_people_can_be_translated(self):
        sources = (TOP / 'po/POTFILES.in').read_text().split('\n')
        self.assertIn('policy/org.ipmp.policy.in', sources)
        for source in sources:
            if source and not source.startswith('#'):
                self.assertTrue((TOP / source).exists(), source)

    def test_only_the_service_may_own_the_name(self):
        root = ElementTree.parse(TOP / 'data/org.ipmp.conf').getroot()
        owners = {p.get('user') for p in root.findall('policy') for a in p.findall('allow')
                  if a.get('own')}
        self.assertEqual(owners, {'root', 'ipmp'})

    def test_activation_and_unit_start_the_same(self):
        activation, service = unit('org.ipmp.service'), unit('ipmpd.service')
        self.assertEqual(activation['D-BUS Service']['Name'], 'org.ipmp')
        self.assertEqual(activation['D-BUS Service']['SystemdService'], 'ipmpd.service')
        self.assertEqual(activation['D-BUS Service']['Exec'], service['Service']['ExecStart'])
        self.assertEqual(service['Service']['BusName'], 'org.ipmp')

    def test_systemd_takes_the_unit_and_finds_it_closed(self):
        if shutil.which('systemd-analyze') is None:
            self.skipTest('no systemd-analyze')
        with tempfile.TemporaryDirectory() as directory:
            # Nothing is installed here; the name must be no unit of this machine.
            text = (BUILD / 'data/ipmpd.service').read_text()
            copy = pathlib.Path(directory) / 'ipmpd-under-test.service'
            copy.write_text(re.sub(r'(?m)^(Exec\w+)=.*', r'\1=/bin/true', text))
            done = subprocess.run(['systemd-analyze', 'verify', '--man=no', copy],
                                  capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            done = subprocess.run(['systemd-analyze', 'security', '--offline=true',
                                   '--threshold=20', '--no-pager', copy],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_example_says_the_defaults(self):
        lines = (TOP / 'data/ipmp.conf').read_text().splitlines()
        keys = dict(re.fullmatch(r'#(\w+)=(.*)', line).groups() for line in lines
                    if re.fullmatch(r'#\w+=.*', line))
        self.assertEqual(keys, {'FailureDetectionTime': '10s', 'Failback': 'yes',
                                'TrackUngroupedInterfaces': 'no', 'LinkPollInterval': '10ms',
                                'Anchor': 'yes'})
        self.assertIn('[Defaults]', lines)


if __name__ == '__main__':
    tap.main()
