"""The log: one line a message that says what was done, and why."""

import re

import lab
from cases import LabCase, needs_postfix
from scenarios import SHOWN, TESTED, Sites

ROWS = {s.name: s for s in SHOWN + TESTED}


class Log(LabCase):
    @classmethod
    def prepare(cls):
        needs_postfix()
        cls.sites = Sites(cls.lab)

    def line_for(self, name):
        """The log line of one message of the table, by its queue id."""
        before = len(self.sites.daemon.log())
        reply, delivered = self.sites.run(ROWS[name])
        if reply is not None and reply.ok:
            queue_id = re.search(r'queued as (\w+)', reply.text)[1]
        elif delivered is not None:
            queue_id = re.search(r'\tid (\w+);',
                                 delivered.all('Received')[0])[1]
        else:
            queue_id = r'\w+'
        pattern = re.compile(r'^(?:\S+ )?%s: .*$' % queue_id, re.M)

        def found():
            return pattern.search(self.sites.daemon.log()[before:])
        return lab.wait_until(found, 5, 'a log line for ' + queue_id)[0]

    def test_incoming(self):
        line = self.line_for('authentic')
        for part in ('role=incoming', 'client=192.0.2.10',
                     'from=bounce@shop.example', 'spf=pass',
                     'dkim=pass:shop.example', 'dmarc=pass', 'action=accept'):
            self.assertIn(part, line)

    def test_refused(self):
        line = self.line_for('forged')
        self.assertRegex(line, r'dmarc=fail.* action=reject.* reply="550 ')

    def test_signed_and_why(self):
        line = self.line_for('submitted')
        for part in ('role=submitted', 'because=authenticated', 'login=alice',
                     'signed=yes'):
            self.assertIn(part, line)
        self.assertNotIn('spf=', line)

    def test_signed_local(self):
        line = self.line_for('sendmail')
        self.assertRegex(line, r'role=submitted .*InternalHosts.* signed=yes')

    def test_not_signed_and_why(self):
        line = self.line_for('foreign-login')
        self.assertRegex(line, r'signed=no .*sign-why=')

    def test_removed_fields_are_told(self):
        self.assertIn('forged-results-removed=2',
                      self.line_for('forged-results'))
