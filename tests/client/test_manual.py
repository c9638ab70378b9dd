# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual pages are well-formed, and what they describe is what there is."""
import os
import re
import subprocess
import unittest

import tap

SOURCE = os.environ['SOURCE_ROOT']
PAGES = os.environ['MAN_PAGES'].split(':')
IPMPCTL = os.environ['IPMPCTL']


def text_of(path):
    with open(os.path.join(SOURCE, path), encoding='utf-8') as file:
        return file.read()


def words_of(path, pattern):
    return set(re.findall(pattern, text_of(path)))


def asked(what):
    return subprocess.run([IPMPCTL, 'complete', what], capture_output=True, check=True,
                          encoding='utf-8').stdout.split()


class Pages(unittest.TestCase):
    def test_well_formed(self):
        self.assertEqual(len(PAGES), 7)
        for page in PAGES:
            with self.subTest(page=page):
                result = subprocess.run(
                    ['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', page],
                    env={**os.environ, 'LC_ALL': 'C.UTF-8', 'MANROFFSEQ': '', 'MANWIDTH': '80'},
                    capture_output=True, encoding='utf-8', check=False)
                self.assertEqual((result.returncode, result.stderr), (0, ''))
                self.assertGreater(len(result.stdout), 1000)

    def test_concepts(self):
        """What ipmp(7) has to explain."""
        titles = re.findall(r'^([A-Z][A-Z 0-9]+)\n=+$', text_of('docs/man/ipmp.7.rst'), re.M)
        for title in ('WHY', 'PLANNING A GROUP', 'TEST ADDRESSES', 'PROBE TARGETS', 'STANDBY', 'COEXISTENCE',
                      'COMING FROM SOLARIS', 'COMING FROM BONDING'):
            self.assertIn(title, titles)

    def test_guide(self):
        """From the README on, in the order in which one needs it."""
        self.assertIn('(docs/guide.md)', text_of('README.md'))
        self.assertEqual(re.findall(r'^## \d\. (\w+)', text_of('docs/guide.md'), re.M)[:4],
                         ['Plan', 'Configure', 'Test', 'Troubleshoot'])


class Described(unittest.TestCase):
    manual = text_of('docs/man/ipmpctl.1.rst')

    def check_all(self, names, text, pattern):
        self.assertGreater(len(names), 1)
        self.assertEqual([name for name in sorted(names)
                          if not re.search(pattern.format(re.escape(name)), text, re.MULTILINE)],
                         [])

    def test_commands(self):
        self.check_all(asked('commands'), self.manual, r'^(?:.*, )?\*\*{}\*\*')

    def test_options(self):
        options = {option for command in asked('commands')
                   for option in asked('options-' + command)} - {'--lines='}
        self.check_all(options, self.manual, r'{}')

    def test_settings(self):
        self.check_all(asked('group-settings') + asked('default-settings'), self.manual,
                       r'^\*\*{}')

    def test_solaris(self):
        """Each option and field of ipmpstat and if_mpadm."""
        page = text_of('docs/man/ipmpstat.8.rst')
        fields = set(re.findall(r'\{"([A-Z]+)", \d+\}', text_of('src/cli/stat.c')))
        self.assertGreater(len(fields), 20)
        self.check_all(fields, page, r'^(?:[A-Z]+, )?{}(?:, [A-Z]+)?$')
        self.check_all(set('agiptnoP'), page, r'^-{}( |$)')
        self.check_all({'d', 'r'}, text_of('docs/man/if_mpadm.8.rst'), r'^-{} INTERFACE$')

    def test_bus(self):
        """Each member of the interfaces, each argument and each action."""
        with open(next(page for page in PAGES if page.endswith('org.ipmp.5')),
                  encoding='utf-8') as file:
            page = file.read().replace('\\-', '-').replace('\\fP', '').replace('\\fB', '')
        names = words_of('introspection/org.ipmp.Manager.xml', r'<(?:method|signal|property) name="(\w+)"')
        for interface in ('Group', 'Interface'):
            names |= words_of(f'introspection/org.ipmp.{interface}.xml',
                              r'<(?:method|signal|property) name="(\w+)"')
        self.assertGreater(len(names), 60)
        self.check_all(names, page, r'^\.B {}\b')
        self.check_all(words_of('src/daemon/names.h', r'ACTION_\w+ "([\w.-]+)"'), page, r'^\.B {}$')

    def test_exit_statuses(self):
        statuses = words_of('src/cli/error.h', r'CTL_EXIT_\w+ = (\d+)')
        self.assertEqual(len(statuses), 7)
        self.check_all(statuses, self.manual, r'^{}\n    \S')

    def check_list(self, path, table, first, last):
        """The words of a table are those that are described from one headline to another."""
        found = re.search(table + r'\w*\[\w*\] = \{(.*?)\};', text_of(path), re.DOTALL)
        words = set(re.findall(r'"([a-z0-9-]+)"', found[1])) - {'none'}
        self.assertGreater(len(words), 20)
        section = self.manual.partition(f'\n{first}\n')[2].partition(f'\n{last}\n')[0]
        described = {word
                     for line in re.findall(r'^([a-z][a-z0-9, -]*)\n    \S', section, re.MULTILINE)
                     for word in line.split(', ')}
        self.assertEqual(described, words)

    def test_reasons(self):
        self.check_list('src/core/types.c', 'reason', 'REASONS', 'ADVICE')

    def test_advice(self):
        self.check_list('src/core/advice.c', 'codes', 'ADVICE', 'EXIT STATUS')

    def test_configuration_keys(self):
        keys = words_of('src/core/config-keys.c', r'\{"([A-Z]\w+)", MP_KEY')
        self.check_all(keys, text_of('docs/man/ipmp.conf.5.rst'), r'^(?:.*, )?{}=')

    def test_options_of_the_service(self):
        options = words_of('src/daemon/main.c', r'\{"([a-z-]+)", 0, 0, G_OPTION')
        self.check_all(options, text_of('docs/man/ipmpd.8.rst'), r'^--{}\b')

    def test_actions(self):
        actions = words_of('src/daemon/names.h', r'ACTION_\w+ "([\w.-]+)"')
        self.check_all(actions, text_of('docs/man/ipmpd.8.rst'), r'^{}$')

    def test_reasons_that_have_a_hint_exist(self):
        hints = set(re.findall(r'^    \{"([a-z-]+)",', text_of('src/cli/status-group.c'),
                               re.MULTILINE))
        self.assertGreater(len(hints), 5)
        self.assertEqual(hints - words_of('src/core/types.c', r'"([a-z-]+)"'), set())


if __name__ == '__main__':
    tap.main()
