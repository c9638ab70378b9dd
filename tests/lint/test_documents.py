# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing without its words: the bus API is documented member by member, the closed lists are in the
documentation, what is translated is listed for the translators."""
import re
import unittest
import xml.dom.minidom

import source
import tap

MEMBERS = ('method', 'signal', 'property')
TRANSLATED = re.compile(r'\b(?:N?C?_|Q_|ngettext|g_dngettext|g_dpgettext2?)\s*\(\s*(?:NC_)?"')


def interfaces():
    for path in sorted((source.TOP / 'introspection').glob('*.xml')):
        for node in xml.dom.minidom.parse(str(path)).getElementsByTagName('interface'):
            yield path, node


def comment_before(node):
    previous = node.previousSibling
    while previous is not None and previous.nodeType == previous.TEXT_NODE:
        previous = previous.previousSibling
    if previous is None or previous.nodeType != previous.COMMENT_NODE:
        return ''
    return previous.data.strip()


class Introspection(unittest.TestCase):
    def test_every_member_is_described(self):
        missing, seen = [], 0
        for _, interface in interfaces():
            name = interface.getAttribute('name')
            if not comment_before(interface).startswith(f'{name}:'):
                missing.append(name)
            for node in interface.childNodes:
                if node.nodeName not in MEMBERS:
                    continue
                seen += 1
                member = node.getAttribute('name')
                comment = comment_before(node)
                words = re.sub(r'@\w+:.*', '', comment.partition(':')[2])
                if not comment.startswith(f'{member}:') or len(words.split()) < 2:
                    missing.append(f'{name}.{member}')
                missing += [f'{name}.{member}: {arg.getAttribute("name")}'
                            for arg in node.getElementsByTagName('arg')
                            if f'@{arg.getAttribute("name")}:' not in comment]
        self.assertGreater(seen, 50)
        self.assertEqual(missing, [])

    def test_no_property_can_be_written(self):
        self.assertEqual([node.getAttribute('name') for _, interface in interfaces()
                          for node in interface.getElementsByTagName('property')
                          if node.getAttribute('access') != 'read'], [])


class StateMachines(unittest.TestCase):
    def test_tests_that_are_named_are_there(self):
        """That each row names a scenario is checked by tests/scenario/check-doc.py."""
        text = (source.TOP / 'docs/state-machines.md').read_text(encoding='utf-8')
        tables, _, kernel = text.partition('\n## In the kernel\n')
        for part in ('addresses', 'probing'):
            tables += (source.TOP / f'docs/state-machines-{part}.md').read_text(encoding='utf-8')
        named = re.findall(r'^- `(/[a-z0-9/-]+)`: `(test_\w+\.py)`, `(\w+)\.(test_\w+)`$', kernel, re.M)
        self.assertGreater(len(named), 40)
        self.assertEqual(len(named), len(re.findall(r'^- ', kernel, re.M)), 'a line of another form')
        for scenario, file, group, test in named:
            with self.subTest(scenario, file=file, test=test):
                self.assertIn(f'| `{scenario}` |', tables)
                code = (source.TOP / 'tests/netns' / file).read_text(encoding='utf-8')
                of_class = code.partition(f'\nclass {group}(')[2].partition('\nclass ')[0]
                self.assertIn(f'    def {test}(', of_class)

    def test_messages_are_explained(self):
        """The catalogue has the identifier of each kind, and no other."""
        pattern = re.compile(r'\b[0-9a-f]{32}\b')
        used = pattern.findall((source.TOP / 'src/daemon/log.c').read_text(encoding='utf-8'))
        explained = pattern.findall((source.TOP / 'data/ipmp.catalog').read_text(encoding='utf-8'))
        self.assertGreater(len(used), 5)
        self.assertEqual(sorted(used), sorted(explained))
        manual = (source.TOP / 'docs/man/ipmpd.8.rst').read_text(encoding='utf-8')
        self.assertEqual(sorted(used), sorted(pattern.findall(manual)))


class ClosedLists(unittest.TestCase):
    def words_of(self, name, path='src/core/types.c'):
        """The strings of a table, by a part of its name."""
        code = source.text(source.TOP / path)
        table = re.search(rf'\b\w*{name}\w*\s*\[[^\]]*\]\s*=\s*\{{(.*?)\}};', code, re.DOTALL)
        self.assertIsNotNone(table, f'a table *{name}* in {path}')
        return set(re.findall(r'"([^"]*)"', table[1])) - {'none', ''}

    def test_reasons_are_explained(self):
        words = self.words_of('reason')
        self.assertGreater(len(words), 30)
        xml_text = ' '.join(source.text(path) for path, _ in interfaces())
        self.assertEqual(sorted(word for word in words
                                if not re.search(rf'(?<![\w-]){word}(?![\w-])', xml_text)), [])

    def test_advice_is_explained(self):
        """Of Check: to programs and to people."""
        words = self.words_of('codes', 'src/core/advice.c')
        self.assertGreater(len(words), 20)
        xml_text = ' '.join(source.text(path) for path, _ in interfaces())
        manual = source.text(source.TOP / 'docs/man/ipmpctl.1.rst')
        self.assertEqual(sorted(word for word in words if f'"{word}"' not in xml_text), [])
        self.assertEqual(sorted(word for word in words
                                if not re.search(rf'^{word}$', manual, re.MULTILINE)), [])
        for word in self.words_of('severities', 'src/core/advice.c'):
            self.assertIn(f'"{word}"', xml_text)
            self.assertIn(f'*{word}*', manual)

    def test_states_are_explained(self):
        xml_text = ' '.join(source.text(path) for path, _ in interfaces())
        for name in ('interface_state', 'group_state', 'address_state', 'link_state', 'probe_state',
                     'target_mode', 'notice_kind'):
            for word in self.words_of(name):
                self.assertRegex(xml_text, rf'(?<![\w-]){word}(?![\w-])', f'{word} of {name}')


class Translation(unittest.TestCase):
    def listed(self):
        lines = source.text(source.TOP / 'po/POTFILES.in').splitlines()
        return {line.strip() for line in lines if line.strip() and line[0] != '#'}

    def test_what_is_translated_is_listed(self):
        used = {source.short(path) for path in source.files('.c', '.h', under=('src',))
                if TRANSLATED.search(source.text(path))}
        used |= {source.short(path) for path in (source.TOP / 'policy').glob('*.in')}
        used |= {source.short(path) for path in (source.TOP / 'cockpit').glob('*.js')
                 if TRANSLATED.search(source.text(path))}
        self.assertEqual(sorted(used - self.listed()), [], 'not in po/POTFILES.in')

    def test_what_is_listed_is_there(self):
        self.assertEqual(sorted(name for name in self.listed()
                                if not (source.TOP / name).exists()), [])


if __name__ == '__main__':
    tap.main()
