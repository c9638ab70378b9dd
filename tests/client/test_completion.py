# SPDX-License-Identifier: LGPL-2.1-or-later
"""What bash offers after a few words and the tabulator."""
import os
import shlex
import subprocess

import tap
from harness import IPMPCTL, Case

COMPLETION = os.path.join(os.environ['SOURCE_ROOT'], 'data/bash-completion/ipmpctl')


class Completion(Case):
    def offers(self, line):
        """`line` is split as readline does: at blanks and at "="."""
        words = [word for part in line.split(' ') for word in self.split_word(part)]
        script = (f'PATH={shlex.quote(os.path.dirname(IPMPCTL))}:$PATH; '
                  f'. {shlex.quote(COMPLETION)}; COMP_WORDS=({shlex.join(words)}); '
                  f'COMP_CWORD={len(words) - 1}; _{words[0]}; printf "%s\\n" "${{COMPREPLY[@]}}"')
        result = subprocess.run(['bash', '-u', '-c', script], env=self.environment(),
                                capture_output=True, encoding='utf-8', check=False)
        self.assertEqual(result.stderr, '')
        return result.stdout.split()

    @staticmethod
    def split_word(word):
        if '=' not in word:
            return [word]
        name, value = word.split('=', 1)
        return [name, '='] + ([value] if value else [])

    def test_words(self):
        for line, wanted in (
                ('ipmpctl mon', ['monitor']),
                ('ipmpctl add', ['addresses', 'add', 'add-address']),
                ('ipmpctl status f', ['front']),
                ('ipmpctl status e', ['eth5', 'eth6', 'eth0', 'eth1', 'enp129s0f1np1.9', 'eth3']),
                ('ipmpctl delete ', ['back-office', 'front', 'spare']),
                ('ipmpctl offline eth1', ['eth1']),
                ('ipmpctl standby eth0 ', ['on', 'off']),
                ('ipmpctl add front eth', ['eth0', 'eth9']),
                ('ipmpctl add front --standby eth9', ['eth9']),
                ('ipmpctl create back eth0 fa', ['failback=', 'failures=']),
                ('ipmpctl create back --standby=eth', ['eth5', 'eth6', 'eth0', 'eth1', 'eth3',
                                                       'eth0', 'eth9']),
                ('ipmpctl set front failback=y', ['yes']),
                ('ipmpctl set front failback=', ['yes', 'no', 'default']),
                ('ipmpctl set front fdt=1s pro', ['probe=']),
                ('ipmpctl set front probe=a', ['auto', 'arp']),
                ('ipmpctl defaults li', ['link-poll=']),
                ('ipmpctl remove-address front 192.0.2.3', ['192.0.2.30/24']),
                ('ipmpctl offline --min', ['--min-redundancy=']),
                ('ipmpctl --js', ['--json']),
                ('ipmpctl status --col', ['--color=']),
                ('ipmpstat -', ['-a', '-g', '-i', '-p', '-t', '-n', '-o', '-P', '--help',
                                '--version']),
                ('ipmpstat -n -i -o sta', ['state']),
                ('ipmpstat -ao o', ['outbound']),
                ('if_mpadm -d eth1', ['eth1']),
                ('if_mpadm --h', ['--help']),
                ('ipmpctl add-address front 192.0.2.99/24 --interface=usb', ['usb0'])):
            with self.subTest(line=line):
                self.assertEqual(self.offers(line), wanted)


class WithoutService(Completion):
    scene = None

    def test_words(self):
        self.assertEqual(self.offers('ipmpctl mon'), ['monitor'])
        self.assertEqual(self.offers('ipmpctl delete '), [])


if __name__ == '__main__':
    tap.main()
