"""What an MTA is told to do, done by Sendmail."""

import re

from cases import LabCase
from scenarios import HOST, compose
from sendmail import Sendmail, needs_sendmail

ZONE = '''
home.example         TXT "v=spf1 ip4:127.0.0.1 -all"
strict.example       TXT "v=spf1 -all"
_dmarc.strict.example TXT "v=DMARC1; p=reject"
quar.example         TXT "v=spf1 -all"
_dmarc.quar.example  TXT "v=DMARC1; p=quarantine"
'''

# Sendmail has no XCLIENT: here loopback is the outside.
CONFIG = '''\
AuthservID %s
Mode v
InternalHosts 192.0.2.250
RejectFailures yes
RejectString DMARC: %%s says %%p, 100%%%% sure
HoldQuarantinedMessages yes
DeferTempErrors yes
''' % HOST


class Sending(LabCase):
    @classmethod
    def prepare(cls):
        needs_sendmail()
        dns = cls.lab.dns(ZONE)
        dns.misbehave('_dmarc.broken.example', rcode=2)
        cls.daemon = cls.lab.signetd(CONFIG)
        host, port = cls.daemon.address
        cls.mta = Sendmail(cls.lab, 'inet:%d@%s' % (port, host))

    def send(self, author, more=''):
        return self.mta.send('joe@home.example', 'bob@far.example',
                             more.encode() + compose(author, 'bob@far.example',
                                                     'Hm', 'Hm.\r\n'))

    def test_accepted_and_forged_results_gone(self):
        forged = ''.join(
            '%s\r\n' % line for line in (
                'Authentication-Results: %s; dmarc=pass' % HOST,
                'Authentication-Results: other.example; dmarc=pass',
                'authentication-results: (x) "%s" 1; dmarc=pass' % HOST,
                'Authentication-Results:\r\n\t%s.;\r\n dmarc=pass' % HOST,
                'Authentication-Results : %s; dmarc=pass' % HOST,
                'Authentication-Results: third.example; dmarc=pass'))
        reply, got = self.send('joe@home.example', forged * 2)
        self.assertIsNotNone(got, reply)
        values = [re.sub(r'\s+', ' ', v).strip()
                  for v in got.all('Authentication-Results')]
        self.assertEqual(values[1:], ['other.example; dmarc=pass',
                                      'third.example; dmarc=pass'] * 2)
        self.assertRegex(values[0], r'^%s; .*spf=pass.*dmarc=none' % HOST)
        names = [n.lower() for n, _ in got.fields]
        self.assertLess(names.index('authentication-results'), 2, names)
        self.assertNotIn('dmarc=pass', got.all('Authentication-Results')[0])

    def test_rejected(self):
        reply, _ = self.send('a@strict.example')
        self.assertEqual(reply, '550 5.7.1 DMARC: strict.example says reject, '
                         '100% sure')

    def test_deferred(self):
        reply, _ = self.send('a@broken.example')
        self.assertRegex(reply, r'^451 4\.7\.1 .*broken\.example')

    def test_quarantined(self):
        reply, got = self.send('a@quar.example')
        self.assertIsNotNone(got, reply)
        self.assertRegex(got.quarantined, r'quar\.example')

    def test_blank_before_the_colon(self):
        """Sendmail drops such a From, and writes one from MAIL FROM when we
        have seen none: quarantined, since there was no author to check."""
        message = compose('a@strict.example', 'bob@far.example', 'Hm',
                          'Hm.\r\n').replace(b'From:', b'From :')
        _, got = self.mta.send('joe@home.example', 'bob@far.example', message)
        self.assertEqual(got.all('From'), [' joe@home.example'])
        self.assertRegex(got.quarantined, 'no From field')


class Discarding(LabCase):
    @classmethod
    def prepare(cls):
        needs_sendmail()
        cls.lab.dns(ZONE)
        cls.daemon = cls.lab.signetd('Mode v\nInternalHosts 192.0.2.250\n'
                                     'On-NoSignature discard\n')
        host, port = cls.daemon.address
        cls.mta = Sendmail(cls.lab, 'inet:%d@%s' % (port, host))

    def test_discarded(self):
        reply, got = self.mta.send(
            'joe@home.example', 'bob@far.example',
            compose('joe@home.example', 'bob@far.example', 'Hm', 'Hm.\r\n'))
        self.assertRegex(reply, '^250 ')
        self.assertIsNone(got)
        self.assertIn('action=discard', self.daemon.log())
