"""What the test classes share."""

import os
import shutil
import unittest

import lab
import scenarios


def timed(method):
    """Mark a test that measures time or memory: of no use with sanitizers."""
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


ZONE = '''
sender.example         TXT  "v=spf1 ip4:192.0.2.10 -all"
_dmarc.sender.example  TXT  "v=DMARC1; p=none"
mail.sender.example    A    192.0.2.10
10.2.0.192.in-addr.arpa PTR mail.sender.example.
'''

FIELDS = [('From', 'Ann <ann@sender.example>'), ('To', 'bob@home.example'),
          ('Subject', 'hello'), ('Date', 'Mon, 1 Jan 2026 00:00:00 +0000'),
          ('Message-ID', '<1@sender.example>')]
BODY = b'A line of text.\r\n'
SENDER, RECIPIENTS = 'ann@sender.example', ['bob@home.example']


def arrive(connection, name='mail.sender.example', address='192.0.2.10'):
    """Connect and greet as the sender's host."""
    connection.connect(name, address)
    return connection


def send_plain(connection):
    """One plain message on a connection that is there."""
    return connection.message(SENDER, RECIPIENTS, FIELDS, BODY)


def judged_by(outcome):
    """The authserv-id that a milter wrote, None where it wrote none."""
    header = outcome.results_header()
    return lab.parse_auth_results(header)[0] if header else None
