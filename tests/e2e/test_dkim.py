"""What DKIM's rules do to mail, and how our own mail is signed."""

import os
import re

import scenarios
from cases import LabCase, needs_postfix
from lab import wait_until
from scenarios import (FAR_CONFIG, FAR_HOST, HOST, SHOP, STRANGER, TRAVELLER,
                       World, compose)

DOORS = {
    'reject': 'On-BadSignature reject\n',
    'tempfail': 'On-KeyNotFound tempfail\n',
    'discard': 'On-NoSignature discard\n',
    'hold': 'On-BadSignature quarantine\nHoldQuarantinedMessages yes\n',
    'tag': 'On-BadSignature quarantine\n',
    'cover': 'MustBeSigned X-Note\nOn-BadSignature reject\n',
    'required': 'RequireSignature shop.example\n',
}


def fresh(name, domain='home.example'):
    scenarios.COUNT.append(0)
    return '%s%d@%s' % (name, len(scenarios.COUNT), domain)


class Actions(LabCase):
    """Each rule has a door of its own."""

    @classmethod
    def prepare(cls):
        needs_postfix()
        cls.world = World(cls.lab)
        cls.daemons = {name: cls.lab.signetd('AuthservID %s\n%s'
                                             % (HOST, text))
                       for name, text in DOORS.items()}
        cls.mta = cls.lab.postfix('home', HOST, ['home.example'], listeners={
            name: {'smtpd_milters': daemon.socket}
            for name, daemon in cls.daemons.items()})

    def send(self, door, message):
        """The reply, and to whom it was."""
        to = fresh(door)
        with self.mta.connect(door, **SHOP) as smtp:
            return smtp.send('bounce@shop.example', [to], message), to

    def arrives(self, door, message):
        reply, to = self.send(door, message)
        self.assertTrue(reply.ok, reply)
        return self.mta.delivered(to)

    def good(self):
        return self.world.authentic('Your order')

    def bad(self):
        return self.good() + b'Click here.\r\n'

    def unsigned(self):
        return compose('orders@shop.example', 'you@home.example', 'x', 'y\r\n')

    def test_a_good_signature_passes_every_door(self):
        for door in DOORS:
            self.check(self.arrives(door, self.good()),
                       results={'dkim': 'pass'})

    def test_reject(self):
        reply, _ = self.send('reject', self.bad())
        self.assertRegex(str(reply), r'^550 5\.7\.20 DKIM check failed for '
                                     r'shop\.example: body hash')

    def test_tempfail(self):
        message = self.lab.sign(self.unsigned(), 'shop.example', 'nokey',
                                self.world.shop_key)
        reply, _ = self.send('tempfail', message)
        self.assertRegex(str(reply), r'^451 4\.7\.20 .*no key')

    def test_discard(self):
        reply, to = self.send('discard', self.unsigned())
        self.assertTrue(reply.ok, reply)
        wait_until(lambda: 'rule=On-NoSignature'
                   in self.daemons['discard'].log(), 10, 'the log line')
        self.arrives('discard', self.good())
        self.assertIsNone(self.mta._find(to))

    def test_hold(self):
        reply, to = self.send('hold', self.bad())
        self.assertTrue(reply.ok, reply)
        hold = os.path.join(self.mta.dir, 'queue', 'hold')
        wait_until(lambda: os.listdir(hold), 10, 'the hold queue')
        self.assertIsNone(self.mta._find(to))

    def test_tag(self):
        delivered = self.arrives('tag', self.bad())
        self.assertRegex(delivered.all('X-Signet-Quarantine')[0],
                         'DKIM check failed')

    def test_what_must_be_signed(self):
        reply, _ = self.send('cover', b'X-Note: added\r\n' + self.good())
        self.assertRegex(str(reply), r'^550 5\.7\.21 .*must be signed')

    def test_who_must_sign(self):
        reply, _ = self.send('required', self.unsigned())
        self.assertRegex(str(reply), r'^550 5\.7\.20 .*shop\.example')
        list_mail = self.lab.sign(self.unsigned(), 'home.example', 'mail',
                                  self.world.home_key)
        reply, _ = self.send('required', list_mail)
        self.assertRegex(str(reply), r'^550 5\.7\.22 ')
        self.arrives('required', compose('joe@plain.example', 'you@x', 'a',
                                         'b\r\n'))


SIGNING = '''\
AuthservID           %s
KeyTable             file:%%s
SigningTable         refile:%%s
SenderLogin          file:%%s
SenderHeaders        Sender,From
DontSignMailTo       plain@far.example
Diagnostics          yes
RemoveOldSignatures  yes
SignatureTTL         1d
MTA                  MSA
MacroList            daemon_addr=192.0.2.200,daemon_name=OTHER|LOCAL
''' % HOST

ANYBODY = 'check_client_access static:OK, reject'


class Signing(LabCase):
    """Two keys for one address, and who is signed for; the far side judges
    what comes of it."""

    @classmethod
    def prepare(cls):
        needs_postfix()
        cls.world = world = World(cls.lab)
        cls.daemon = cls.lab.signetd(SIGNING % (
            cls.lab.write('Keys', 'rsa home.example:mail:%s\n'
                          'ed home.example:ed:%s\n'
                          % (world.home_key, world.ed_key)),
            cls.lab.write('Signing', '*@home.example rsa:%%\n'
                          '*@home.example ed:news@%\n'.replace('%%', '%')),
            cls.lab.write('Logins', 'alice@home.example alice,TRAVELLER\n'
                          'home.example postmaster\n')))
        far_daemon = cls.lab.signetd(FAR_CONFIG)
        cls.far = cls.lab.postfix('far', FAR_HOST, ['far.example'],
                                  milter=far_daemon.socket)
        cls.home = cls.lab.postfix(
            'home', HOST, ['home.example'], milter=cls.daemon.socket,
            transport={'far.example': ('127.0.0.1', cls.far.ports['smtp'])},
            listeners={
                'msa': {'milter_macro_daemon_name': 'MSA',
                        'smtpd_relay_restrictions': ANYBODY},
                'local': {'milter_macro_daemon_name': 'LOCAL',
                          'smtpd_relay_restrictions': ANYBODY}})

    def send(self, message, who=TRAVELLER, listener='smtp', to=None,
             sender='alice@home.example'):
        to = to or fresh('friend', 'far.example')
        with self.home.connect(listener, **who) as smtp:
            reply = smtp.send(sender, [to], message)
        self.assertTrue(reply.ok, reply)
        return self.far.delivered(to)

    def mail(self, author='alice@home.example', more=b''):
        return more + compose(author, 'friend@far.example', 'Greetings | all',
                              'All is well.\r\n')

    def signatures(self, delivered):
        return [re.sub(r'\s', '', v) for v in delivered.all('DKIM-Signature')]

    def assert_signed_twice(self, delivered):
        passed = {r.properties.get('header.a'): r.properties
                  for r in delivered.results(FAR_HOST)
                  if r.method == 'dkim' and r.result == 'pass'}
        self.assertEqual(sorted(passed), ['ed25519-sha256', 'rsa-sha256'],
                         delivered.show(['DKIM-Signature',
                                         'Authentication-Results']))
        return passed

    def test_two_keys_in_one_pass(self):
        delivered = self.send(self.mail(
            more=b'DKIM-Signature: v=1; a=rsa-sha256; d=old.example; b=x\r\n'))
        passed = self.assert_signed_twice(delivered)
        self.assertEqual(passed['rsa-sha256']['header.i'], '@home.example')
        self.assertEqual(passed['ed25519-sha256']['header.i'],
                         'news@home.example')
        for signature in self.signatures(delivered):
            self.assertIn('z=', signature)
            self.assertIn('Subject:=20Greetings=20=7C=20all', signature)
            self.assertRegex(signature, r't=\d+;x=\d+;')
            self.assertRegex(signature, r'h=From:From:')
            self.assertNotIn('old.example', signature)

    def test_lines_are_folded(self):
        delivered = self.send(self.mail())
        for value in delivered.all('DKIM-Signature'):
            for line in ('DKIM-Signature:' + value).split('\n'):
                self.assertLessEqual(len(line.expandtabs(8)), 78, line)

    def test_a_bounce_is_signed(self):
        self.assert_signed_twice(self.send(self.mail(), sender=''))

    def test_without_a_date(self):
        message = re.sub(rb'Date: [^\r]*\r\n', b'', self.mail())
        self.assert_signed_twice(self.send(message))

    def test_without_from(self):
        """Postfix adds one for its own users, before a milter sees it."""
        message = re.sub(rb'From: [^\r]*\r\n', b'', self.mail())
        self.assert_signed_twice(self.send(message))

    def test_who_may_write_as_whom(self):
        delivered = self.send(self.mail('ceo@home.example'))
        self.assertEqual(self.signatures(delivered), [])
        wait_until(lambda: 'SenderLogin: the login may not write as '
                   'ceo@home.example' in self.daemon.log(), 10,
                   'the log line')
        boss = dict(TRAVELLER, login='postmaster')
        self.assert_signed_twice(self.send(self.mail('ceo@home.example'),
                                           who=boss))

    def test_sender_counts_before_from(self):
        delivered = self.send(self.mail(more=b'Sender: x@plain.example\r\n'))
        self.assertEqual(self.signatures(delivered), [])

    def test_who_gets_no_signature(self):
        delivered = self.send(self.mail(), to='plain@far.example')
        self.assertEqual(self.signatures(delivered), [])

    def test_daemons_of_our_own_users(self):
        for listener in ('msa', 'local'):
            self.assert_signed_twice(self.send(
                self.mail(), who=STRANGER, listener=listener))
