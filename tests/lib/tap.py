# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the unittest cases of the main module and tell the results as TAP.

A test that fails while the machine dropped packets of its own (a processor's queue was full, which all
network namespaces share: of the floods of other tests, say) shows nothing: it is void, said so, and run
again, at most twice.
"""
import re
import sys
import traceback
import unittest


ATTEMPTS = 3


def dropped_by_machine():
    """Packets that found the queue of their processor full, since the start of the machine."""
    with open('/proc/net/softnet_stat', encoding='ascii') as lines:
        return sum(int(line.split()[1], 16) for line in lines)


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.number = 0
        self.attempt = 1
        self.bad = set()
        self.void = {}  # as an ordered set
        self.before = 0

    def startTest(self, test):
        super().startTest(test)
        self.before = dropped_by_machine()

    def is_void(self, test, error):
        dropped = dropped_by_machine() - self.before
        if not isinstance(test, unittest.TestCase):  # what is made for a class of them
            return False
        if test in self.bad or (test not in self.void and (not dropped or self.attempt >= ATTEMPTS)):
            return False
        self.comment(error)
        print(f'# void: the machine dropped {dropped} packets meanwhile; again', flush=True)
        self.void[test] = True
        return True

    def tell(self, word, test, note=''):
        self.number += 1
        name = test.id().removeprefix('__main__.')
        print(f'{word} {self.number} - {name}{note}', flush=True)

    def addSuccess(self, test):
        if test not in self.bad:
            self.tell('ok', test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.tell('ok', test, f' # SKIP {reason}')

    def comment(self, error):
        text = ''.join(traceback.format_exception(*error))
        print('\n'.join(f'# {line}' for line in text.splitlines()), flush=True)

    def fail(self, test, error):
        self.comment(error)
        if test not in self.bad:
            self.bad.add(test)
            self.tell('not ok', test)

    def addFailure(self, test, error):
        if not self.is_void(test, error):
            super().addFailure(test, error)
            self.fail(test, error)

    def addError(self, test, error):
        if not self.is_void(test, error):
            super().addError(test, error)
            self.fail(test, error)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            print(f'# in {subtest.id()}')
            if not self.is_void(test, error):
                super().addSubTest(test, subtest, error)
                self.fail(test, error)


def cases(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from cases(item)
        else:
            yield item


def main():
    """With arguments: only the tests whose name contains one of them; with 2/3: only the second, fifth...
    of the tests, so that several processes share a file and none is left out."""
    loader = unittest.defaultTestLoader
    parts = [word for word in sys.argv[1:] if re.fullmatch(r'\d+/\d+', word)]
    words = [word for word in sys.argv[1:] if word not in parts]
    if words:
        loader.testNamePatterns = [f'*{word}*' for word in words]
    suite = unittest.TestSuite(cases(loader.loadTestsFromModule(sys.modules['__main__'])))
    for part in parts:
        number, of = map(int, part.split('/'))
        suite = unittest.TestSuite(list(suite)[number - 1::of])
    print(f'1..{suite.countTestCases()}', flush=True)
    result = TapResult()
    suite.run(result)
    while result.void:
        suite, result.void = unittest.TestSuite(result.void), {}
        result.attempt += 1
        suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
