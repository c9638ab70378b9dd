# SPDX-License-Identifier: LGPL-2.1-or-later
"""Form: layout, licence lines, words that do not belong, waits, enum tables, sizes."""
import re
import statistics
import subprocess
import unittest

import source
import tap

# The one place that may wait for time to pass: between two looks at a condition with a deadline.
MAY_SLEEP = {'tests/lib/lab.py'}
SLEEP = re.compile(r'\b(g_usleep|usleep|nanosleep|sleep|time\.sleep)\s*\(|^\s*sleep\s+[\d.$]|[;&|]\s*sleep\s+[\d.$]',
                   re.MULTILINE)
SPDX = 'SPDX-License-Identifier: LGPL-2.1-or-later'
UNWANTED = re.compile(r'\b(TODO|FIXME|XXX)\b|\.\./shared')
# the machine's own words for these rules
ABOUT_THEMSELVES = {'tests/lint/test_style.py'}
HAND_WRITTEN = ('.c', '.h', '.py', '.xml', '.sh', '.in', '.build', '.rules')
MAX_FILE_LINES, MAX_FUNCTION_LINES = 600, 80


class Style(unittest.TestCase):
    maxDiff = None

    def test_clang_format(self):
        paths = source.files('.c', '.h')
        done = subprocess.run(['clang-format', '--dry-run', '-Werror', '--ferror-limit=1', *paths],
                              cwd=source.TOP, capture_output=True, text=True)
        files = sorted(set(re.findall(r'^(\S+?):\d+:\d+: error', done.stderr, re.MULTILINE)))
        self.assertEqual([source.short(source.TOP / name) for name in files], [])
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_licence_line(self):
        bad = [source.short(path) for path in source.files('.c', '.h', '.py', '.sh', '.build',
                                                           '.js', '.mjs', '.css',
                                                           under=('src', 'tests', 'tools', 'data',
                                                                  'policy', 'introspection', 'docs',
                                                                  'cockpit'))
               if SPDX not in '\n'.join(source.text(path).splitlines()[:2])]
        self.assertEqual(bad, [])

    def test_unwanted_words(self):
        bad = [f'{source.short(path)}:{number}: {line.strip()}'
               for path in source.files(*HAND_WRITTEN, '.md', '.rst', '.conf', '',
                                        '.js', '.mjs', '.css',
                                        under=('src', 'tests', 'tools', 'data', 'policy', 'docs',
                                               'introspection', 'cockpit'))
               if source.short(path) not in ABOUT_THEMSELVES
               for number, line in enumerate(source.text(path).splitlines(), 1)
               if UNWANTED.search(line)]
        self.assertEqual(bad, [])

    def test_no_goto(self):
        bad = [source.short(path) for path in source.files('.c', '.h')
               if re.search(r'\bgoto\b', source.without_comments(source.text(path)))]
        self.assertEqual(bad, [])

    def test_tests_wait_for_conditions(self):
        bad = []
        for path in source.files('.c', '.py', '.sh', '', under=('tests',)):
            if source.short(path) in MAY_SLEEP | ABOUT_THEMSELVES:
                continue
            code = source.text(path)
            if path.suffix == '.c':
                code = source.without_comments(code)
            bad += [f'{source.short(path)}: {m[0].strip()}' for m in SLEEP.finditer(code)]
        self.assertEqual(bad, [])

    def test_every_enum_table_is_as_long_as_its_list(self):
        """Each MP_N_... of the closed lists is held against its table by a static assertion."""
        code = '\n'.join(source.text(path) for path in source.files('.c', '.h', under=('src/core',)))
        lists = set(re.findall(r'typedef enum \{[^}]*\} \w+;\s*#define (MP_N_\w+)', code))
        self.assertGreater(len(lists), 5)
        asserted = ' '.join(re.findall(r'(?i:static_assert)\s*\([^;]*;', code))
        self.assertEqual(sorted(name for name in lists
                                if not re.search(rf'\b{name}\b', asserted)), [])


class Sizes(unittest.TestCase):
    """Aims, not fences: told, never failed, but for what is far out."""

    def test_files(self):
        paths = source.files('.c', under=('src',))
        sizes = {source.short(path): len(source.text(path).splitlines()) for path in paths}
        print(f'# files: {len(sizes)}, median {statistics.median(sizes.values()):.0f} lines')
        for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
            if size > 300:
                print(f'# long file: {name}: {size} lines')
        self.assertEqual([name for name, size in sizes.items() if size > MAX_FILE_LINES], [])

    def test_functions(self):
        found = [(lines, f'{source.short(path)}:{line} {name}')
                 for path in source.files('.c', under=('src',))
                 for name, line, lines in source.functions(path)]
        self.assertGreater(len(found), 50)
        sizes = sorted(lines for lines, _ in found)
        short = sum(1 for lines in sizes if lines <= 40) / len(sizes)
        print(f'# functions: {len(sizes)}, median {statistics.median(sizes):.0f} lines, '
              f'{short:.0%} at most 40')
        for lines, where in sorted(found, reverse=True):
            if lines > MAX_FUNCTION_LINES:
                print(f'# long function: {where}: {lines} lines')


if __name__ == '__main__':
    tap.main()
