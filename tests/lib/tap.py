# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the unittest cases of the main module and tell the results as TAP."""
import re
import sys
import traceback
import unittest


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.number = 0
        self.bad = set()

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

    def fail(self, test, error):
        text = ''.join(traceback.format_exception(*error))
        print('\n'.join(f'# {line}' for line in text.splitlines()), flush=True)
        if test not in self.bad:
            self.bad.add(test)
            self.tell('not ok', test)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.fail(test, error)

    def addError(self, test, error):
        super().addError(test, error)
        self.fail(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            print(f'# in {subtest.id()}')
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
    sys.exit(0 if result.wasSuccessful() else 1)
