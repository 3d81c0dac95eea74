"""What policyd-spf's users have, through a real Postfix: a row an option
value.  Every configuration is a signetd of its own behind a listener of one
Postfix."""

import re

from cases import LabCase, needs_postfix
from scenarios import HOST, compose

ZONE = '''
mail.sender.example       A    203.0.113.66
66.113.0.203.in-addr.arpa PTR  mail.sender.example.
pass.example       TXT  "v=spf1 ip4:203.0.113.66 -all"
fail.example       TXT  "v=spf1 a -all exp=why.fail.example"
why.fail.example   TXT  "%{i} does not send for %{d}"
soft.example       TXT  "v=spf1 ~all"
neutral.example    TXT  "v=spf1 ?all"
perm.example       TXT  "v=spf1 no-such-thing -all"
nomail.example     TXT  "v=spf1 -all"
wide.example       TXT  "v=spf1 ip4:128.0.0.0/1 -all"
_dmarc.wide.example TXT "v=DMARC1; p=reject"
plus.example       TXT  "v=spf1 +all"
_dmarc.plus.example TXT "v=DMARC1; p=reject"
friend.example     TXT  "v=spf1 ip4:203.0.113.0/24 -all"
'''

CLIENT = '203.0.113.66'
FAIL, SOFT, NEUTRAL = 'a@fail.example', 'a@soft.example', 'a@neutral.example'
PASS, NONE, PERM = 'a@pass.example', 'a@none.example', 'a@perm.example'
TEMP, NO_MAIL = 'a@temp.example', 'a@nomail.example'
BOUNCE = ''

OK = None
REFUSED = r'^550 5\.7\.23 '
ERROR = r'^550 5\.7\.24 '
DEFERRED = r'^451 4\.7\.24 '

# name, options, [(HELO, MAIL FROM, the reply to RCPT)]
ROWS = [
    ('mail_from_not_pass', 'Mail_From_reject SPF_Not_Pass', [
        ('', FAIL, REFUSED), ('', SOFT, REFUSED), ('', NEUTRAL, REFUSED),
        ('', NONE, OK), ('', PASS, OK), ('', PERM, OK), ('', TEMP, OK)]),
    ('mail_from_softfail', 'Mail_From_reject Softfail', [
        ('', FAIL, REFUSED), ('', SOFT, REFUSED), ('', NEUTRAL, OK)]),
    ('mail_from_fail', 'Mail_From_reject Fail', [
        ('', FAIL, REFUSED), ('', SOFT, OK), ('fail.example', BOUNCE, OK)]),
    ('mail_from_false', 'Mail_From_reject False', [('', FAIL, OK)]),
    ('mail_from_no_check', 'Mail_From_reject No_Check', [('', FAIL, OK)]),
    ('helo_not_pass', 'HELO_reject SPF_Not_Pass', [
        ('fail.example', PASS, REFUSED), ('soft.example', PASS, REFUSED),
        ('neutral.example', PASS, REFUSED), ('none.example', PASS, OK),
        ('pass.example', FAIL, OK)]),
    ('helo_softfail', 'HELO_reject Softfail', [
        ('soft.example', PASS, REFUSED), ('neutral.example', PASS, OK)]),
    ('helo_fail', 'HELO_reject Fail', [
        ('fail.example', PASS, REFUSED), ('fail.example', BOUNCE, REFUSED),
        ('soft.example', PASS, OK)]),
    ('helo_false', 'HELO_reject False', [('fail.example', BOUNCE, OK)]),
    ('helo_no_check', 'HELO_reject No_Check', [('fail.example', PASS, OK)]),
    ('helo_null', 'HELO_reject Null', [
        ('fail.example', BOUNCE, REFUSED), ('fail.example', PASS, OK),
        ('soft.example', BOUNCE, OK)]),
    ('permerror_reject', 'Mail_From_reject Fail\nPermError_reject True', [
        ('', PERM, ERROR), ('', FAIL, REFUSED), ('', TEMP, OK)]),
    ('permerror_and_false', 'Mail_From_reject False\nPermError_reject True',
     [('', PERM, OK)]),
    ('temperror_defer', 'Mail_From_reject Fail\nTempError_Defer True', [
        ('', TEMP, DEFERRED), ('', PERM, OK)]),
    ('reject_not_pass_domains', 'Reject_Not_Pass_Domains soft.example', [
        ('', SOFT, REFUSED), ('', NEUTRAL, OK),
        ('soft.example', PASS, REFUSED)]),
    ('no_mail', 'Mail_From_reject Fail\nNo_Mail True', [
        ('', NO_MAIL, REFUSED), ('', FAIL, OK)]),
    ('test_only_0', 'Mail_From_reject Fail\nTestOnly 0', [('', FAIL, OK)]),
    ('test_only_1', 'Mail_From_reject Fail\nTestOnly 1',
     [('', FAIL, REFUSED)]),
    ('plain_codes', 'Mail_From_reject Fail\nTempError_Defer yes\n'
     'SPF_Enhanced_Status_Codes No',
     [('', FAIL, r'^550 5\.7\.1 '), ('', TEMP, r'^451 4\.7\.1 ')]),
    ('explanation', 'Mail_From_reject Fail', [
        ('', FAIL, r'which explains: 203\.0\.113\.66 does not send for '
         r'fail\.example$')]),
    ('reason_message', 'Mail_From_reject Fail\nTempError_Defer yes\n'
     'Reason_Message Message {rejectdefer} due to: {spf}. Please see {url}', [
         ('', FAIL, r'^550 5\.7\.23 Message rejected due to: SPF fail: .*'
          r'Please see http://www\.openspf\.net/Why\?s=mfrom;'
          r'id=a@fail\.example;ip=203\.0\.113\.66;r='),
         ('', TEMP, r'^451 4\.7\.24 Message deferred due to: ')]),
    ('hide_receiver', 'Mail_From_reject Fail\nHide_Receiver Yes\n'
     'Reason_Message {url}', [('', FAIL, r';ip=203\.0\.113\.66$')]),
    ('skip_addresses', 'Mail_From_reject Fail\n'
     'skip_addresses 127.0.0.0/8,203.0.113.0/24', [('', FAIL, OK)]),
    ('whitelist', 'Mail_From_reject Fail\nWhitelist 203.0.113.66',
     [('', FAIL, OK)]),
    ('whitelist_of_others', 'Mail_From_reject Fail\nWhitelist 192.0.2.0/24',
     [('', FAIL, REFUSED)]),
    ('helo_whitelist', 'Mail_From_reject Fail\n'
     'HELO_Whitelist mail.sender.example,pass.example', [
         ('mail.sender.example', FAIL, OK), ('pass.example', FAIL, REFUSED)]),
    ('domain_whitelist', 'Mail_From_reject Fail\n'
     'Domain_Whitelist friend.example', [('', FAIL, OK)]),
    ('domain_whitelist_that_is_silent', 'Mail_From_reject Fail\n'
     'Domain_Whitelist temp.example', [('', FAIL, DEFERRED)]),
    ('domain_whitelist_ptr', 'Mail_From_reject Fail\n'
     'Domain_Whitelist_PTR sender.example', [('', FAIL, OK)]),
    ('domain_whitelist_ptr_of_others', 'Mail_From_reject Fail\n'
     'Domain_Whitelist_PTR friend.example', [('', FAIL, REFUSED)]),
    ('void_limit', 'Void_Limit 2\nMail_From_reject Fail\n'
     'PermError_reject True', [('', 'a@void.example', ERROR)]),
    ('lookup_time', 'Lookup_Time 1\nMail_From_reject Fail\n'
     'TempError_Defer True', [('', 'a@silent.example', r'^end: 451 4\.7\.24 ')]
     ),
    ('whitelist_lookup_time', 'Mail_From_reject Fail\n'
     'Domain_Whitelist silent.example\nWhitelist_Lookup_Time 1', [
         ('', FAIL, DEFERRED)]),
    ('helo_impersonation', 'RejectHeloImpersonation yes', [
        (HOST, PASS, r'^550 5\.7\.1 '), ('localhost', PASS, r'^550 5\.7\.1 '),
        ('[127.0.0.1]', PASS, r'^550 5\.7\.1 '),
        ('mail.sender.example', PASS, OK)]),
]

# name, options, what is in a delivered message of `sender`
WRITTEN = [
    ('header_ar', 'Header_Type AR', FAIL, r'spf=fail', r'^Received-SPF'),
    ('header_spf', 'Header_Type SPF', FAIL,
     r'^Received-SPF: fail \(.*identity=mailfrom;.*client-ip=203\.0\.113\.66;'
     r'.*helo=mail\.sender\.example;.*envelope-from="a@fail\.example";'
     r'.*receiver=.*mechanism=-all$', r'spf='),
    ('header_both', 'Header_Type both', FAIL,
     r'spf=fail.*^Received-SPF: fail .*^Received-SPF: none .*identity=helo',
     r'^$'),
    ('header_none', 'Header_Type None', FAIL, r'dkim=none',
     r'spf=|^Received-SPF'),
    ('header_hidden', 'Header_Type SPF\nHide_Receiver yes', FAIL,
     r'receiver=unknown', r'receiver=mx'),
    ('skipped', 'Header_Type both\nWhitelist 203.0.113.66', FAIL,
     r'spf=none reason="SPF is not checked: Whitelist 203\.0\.113\.66".*'
     r'^Received-SPF: none \(.*Whitelist 203\.0\.113\.66\)', r'spf=fail'),
    ('wide', '', 'a@wide.example', r'spf=pass \(.*too wide:.*a whole /1.*'
     r'dmarc=pass', r'^$'),
    ('wide_ignored', 'SPFWidePass ignore', 'a@wide.example',
     r'spf=pass \(.*too wide.*dmarc=fail', r'^$'),
    ('wide_allowed', 'SPFMaximumWidth 1,32\nSPFWidePass ignore',
     'a@wide.example', r'dmarc=pass', r'too wide'),
    ('plus_all', 'SPFMaximumWidth 0,0\nSPFWidePass ignore', 'a@plus.example',
     r'spf=pass \(.*lets.*everybody.*pass.*dmarc=fail', r'^$'),
    ('test_only', 'Mail_From_reject Fail\nTestOnly 0', FAIL, r'spf=fail',
     r'^$'),
]


def unfolded(delivered):
    return '\n'.join('%s:%s' % (name, re.sub(r'\s+', ' ', value))
                     for name, value in delivered.fields)


class PolicydSpf(LabCase):
    """Refusals at RCPT, and what is written."""

    @classmethod
    def prepare(cls):
        needs_postfix()
        dns = cls.lab.dns(ZONE + 'void.example TXT "v=spf1 a:a.void.example '
                          'a:b.void.example a:c.void.example -all"\n')
        dns.misbehave('temp.example', rcode=2)
        dns.misbehave('silent.example', drop=True)
        cls.daemon, listeners = {}, {}
        for name, options in {**{r[0]: r[1] for r in ROWS},
                              **{r[0]: r[1] for r in WRITTEN}}.items():
            cls.daemon[name] = cls.lab.signetd(
                'AuthservID %s\nMode v\n%s\n' % (HOST, options))
            listeners[name] = {'smtpd_milters': cls.daemon[name].socket}
        cls.mta = cls.lab.postfix('home', HOST, ['home.example'],
                                  listeners=listeners)
        cls.count = 0

    def send(self, listener, helo, sender, to=None):
        PolicydSpf.count += 1
        to = to or 'r%d@home.example' % self.count
        author = sender or 'bounce@pass.example'
        with self.mta.connect(listener, addr=CLIENT, helo=helo or
                              'mail.sender.example') as smtp:
            return to, smtp.send(sender, [to], compose(author, to, 'x',
                                                       'y\r\n'))

    def rows(self, name, attempts):
        for helo, sender, wanted in attempts:
            _, reply = self.send(name, helo, sender)
            said = str(reply)
            if wanted is OK:
                self.assertTrue(reply.ok, '%s %s: %s' % (helo, sender, said))
                continue
            if wanted.startswith('^end: '):
                wanted, stage = '^' + wanted[6:], 'end'
            else:
                stage = 'rcpt'
            # Postfix puts "<recipient>: ..." nowhere before a milter's words
            self.assertRegex(said, wanted, '%s %s' % (helo, sender))
            self.assertEqual(reply.stage, stage, said)

    def written(self, name, sender, present, absent):
        to, reply = self.send(name, '', sender)
        self.assertTrue(reply.ok, reply)
        header = unfolded(self.mta.delivered(to))
        self.assertRegex(header, re.compile(present, re.S | re.M))
        self.assertNotRegex(header, re.compile(absent, re.M))

    def test_postmaster_and_abuse_are_exempt(self):
        for to in ('postmaster@home.example', 'Abuse@home.example'):
            _, reply = self.send('mail_from_fail', '', FAIL, to)
            self.assertTrue(reply.ok, reply)

    def test_a_login_is_never_asked(self):
        for name in ('mail_from_fail', 'helo_fail', 'helo_impersonation'):
            with self.mta.connect(name, addr=CLIENT, helo='fail.example',
                                  login='alice') as smtp:
                reply = smtp.send(FAIL, ['l@home.example'],
                                  compose(FAIL, 'l@home.example', 'x', 'y'))
            self.assertTrue(reply.ok, reply)

    def test_only_says_it_in_the_log(self):
        self.send('test_only_0', '', FAIL)
        self.assertIn('rule="TestOnly: Mail_From_reject"',
                      self.daemon['test_only_0'].log())


def add_tests():
    for name, _, attempts in ROWS:
        setattr(PolicydSpf, 'test_' + name,
                lambda self, a=(name, attempts): self.rows(*a))
    for name, _, *row in WRITTEN:
        setattr(PolicydSpf, 'test_written_' + name,
                lambda self, a=(name, *row): self.written(*a))


add_tests()
