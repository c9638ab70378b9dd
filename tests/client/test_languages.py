# SPDX-License-Identifier: LGPL-2.1-or-later
"""The commands in other languages: the catalogs are complete and fit the code; what people read is
translated and stands in columns, what machines read is not translated. To be run by with-locales.sh.
IPMP_UPDATE_GOLDEN=1 writes the files of golden/ anew."""
import os
import re
import subprocess
import tempfile
import unicodedata
import unittest
import xml.etree.ElementTree as ElementTree

import scenes
import tap
from harness import IF_MPADM, IPMPSTAT, Case

SOURCE = os.environ['SOURCE_ROOT']
POLICY = os.environ['POLICY']


def languages():
    with open(os.path.join(SOURCE, 'po/LINGUAS'), encoding='utf-8') as file:
        return [line.strip() for line in file if line[0] != '#']


def po(language):
    return os.path.join(SOURCE, 'po', language + '.po')


def tool(*words):
    return subprocess.run(words, cwd=SOURCE, capture_output=True, encoding='utf-8', check=False,
                          env={**os.environ, 'LC_ALL': 'C.UTF-8', 'LANGUAGE': ''})


class Catalogs(unittest.TestCase):
    def test_each_is_listed(self):
        there = {name[:-3] for name in os.listdir(os.path.join(SOURCE, 'po'))
                 if name.endswith('.po')}
        self.assertEqual(there, set(languages()))
        self.assertEqual(there, {'de', 'es', 'fr', 'zh_CN'})

    def test_formats(self):
        for language in languages():
            with self.subTest(language=language):
                result = tool('msgfmt', '--check', '--output=/dev/null', po(language))
                self.assertEqual((result.returncode, result.stderr), (0, ''))

    def test_complete(self):
        """All that the code says now is translated, nothing is doubtful, nothing is left over."""
        with tempfile.TemporaryDirectory() as directory:
            made = tool('tools/update-po', directory)
            self.assertEqual(made.returncode, 0, made.stderr)
            template = os.path.join(directory, 'ipmp.pot')
            count = len(re.findall('^msgid ', tool('cat', template).stdout, re.MULTILINE))
            self.assertGreater(count, 200)
            for language in languages():
                with self.subTest(language=language):
                    result = tool('msgcmp', po(language), template)
                    self.assertEqual((result.returncode, result.stderr), (0, ''))
                    for what in ('--untranslated', '--only-fuzzy', '--only-obsolete'):
                        self.assertEqual(tool('msgattrib', what, po(language)).stdout, '')
                    catalog = tool('msgcat', po(language)).stdout
                    self.assertEqual(len(re.findall('^msgid ', catalog, re.MULTILINE)), count)

    def test_policy(self):
        """polkit asks in each language."""
        actions = ElementTree.parse(POLICY).findall('action')
        self.assertEqual(len(actions), 4)
        for action in actions:
            for tag in ('description', 'message'):
                texts = {element.get('{http://www.w3.org/XML/1998/namespace}lang'): element.text
                         for element in action.findall(tag)}
                self.assertEqual(set(texts), {None, *languages()})
                self.assertEqual(len(set(texts.values())), len(texts))


def width_of(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'WF'
               else 1 for c in text)


class Translated(Case):
    def ctl(self, language, *args, **changes):
        return self.run_ctl(*args, LANGUAGE=language, **changes)


class Printed(Translated):
    commands = (['status'], ['groups'], ['interfaces'], ['addresses'], ['devices'], ['targets'],
                ['history'], ['check'], ['status', 'front'], ['status', 'eth0'],
                ['--help'], ['create', '--help'])

    def test_text(self):
        for language in languages():
            for words in self.commands:
                with self.subTest(language=language, words=words):
                    result = self.ctl(language, *words)
                    english = self.run_ctl(*words)
                    self.check_status(result, english.returncode)
                    self.assertEqual(result.stderr, '')
                    if words != ['history']:
                        self.assertNotEqual(result.stdout, english.stdout)
                    self.check_golden(f'{language}/{"-".join(words).strip("-")}', result.stdout)

    def test_columns(self):
        """Each column begins at the same place in all lines, also where characters are wide."""
        for language in languages():
            for verb in ('groups', 'interfaces', 'addresses', 'devices'):
                with self.subTest(language=language, verb=verb):
                    lines = self.ctl(language, verb).stdout.splitlines()
                    begins = [{width_of(line[:found.end()])
                               for found in re.finditer(r'  +(?=\S)', line)} for line in lines]
                    # a cell that is empty has no beginning of its own
                    self.assertEqual(set().union(*begins), begins[0])

    def test_errors(self):
        for language, words in (('de', 'war „front“ gemeint?'), ('fr', '«\u00a0front\u00a0»'),
                                ('es', '¿quería decir «front»?'), ('zh_CN', '您是指“front”吗？')):
            result = self.ctl(language, 'status', 'frunt')
            self.check_status(result, 1)
            self.assertIn(words, result.stderr)

    def test_solaris(self):
        for language, words in (('de', 'Aufruf: '), ('fr', 'Utilisation'), ('es', 'Uso: '),
                                ('zh_CN', '用法：')):
            for program in (IPMPSTAT, IF_MPADM):
                result = self.ctl(language, program=program)
                self.check_status(result, 1)
                self.assertIn(words, result.stderr)

    def test_a_locale_without_these_characters(self):
        """Languages do not come into the C locale."""
        result = self.run_ctl('status', locale='C', LANGUAGE='de')
        self.assertTrue(result.stdout.isascii())
        self.assertEqual(result.stdout, self.run_ctl('status', locale='C').stdout)


class Machines(Translated):
    def test_json(self):
        for words in (['status'], ['groups'], ['interfaces'], ['addresses'], ['devices'],
                      ['history'], ['check'], ['defaults'], ['offline', 'eth0']):
            english = self.run_ctl(*words, '--json')
            for language in languages():
                with self.subTest(language=language, words=words):
                    result = self.ctl(language, *words, '--json')
                    self.assertEqual((result.stdout, result.returncode),
                                     (english.stdout, english.returncode))

    def test_ipmpstat(self):
        for mode in 'agit':
            english = self.run_ctl(f'-n{mode}', program=IPMPSTAT).stdout
            for language in languages():
                with self.subTest(language=language, mode=mode):
                    self.assertEqual(self.ctl(language, f'-n{mode}', program=IPMPSTAT).stdout,
                                     english)

    def test_completion(self):
        for what in ('commands', 'groups', 'group-settings', 'options-create'):
            self.assertEqual(self.ctl('de', 'complete', what).stdout,
                             self.run_ctl('complete', what).stdout)


class Scenes(Translated):
    """The first line, counted rightly."""
    scene = staticmethod(scenes.well)

    def test_plurals(self):
        for language, words in (('de', '1 Gruppe, 2 Schnittstellen, 1 Datenadresse'),
                                ('fr', '1 groupe, 2 interfaces, 1 adresse de données'),
                                ('es', '1 grupo, 2 interfaces, 1 dirección de datos'),
                                ('zh_CN', '1 个组, 2 个接口, 1 个数据地址')):
            self.assertIn(words, self.ctl(language).stdout)


if __name__ == '__main__':
    tap.main()
