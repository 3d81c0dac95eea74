"""The decision through a real Postfix: what signet.conf(5) has in its table,
as far as an MTA is needed to see it done."""

import re
import subprocess

import scenarios
from cases import LabCase, needs_postfix
from scenarios import (FORWARDER, HOST, SHOP, STRANGER, TRAVELLER,
                       compose)

ZONE = '''
broken.example  TXT "v=spf1 ip4:192.0.2.10 -all"
quar.example    TXT "v=spf1 -all"
_dmarc.quar.example TXT "v=DMARC1; p=quarantine"
'''


class Decision(LabCase):
    @classmethod
    def prepare(cls):
        needs_postfix()
        cls.lab.dns(scenarios.ZONE + ZONE).misbehave('_dmarc.broken.example',
                                                     rcode=2)
        table = cls.lab.write('overrides', 'host:fwd.alumni.example forwarder\n'
                              'plain.example reject\n')
        base = 'AuthservID %s\nMode v\n' % HOST
        configs = {
            'smtp': base,
            'yes': base + 'RejectFailures yes\n'
            'RejectString DMARC: %%s says %%p, 100%%%% sure\n'
            'OverrideTable file:%s\n' % table,
            'hold': base + 'RejectFailures unless-indirect\n'
            'HoldQuarantinedMessages yes\nDeferTempErrors yes\n',
            'own': base + 'OwnDomains home.example\nRejectOwnDomain yes\n',
            'login': base + 'AuthResultsAuth yes\nAuthResultsLogin yes\n'
            'AuthservIDWithJobID yes\n',
        }
        daemons = {n: cls.lab.signetd(c) for n, c in configs.items()}
        cls.daemons = daemons
        cls.mta = cls.lab.postfix(
            'home', HOST, ['home.example'], milter=daemons['smtp'].socket,
            listeners={n: {'smtpd_milters': d.socket}
                       for n, d in daemons.items() if n != 'smtp'})

    def send(self, listener, who, author, more='', sender=None):
        scenarios.COUNT.append(0)
        to = 'decided%d@home.example' % len(scenarios.COUNT)
        message = more.encode() + compose(author, to, 'Hm', 'Hm.\r\n')
        with self.mta.connect(listener, **who) as smtp:
            reply = smtp.send(sender or 'joe@plain.example', [to], message)
        return reply, to

    def delivered(self, *args, **kwargs):
        reply, to = self.send(*args, **kwargs)
        self.assertTrue(reply.ok, reply)
        return self.mta.delivered(to)

    def dmarc(self, delivered):
        header = delivered.all('Authentication-Results')[0]
        result, = [r for r in delivered.results(HOST) if r.method == 'dmarc']
        return result.result, result.properties['policy.dmarc'], \
            re.sub(r'\s+', ' ', header)

    def test_rejected_in_our_words(self):
        reply, _ = self.send('yes', STRANGER, 'orders@shop.example')
        self.assertEqual(str(reply), '550 5.7.1 DMARC: shop.example says '
                         'reject, 100% sure')

    def test_quarantine_is_a_tag(self):
        got = self.delivered('yes', STRANGER, 'a@quar.example')
        self.assertRegex(got.all('X-Signet-Quarantine')[0], 'quar.example')
        self.assertEqual(self.dmarc(got)[:2], ('fail', 'quarantine'))

    def test_a_forwarder_is_quarantined(self):
        got = self.delivered('yes', FORWARDER, 'orders@shop.example')
        self.assertEqual(len(got.all('X-Signet-Quarantine')), 1)
        result, policy, header = self.dmarc(got)
        self.assertEqual((result, policy), ('fail', 'reject'))
        self.assertIn('override: trusted_forwarder: OverrideTable '
                      'host:fwd.alumni.example forwarder', header)
        log = self.daemons['yes'].log()
        self.assertIn(' override=trusted_forwarder override-why="Override',
                      log)

    def test_forced_reject(self):
        reply, _ = self.send('yes', STRANGER, 'joe@plain.example')
        self.assertRegex(str(reply), r'^550 5\.7\.1 DMARC: plain\.example')

    def test_held(self):
        reply, _ = self.send('hold', FORWARDER, 'orders@shop.example',
                             'List-Id: <alumni.example>\r\n')
        self.assertTrue(reply.ok, reply)
        queue_id = re.search(r'queued as (\w+)', reply.text)[1]
        held = subprocess.run(
            ['postcat', '-c', self.mta.dir + '/etc', '-qh', queue_id],
            capture_output=True, text=True, check=True, timeout=60).stdout
        self.assertIn('policy.dmarc=reject', held)
        self.assertIn('override: mailing_list', re.sub(r'\s+', ' ', held))
        queue = subprocess.run(
            ['postqueue', '-c', self.mta.dir + '/etc', '-p'],
            capture_output=True, text=True, check=True, timeout=60).stdout
        self.assertIn(queue_id + '!', queue)

    def test_deferred(self):
        reply, _ = self.send('hold', STRANGER, 'a@broken.example')
        self.assertRegex(str(reply), r'^451 4\.7\.1 .*broken\.example')
        got = self.delivered('smtp', STRANGER, 'a@broken.example')
        self.check(got, results={'dmarc': 'temperror'})

    def test_from_yourself(self):
        """Extortion mail ends here, a member's own list post does not."""
        reply, _ = self.send('own', STRANGER, 'you@home.example')
        self.assertRegex(str(reply), r'^550 5\.7\.26 .*home\.example')
        got = self.delivered('own', FORWARDER, 'you@home.example',
                             'List-Id: <alumni.example>\r\n')
        self.assertEqual(len(got.all('X-Signet-Quarantine')), 1)
        for who in (TRAVELLER, SHOP):
            author = 'you@home.example' if who is TRAVELLER else \
                'joe@plain.example'
            reply, _ = self.send('own', who, author)
            self.assertTrue(reply.ok, reply)

    def test_the_login_shows_where_asked_for(self):
        reply, to = self.send('login', TRAVELLER, 'alice@home.example')
        queue_id = re.search(r'queued as (\w+)', reply.text)[1]
        got = self.mta.delivered(to)
        self.assertEqual(got.fields[0][0], 'Authentication-Results')
        self.assertEqual(re.sub(r'\s+', ' ', got.fields[0][1]),
                         ' "%s/%s"; auth=pass smtp.auth=alice'
                         % (HOST, queue_id))

    def test_blanks_before_the_colon(self):
        """Postfix takes "From :" for From, and so do people."""
        got = self.delivered(
            'smtp', STRANGER, 'joe@plain.example',
            'Authentication-Results : %s; dmarc=pass\r\n'
            'authentication-results: other.example; dmarc=pass\r\n'
            'Authentication-Results\t: %s; dmarc=pass\r\n'
            'From : orders@shop.example\r\n' % (HOST, HOST))
        self.check(got, results={'dmarc': 'fail'},
                   properties={'header.from': r'shop\.example'})
        claims = [v for n, v in got.fields
                  if n.strip().lower() == 'authentication-results']
        self.assertEqual(len(claims), 2, got.fields)
