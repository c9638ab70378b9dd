# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the lints know about the tree."""
import os
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get('BUILD', TOP / 'build'))
SKIPPED = {'.git', '__pycache__', 'subprojects', 'node_modules', 'corpus'}


def files(*suffixes, under=('src', 'tests', 'tools')):
    """Of the named directories, sorted; build directories are not in them."""
    found = []
    for name in under:
        for path in sorted((TOP / name).rglob('*')):
            if path.is_file() and path.suffix in suffixes and not SKIPPED & set(path.parts):
                found.append(path)
    return found


def text(path):
    return path.read_text(encoding='utf-8')


def short(path):
    return str(path.relative_to(TOP))


def without_comments(code):
    """C code with comments and the inside of strings blanked, line numbers kept."""
    def blank(match):
        found = match[0]
        if found.startswith('/'):
            return re.sub(r'[^\n]', ' ', found)
        return found[0] + re.sub(r'[^\n]', ' ', found[1:-1]) + found[-1]

    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, code,
                  flags=re.DOTALL)


def functions(path):
    """(name, first line, lines of the definition, body braces included) of each function."""
    lines = without_comments(text(path)).split('\n')
    begin = None
    for number, line in enumerate(lines):
        if line.startswith('{') and number > 0 and begin is None:
            head = number - 1
            while head > 0 and re.match(r'\s', lines[head]):
                head -= 1
            name = re.search(r'(\w+)\s*\(', lines[head])
            if name:
                begin = (name[1], head)
        elif line.startswith('}') and begin is not None:
            yield begin[0], begin[1] + 1, number - begin[1] + 1
            begin = None
