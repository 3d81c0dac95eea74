"""Run the end to end tests: run.py [--untimed] [PART-OF-A-NAME...]

SIGNETD and SIGNET in the environment name the programs.  One line a test; the
last line is `N passed, N failed, N skipped`.  --untimed leaves out what only
measures time (for builds with sanitizers).
"""

import os
import sys
import time
import traceback
import unittest

import lab


class Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.passed = 0
        self.started = time.monotonic()

    @staticmethod
    def name(test):
        return test.id().replace('__main__.', '')

    def say(self, word, test, text=''):
        print('%s %s%s (%.1f s)' % (word, self.name(test),
                                    ': ' + text if text else '',
                                    time.monotonic() - self.started),
              flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def addSuccess(self, test):
        self.passed += 1
        self.say('PASS', test)

    def addSubTest(self, test, subtest, err):
        if err is None:
            return
        super().addSubTest(test, subtest, err)
        self.tell(subtest, err)

    def tell(self, test, err):
        self.say('FAIL', test, str(err[1]).split('\n', 1)[0])
        frames = [f for f in traceback.extract_tb(err[2])
                  if os.sep + 'unittest' + os.sep not in f.filename]
        text = ''.join(traceback.format_list(frames)
                       + traceback.format_exception_only(*err[:2]))
        print('    ' + text.rstrip().replace('\n', '\n    '), flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.tell(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.tell(test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say('SKIP', test, reason)


def tests_in(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item


def wanted(test, names, untimed):
    method = getattr(test, getattr(test, '_testMethodName', ''), None)
    if untimed and getattr(method, 'timed', False):
        return False
    return not names or any(n in test.id() for n in names)


def main(arguments):
    untimed = '--untimed' in arguments
    names = [a for a in arguments if not a.startswith('-')]
    here = os.path.dirname(os.path.abspath(__file__))
    found = unittest.defaultTestLoader.discover(here)
    suite = unittest.TestSuite(t for t in tests_in(found)
                               if wanted(t, names, untimed))
    result = Result()
    with lab.Lab():
        pass                    # says at once what was not built
    try:
        suite.run(result)
    finally:
        lab.close_all()
    bad = len(result.failures) + len(result.errors)
    print('%d passed, %d failed, %d skipped'
          % (result.passed, bad, len(result.skipped)))
    return 1 if bad else 0


if __name__ == '__main__':
    lab.leave_on_signals()
    try:
        sys.exit(main(sys.argv[1:]))
    except lab.LabError as e:
        sys.exit(str(e))
    except KeyboardInterrupt:
        sys.exit('stopped')
