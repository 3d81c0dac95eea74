"""What the test classes share."""

import os
import shutil
import unittest

import lab
import scenarios


def timed(method):
    """Mark a test that measures time, of no use in a sanitizer build."""
    method.timed = True
    return method


def needs_postfix():
    """Skip where a Postfix cannot be put up."""
    if os.geteuid() != 0:
        raise unittest.SkipTest('Postfix needs root')
    if not shutil.which('postfix', path='/usr/sbin:/sbin'):
        raise unittest.SkipTest('Postfix is not installed')


class LabCase(unittest.TestCase):
    """One lab for all the tests of a class, in self.lab."""

    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.prepare()

    @classmethod
    def prepare(cls):
        """What the class wants in its lab."""

    def check(self, delivered, **expected):
        """Compare a delivered message with what a Scenario would expect."""
        row = scenarios.Scenario('', '', {}, '', None, **expected)
        wrong = scenarios.header_differences(row, delivered, scenarios.HOST)
        self.assertEqual(wrong, [], delivered.show(
            ['Authentication-Results', 'DKIM-Signature']))
