# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/guide.md is true: its commands are run, in order, and print what it says."""
import difflib
import os
import pathlib
import re
import subprocess
import unittest

import tap
from lab import DEADLINE, IPMPCTL, Lab, wait_until

GUIDE = pathlib.Path(__file__).resolve().parents[2] / 'docs/guide.md'
PROMPT = '# '
COMMANDS = ('ipmpctl', 'systemctl', 'cat')  # a comment begins with another word


def steps():
    """(command or event, lines that follow it), in order."""
    found = []
    for block in re.findall(r'^```console\n(.*?)^```', GUIDE.read_text(encoding='utf-8'),
                            re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            command = line.removeprefix(PROMPT).split(' ')[0]
            if command in COMMANDS and line.startswith(PROMPT) or line.startswith('('):
                found.append((line.removeprefix(PROMPT), []))
            else:
                found[-1][1].append(line)
    return found


def plain(text):
    """Times and blanks differ from run to run; what a column has no room for does not."""
    text = re.sub(r'<?\d+ (ms|s|min|h)(?= ago|:|\n|$)', 'TIME', text)
    return [' '.join(line.split()) for line in text.splitlines()]


def pattern(lines):
    """"..." stands for anything, in a line or in the place of lines."""
    parts = [r'(?:.*\n)*' if line == '...' else
             re.escape(line).replace(r'\.\.\.', '.*') + r'\n' for line in lines]
    return ''.join(parts) + r'\Z'


class Guide(unittest.TestCase):
    def setUp(self):
        self.lab = Lab(members=2, addresses=[(0, '10.2.0.10/24')])
        self.addCleanup(self.lab.close)

    def run_line(self, line):
        if line.startswith('systemctl'):
            self.lab.start_daemon()
            return ''
        if line.startswith('cat /etc/ipmp/'):
            path = self.lab.config_dir / line.removeprefix('cat /etc/ipmp/')
            return path.read_text(encoding='utf-8')
        self.assertTrue(line.startswith('ipmpctl '), line)
        done = subprocess.run([IPMPCTL, *line.split()[1:]], stdin=subprocess.DEVNULL,
                              capture_output=True, encoding='utf-8', timeout=DEADLINE, check=False,
                              env={**os.environ, 'LC_ALL': 'C.UTF-8'})
        return done.stdout + done.stderr

    def happen(self, event):
        """What a person does with hands."""
        events = {
            '(the cable of eth0 is pulled)': lambda: self.lab.cable(0, False),
            '(the cable of eth0 is put back)': lambda: self.lab.cable(0, True),
            '(the switch forwards nothing to eth0)': lambda: self.forward(False),
            '(the switch forwards again)': lambda: self.forward(True)}
        events[event]()
        failed = event.endswith('pulled)') or 'nothing' in event
        wanted = 'failed' if failed else 'ok'
        wait_until(lambda: self.lab.bus.interface('eth0')['State'] == wanted, f'eth0 {wanted}')
        where = 'eth1' if failed else 'eth0'
        wait_until(lambda: self.lab.bus.place('front', '10.2.0.10') == where, f'address on {where}')

    def forward(self, whether):
        self.lab.ip('lan', f'link set p0 {"master br0" if whether else "nomaster"}')

    def test_all(self):
        seen = 0
        for command, wanted in steps():
            seen += 1
            with self.subTest(command=command):
                if command.startswith('('):
                    self.happen(command)
                    self.assertEqual([line for line in wanted if line != '...'], [])
                    continue
                self.check(command, wanted)
        self.assertGreater(seen, 20)

    def check(self, command, wanted):
        """Looking is repeated until the network has settled; changing is not."""
        lines = plain('\n'.join(wanted))
        said = ''

        def right():
            nonlocal said
            said = ''.join(line + '\n' for line in plain(self.run_line(command)))
            return re.match(pattern(lines), said) is not None
        verb = command.split()[1]
        if command.startswith('ipmpctl') and verb in ('status', 'history', 'devices', 'addresses'):
            try:
                wait_until(right, command)
                return
            except AssertionError:
                pass
        elif right():
            return
        self.fail('\n'.join(difflib.unified_diff(lines, said.splitlines(), 'guide', 'printed',
                                                 lineterm='')))


if __name__ == '__main__':
    tap.main()
