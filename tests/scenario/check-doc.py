#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each row of the state machines' tables names one scenario, each scenario has one row.

usage: check-doc.py DOCUMENT.md... PROGRAM..."""
import re
import subprocess
import sys


def rows_of(path):
    """Scenario names from the last column of every table row, in order, and the places of rows without."""
    names, bare = [], []
    for number, line in enumerate(open(path, encoding='utf-8'), 1):
        if not line.startswith('|') or set(line) <= set('|- :\n'):
            continue
        last = line.rstrip().rstrip('|').split('|')[-1].strip()
        if last == 'test':
            continue
        name = re.fullmatch(r'`(/[a-z0-9/-]+)`', last)
        if name:
            names.append(name.group(1))
        else:
            bare.append(f'{path}:{number}')
    return names, bare


def scenarios_of(programs):
    names = []
    for program in programs:
        listing = subprocess.run([program, '-l'], capture_output=True, text=True, check=True).stdout
        names += re.findall(r'^(/\S+)$', listing, re.M)
    return names


def main():
    documents = [name for name in sys.argv[1:] if name.endswith('.md')]
    scenarios = scenarios_of(sys.argv[1 + len(documents):])
    rows, faults = [], []
    for document in documents:
        names, bare = rows_of(document)
        rows += names
        faults += [f'{place}: row names no test' for place in bare]
        if not names:
            faults.append(f'{document} has no rows')
    faults += [f'row names {name}, which is no scenario' for name in rows if name not in scenarios]
    faults += [f'scenario {name} has no row' for name in scenarios if name not in rows]
    faults += [f'scenario {name} has several rows' for name in set(rows) if rows.count(name) > 1]
    if not rows or not scenarios:
        faults.append('nothing to compare')
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
