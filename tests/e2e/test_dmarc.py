"""DMARC as a postmaster sets it up: public suffix list, OpenDMARC's opinion."""

import os
import re
import signal
import unittest

import lab
from cases import BODY, FIELDS, RECIPIENTS, LabCase, arrive
from milter import Milter

ZONE = '''
sender.example         TXT  "v=spf1 ip4:192.0.2.10 -all"
_dmarc.sender.example  TXT  "v=DMARC1; p=reject"
_dmarc.news.sender.example TXT "v=DMARC1; p=reject; psd=n"
_dmarc.strict.example  TXT  "v=DMARC1; p=none; aspf=s"
mail.strict.example    TXT  "v=spf1 ip4:192.0.2.10 -all"
mail.sender.example    A    192.0.2.10
10.2.0.192.in-addr.arpa PTR mail.sender.example.
'''


class DmarcCase(LabCase):
    @classmethod
    def prepare(cls):
        cls.lab.dns(ZONE)
        cls.list = os.path.join(cls.lab.dir, 'list.dat')

    def write_list(self, *rules):
        with open(self.list, 'w', encoding='ascii') as f:
            f.write('// public suffixes\n%s\n' % '\n'.join(rules))

    def send(self, daemon, author, sender):
        """The result of DMARC for one message."""
        with arrive(Milter(daemon.address)) as m:
            done = m.message(sender, RECIPIENTS, [
                (name, author if name == 'From' else value)
                for name, value in FIELDS], BODY)
        results = lab.parse_auth_results(done.results_header())[1]
        return [r.result for r in results if r.method == 'dmarc'][0]


class SuffixList(DmarcCase):
    MESSAGE = 'ann@news.sender.example', 'ann@sender.example'

    def test_the_list_decides_and_is_read_again(self):
        self.write_list('example')
        config = ('OrganizationalDomain psl\nPublicSuffixList %s\n'
                  % self.list)
        daemon = self.lab.signetd(config)
        self.addCleanup(daemon.stop)
        self.assertEqual(self.send(daemon, *self.MESSAGE), 'pass')
        self.write_list('example', 'sender.example')
        daemon.configure(config)
        daemon.signal(signal.SIGHUP)
        lab.wait_until(
            lambda: self.send(daemon, *self.MESSAGE) == 'fail', 10,
            'the new list')

    def test_the_tree_walk_needs_no_list(self):
        daemon = self.lab.signetd('PublicSuffixList /nonexistent\n')
        self.addCleanup(daemon.stop)
        self.assertEqual(self.send(daemon, *self.MESSAGE), 'fail')


class Compare(DmarcCase):
    def test_differences_are_logged_and_counted(self):
        self.write_list('example')
        daemon = self.lab.signetd('DMARCCompare yes\nPublicSuffixList %s\n'
                                  % self.list)
        self.addCleanup(daemon.stop)
        if 'without libopendmarc' in daemon.log():
            raise unittest.SkipTest('signetd was built without libopendmarc')
        self.assertEqual(self.send(daemon, 'ann@sender.example',
                                   'ann@sender.example'), 'pass')
        self.assertEqual(self.send(daemon, 'ann@strict.example',
                                   'ann@mail.strict.example'), 'fail')
        daemon.stop()
        log = daemon.log()
        self.assertRegex(log, r'author=sender\.example.* compare=same ')
        self.assertRegex(log, r'author=strict\.example.* dmarc=fail:none .*'
                         r'policy="p=none of strict\.example" '
                         r'compare=strict opendmarc=pass action=accept')
        self.assertIsNotNone(re.search(
            'DMARCCompare: 2 messages compared, 1 differ', log), log)
