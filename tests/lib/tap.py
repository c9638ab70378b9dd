# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the unittest cases of the main module and tell the results as TAP."""
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


def main():
    """With arguments: only the tests whose name contains one of them."""
    loader = unittest.defaultTestLoader
    if len(sys.argv) > 1:
        loader.testNamePatterns = [f'*{word}*' for word in sys.argv[1:]]
    suite = loader.loadTestsFromModule(sys.modules['__main__'])
    print(f'1..{suite.countTestCases()}', flush=True)
    result = TapResult()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
