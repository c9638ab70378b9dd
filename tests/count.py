#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""count.py TESTLOG.json...: add up what `meson test` wrote and print, as the last line,
`N passed, N failed, N skipped`. Status 1 if a test failed, none passed, or, for root, one was
skipped: root can run them all. Before it the points that failed, with the last of what each of them
said: who keeps only the end of a log has the reason, too.

A test that speaks TAP counts each of its points, any other counts once. testlog.junit.xml will not
do: meson 1.0 tells there neither a timeout nor a crash after the last point as a failure."""
import json
import os
import re
import sys

POINT = re.compile(r'^(not )?ok\b([^\n]*)$', re.MULTILINE)
PLAN = re.compile(r'^1\.\.\d+', re.MULTILINE)
DIRECTIVE = re.compile(r'#\s*(skip|todo)', re.IGNORECASE)
LINES_OF_A_POINT = 12
GOOD = ('OK', 'EXPECTEDFAIL')


def count_points(text):
    """Passed, failed and skipped of a TAP stream; None if it is not one."""
    if not PLAN.search(text):
        return None
    counts = [0, 0, 0]
    for refused, rest in POINT.findall(text):
        directive = DIRECTIVE.search(rest)
        word = directive[1].lower() if directive else ''
        if word == 'skip':
            counts[2] += 1
        elif refused and word != 'todo':
            counts[1] += 1
        elif not refused:
            counts[0] += 1
    return counts


def tell_failure(test):
    """The points that failed, each with the comments before it; of what has no points, or crashed
    after good ones, the last that it said."""
    print(f'FAILED ({test["result"]}) {test["name"]}')
    said, told = [], False
    for line in test.get('stdout', '').splitlines():
        if not POINT.match(line):
            said.append(line)
            continue
        if line.startswith('not '):
            told = True
            print('\n'.join(f'    {words[:300]}' for words in [line, *said[-LINES_OF_A_POINT:]]))
        said = []
    if not told:
        said = said[-LINES_OF_A_POINT:] + test.get('stderr', '').splitlines()[-LINES_OF_A_POINT:]
        print('\n'.join(f'    {words[:300]}' for words in said))


def count_test(test):
    counts = count_points(test.get('stdout', ''))
    if counts is None:
        return [int(test['result'] in GOOD), 0, int(test['result'] == 'SKIP')]
    return counts


def main(paths):
    total = [0, 0, 0]
    for path in paths:
        try:
            with open(path, encoding='utf-8') as log:
                tests = [json.loads(line) for line in log]
        except OSError as error:
            print(f'FAILED (no log) {path}: {error.strerror}')
            total[1] += 1
            continue
        for test in tests:
            counts = count_test(test)
            if test['result'] not in (*GOOD, 'SKIP'):
                counts[1] = counts[1] or 1  # a crash or a timeout after points that were all well
                tell_failure(test)
            elif counts[2]:
                print(f'SKIPPED {counts[2]} of {test["name"]}')
            total = [a + b for a, b in zip(total, counts)]
    passed, failed, skipped = total
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    return 1 if failed or not passed or (skipped and os.geteuid() == 0) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
