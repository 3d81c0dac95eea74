"""What has been tried on other filters, through the milter's own socket.

victim.example asks for p=reject and sends from 192.0.2.10 alone.  The attacker
owns attacker.example, its DNS, and 203.0.113.66.  Nothing he writes may come
out as an authenticated victim.example, add a result of its own, or bring the
daemon down.
"""

import os
import re
import unittest

import lab
from cases import LabCase
from forge import Key
from milter import Milter

HOST = 'mx.home.example'
ATTACKER = ('mail.attacker.example', '203.0.113.66')
VICTIM = ('mail.victim.example', '192.0.2.10')
BODY = b'A line of text.\r\n'
TO = ['bob@home.example']
DEVIL = 'joe@attacker.example'      # his own address, which passes
CEO = 'ceo@victim.example'

ZONE = '''
victim.example            TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.victim.example     TXT "v=DMARC1; p=reject"
mail.victim.example       A   192.0.2.10
mail.victim.example       TXT "v=spf1 a ip4:203.0.113.66 -all"
10.2.0.192.in-addr.arpa   PTR mail.victim.example.
strict.example            TXT "v=spf1 -all"
_dmarc.strict.example     TXT "v=DMARC1; p=reject; adkim=s; aspf=s"
sub.strict.example        TXT "v=spf1 ip4:203.0.113.66 -all"

attacker.example          TXT "v=spf1 ip4:203.0.113.66 -all"
_dmarc.attacker.example   TXT "v=DMARC1; p=none"
mail.attacker.example     A   203.0.113.66
66.113.0.203.in-addr.arpa PTR mail.attacker.example.

; hostile reverse names
67.113.0.203.in-addr.arpa PTR a\\;dmarc=pass.example.
67.113.0.203.in-addr.arpa PTR mail.attacker.example.

; SPF records to trip over
macro1.example   TXT "v=spf1 exists:%{.attacker.example -all"
macro2.example   TXT "v=spf1 exists:%{d99999999999999999999r}.x.example -all"
macro3.example   TXT "v=spf1 exists:%{l128r+-/,_=}.%{x}.example -all"
macro4.example   TXT "v=spf1 exists:%{h}.%{d0}.example -all"
explain.example  TXT "v=spf1 -all exp=exp.explain.example"
exp.explain.example TXT "no; dmarc=pass (x) %{l} %{s}"
manymx.example   TXT "v=spf1 mx -all"
loop.example     TXT "v=spf1 include:loop.example -all"
sixmx.example    TXT "v=spf1 mx mx:a.sixmx.example mx:b.sixmx.example ip6:2001:db8::1 -all"
sixmx.example    MX  10 v4.sixmx.example.
a.sixmx.example  MX  10 v4.sixmx.example.
b.sixmx.example  MX  10 v4.sixmx.example.
v4.sixmx.example A   192.0.2.99
''' + ''.join('manymx.example MX %d m%d.manymx.example.\n'
              'm%d.manymx.example A 192.0.2.200\n' % (n, n, n)
              for n in range(12)) + ''.join(
                  '68.113.0.203.in-addr.arpa PTR p%d.attacker.example.\n' % n
                  for n in range(40))


def wide_txt(owner, text):
    """A TXT record of any length, in strings of 255."""
    parts = [text[at:at + 255] for at in range(0, len(text), 255)]
    return '%s TXT %s\n' % (owner, ' '.join('"%s"' % p for p in parts))


class Attack(LabCase):
    config = ''

    @classmethod
    def prepare(cls):
        cls.key = Key(cls.lab, 1024)
        zone = ZONE + wide_txt('s1._domainkey.attacker.example',
                               cls.key.record())
        zone += wide_txt('s1._domainkey.victim.example', cls.key.record())
        zone += wide_txt('s1._domainkey.sub.strict.example',
                         cls.key.record())
        zone += wide_txt('t._domainkey.victim.example',
                         cls.key.record('t=y; '))
        zone += wide_txt('huge._domainkey.victim.example',
                         'v=DKIM1; n=' + 'x' * 40000 + '; p=AAAA')
        zone += cls.more_zone()
        cls.dns = cls.lab.dns(zone)
        cls.daemon = cls.lab.signetd(
            'AuthservID %s\nMessageTimeout 3\nDNSTimeout 1\n' % HOST
            + cls.config)

    @classmethod
    def more_zone(cls):
        return ''

    def send(self, fields, body=BODY, sender=DEVIL, client=ATTACKER,
             helo=None, login=None):
        with Milter(self.daemon.address) as m:
            m.connect(*client, helo=helo)
            return m.message(sender, TO, fields, body, login=login)

    def judge(self, fields, **how):
        """{method: [AuthResult]}, of a field that has nothing else in it."""
        outcome = self.send(fields, **how)
        self.assertEqual(outcome.action, 'accept', outcome.text)
        header = outcome.results_header()
        ident, results = lab.parse_auth_results(header)
        self.assertEqual(ident, HOST, header)
        methods = [r.method for r in results]
        self.assertRegex(' '.join(methods),
                         r'^(iprev )?(spf ){0,2}(dkim )+dmarc$', header)
        self.assertNotRegex(re.sub(r'\r?\n[ \t]', '', header), r'[\r\n\0]')
        found = {}
        for r in results:
            found.setdefault(r.method, []).append(r)
        found['text'] = header
        return found

    def dmarc(self, fields, **how):
        """'fail:victim.example' of a message."""
        r = self.judge(fields, **how)['dmarc'][0]
        return '%s:%s' % (r.result, r.properties.get('header.from', ''))


def message(*authors, subject='hello'):
    return [('From', a) for a in authors] + [('Subject', subject)]


FROM_ROWS = (       # From fields, what DMARC says, of whom
    ([CEO], 'fail:victim.example'),
    ([DEVIL], 'pass:attacker.example'),
    (['"%s" <%s>' % (CEO, DEVIL)], 'pass:attacker.example'),
    # several authors, several fields (Composition Kills; CVE-2019-16378)
    ([DEVIL, CEO], 'fail:victim.example'),
    ([CEO, DEVIL], 'fail:victim.example'),
    ([DEVIL, DEVIL], 'permerror:'),
    (['%s, %s' % (DEVIL, CEO)], 'fail:victim.example'),
    (['%s, %s' % (CEO, DEVIL)], 'fail:victim.example'),
    (['Team: %s, %s;' % (DEVIL, CEO)], 'fail:victim.example'),
    (['Team:;'], 'permerror:'),
    (['undisclosed:; , %s' % CEO], 'fail:victim.example'),
    ([', '.join('a@d%d.example' % n for n in range(9)) + ', ' + CEO],
     'permerror:'),
    ([', '.join('a%d@attacker.example' % n for n in range(40))],
     'permerror:'),
    # an author without a domain (CVE-2021-34555)
    (['ceo'], 'permerror:'),
    (['%s, ceo' % DEVIL], 'permerror:'),
    (['<>'], 'permerror:'),
    ([''], 'permerror:'),
    (['@victim.example'], 'permerror:'),
    (['ceo@'], 'permerror:'),
    (['ceo@[203.0.113.66]'], 'permerror:'),
    # what lenient parsers take (OpenDMARC#113, #174)
    (['ceo@victim.example>'], 'permerror:'),
    (['<ceo@victim.example'], 'permerror:'),
    (['<%s>\\, <%s>' % (DEVIL, CEO)], 'permerror:'),
    (['<%s> <%s>' % (DEVIL, CEO)], 'permerror:'),
    (['%s %s' % (DEVIL, CEO)], 'permerror:'),
    (['ceo@victim.example@attacker.example'], 'permerror:'),
    (['ceo@victim.example (%s' % DEVIL], 'permerror:'),
    (['"%s <%s>' % (CEO, DEVIL)], 'permerror:'),
    (['ceo@victim..example'], 'permerror:'),
    (['ceo@victim example'], 'permerror:'),
    (['ceo@victim.example;dmarc=pass'], 'permerror:'),
    (['%s\x0b' % CEO], 'permerror:'),
    # comments, routes, folds, encoded words
    (['<%s>(<%s>)' % (CEO, DEVIL)], 'fail:victim.example'),
    (['(<%s>) %s' % (CEO, DEVIL)], 'pass:attacker.example'),
    (['ceo(\\)@attacker.example)@victim.example'], 'fail:victim.example'),
    (['<@attacker.example,@x.example:%s>' % CEO], 'fail:victim.example'),
    (['\r\n %s' % CEO], 'fail:victim.example'),
    (['ceo\r\n @\r\n victim.example'], 'fail:victim.example'),
    (['=?utf-8?B?PGNlb0B2aWN0aW0uZXhhbXBsZT4=?= <%s>' % DEVIL],
     'pass:attacker.example'),
    (['=?utf-8?Q?ceo=40victim.example?='], 'permerror:'),
    # the same domain, written otherwise
    (['ceo@VICTIM.Example'], 'fail:victim.example'),
    (['"ceo"@victim.example'], 'fail:victim.example'),
    (['ceo@nobody.victim.example'], 'fail:nobody.victim.example'),
    (['ceo@a.b.c.d.e.f.g.h.i.victim.example'],
     'fail:a.b.c.d.e.f.g.h.i.victim.example'),
    (['"a; dmarc=pass" <%s>' % CEO], 'fail:victim.example'),
    (['root@localhost.localdomain'], 'none:localhost.localdomain'),
)


class From(Attack):
    """Every way to show a reader one author and DMARC another."""

    def test_rows(self):
        with Milter(self.daemon.address) as m:
            m.connect(*ATTACKER)
            for authors, wanted in FROM_ROWS:
                with self.subTest(authors=authors):
                    outcome = m.message(DEVIL, TO, message(*authors), BODY)
                    result = lab.parse_auth_results(
                        outcome.results_header())[1][-1]
                    self.assertEqual('%s:%s' % (
                        result.result,
                        result.properties.get('header.from', '')), wanted)

    def test_no_from_at_all(self):
        self.assertEqual(self.dmarc(message()), 'permerror:')

    def test_space_before_the_colon(self):
        self.assertEqual(self.dmarc([('From ', CEO), ('Subject', 'x')]),
                         'fail:victim.example')
        self.assertEqual(self.dmarc([('From\t', CEO), ('From', DEVIL)]),
                         'fail:victim.example')

    def test_other_fields_are_nobody(self):
        fields = message(CEO) + [('Sender', DEVIL), ('Reply-To', DEVIL),
                                 ('Resent-From', DEVIL)]
        self.assertEqual(self.dmarc(fields), 'fail:victim.example')


class Refusing(Attack):
    """The same where failures are refused."""
    config = 'RejectFailures yes\nRequiredFrom yes\n' \
             'RejectMultiValueFrom yes\n'

    def test_nothing_gets_through(self):
        for authors, wanted in FROM_ROWS:
            with self.subTest(authors=authors):
                outcome = self.send(message(*authors))
                self.assertEqual(
                    outcome.action, 'accept' if wanted.startswith(
                        ('pass:', 'none:')) else 'reject', outcome.text)

    def test_signatures_beyond_the_cap(self):
        fields = message(CEO)
        bad = ('DKIM-Signature', 'v=1; a=rsa-sha256; c=relaxed/simple; '
               'd=victim.example; s=s1; h=from; bh=AAAA; b=AAAA')
        outcome = self.send([bad] * 30 + fields)
        self.assertEqual(outcome.action, 'reject', outcome.text)

    def test_arc_claims_override_nothing(self):
        arc = [('ARC-Seal', 'i=1; a=rsa-sha256; cv=none; d=attacker.example; '
                's=s1; b=AAAA'),
               ('ARC-Message-Signature', 'i=1; a=rsa-sha256; '
                'd=attacker.example; s=s1; h=from; bh=AAAA; b=AAAA'),
               ('ARC-Authentication-Results', 'i=1; %s; dmarc=pass '
                'header.from=victim.example; arc=pass' % HOST)]
        self.assertEqual(self.send(arc + message(CEO)).action, 'reject')

    def test_forged_list_fields_do_not_help(self):
        fields = message(CEO) + [('List-Id', '<x.victim.example>')]
        self.assertEqual(self.send(fields).action, 'reject')

    def test_submitted_mail_is_not_judged(self):
        outcome = self.send(message(CEO), login='alice')
        self.assertEqual((outcome.action, outcome.inserted), ('accept', []))


FORGED_RESULTS = (
    'mx.home.example; dmarc=pass header.from=victim.example',
    'MX.Home.Example; dmarc=pass',
    'mx.home.example.; dmarc=pass',
    'mx.home.example 1; dmarc=pass',
    'mx.home.example/1; dmarc=pass',
    '"mx.home.example"; dmarc=pass',
    '"mx.home\\.example"; dmarc=pass',
    '(we (of) course) mx.home.example; dmarc=pass',
    '\r\n mx.home.example\r\n ; dmarc=pass',
    'mx.home.example(x);dmarc=pass',
    'mx . home . example; dmarc=pass',
    ' \t mx.home.example ;dmarc=pass',
    'mx.home.example',
    '=?utf-8?Q?mx=2Ehome=2Eexample?=; dmarc=pass',
    '\uff4d\uff58.home.example; dmarc=pass',
)
OTHERS_RESULTS = (
    'mx.attacker.example; dmarc=pass',
    'mx.home.example.attacker.example; dmarc=pass',
    'xmx.home.example; dmarc=pass',
    'home.example; dmarc=pass',
    '(mx.home.example) other.example; dmarc=pass',
    'other.example; dmarc=pass reason="mx.home.example;"',
)


class ForgedResults(Attack):
    """CVE-2022-48521, the trailing dot, and CVE-2019-20790."""

    def fields(self):
        found = []
        for at, value in enumerate(FORGED_RESULTS):
            name = ('Authentication-Results', 'authentication-results',
                    'AUTHENTICATION-RESULTS')[at % 3]
            found.append((name, value))
            if at < len(OTHERS_RESULTS):
                found.append(('Authentication-Results', OTHERS_RESULTS[at]))
        return found

    def removed(self, outcome, fields):
        """What is left of them when the MTA has done as it was told."""
        self.assertTrue(all(v == '' for _, _, v in outcome.changed))
        numbers = [i for i, _, _ in outcome.changed]
        self.assertEqual(numbers, sorted(numbers, reverse=True))
        values = [v for n, v in fields
                  if n.lower() == 'authentication-results']
        return [v for i, v in enumerate(values, 1) if i not in numbers]

    def test_all_of_ours_go_and_no_others(self):
        fields = self.fields()
        outcome = self.send(fields + message(CEO) + fields)
        self.assertEqual(self.removed(outcome, fields + fields),
                         list(OTHERS_RESULTS) * 2)
        self.assertEqual(len(outcome.inserted), 1)
        self.assertEqual(outcome.inserted[0][0], 0)

    def test_also_from_our_own_users(self):
        fields = self.fields()
        outcome = self.send(fields + message(CEO), login='alice')
        self.assertEqual(self.removed(outcome, fields),
                         list(OTHERS_RESULTS))
        self.assertEqual(outcome.inserted, [])

    def test_results_in_the_message_are_not_believed(self):
        fields = [('Received-SPF', 'pass (%s: domain of ceo@victim.example '
                   'designates 203.0.113.66) client-ip=192.0.2.10; '
                   'envelope-from=ceo@victim.example' % HOST),
                  ('Authentication-Results', 'other.example; spf=pass '
                   'smtp.mailfrom=victim.example; dkim=pass '
                   'header.d=victim.example')]
        self.assertEqual(self.dmarc(fields + message(CEO)),
                         'fail:victim.example')


class Envelope(Attack):
    """MAIL FROM and HELO are the sender's to write."""

    def test_mail_from(self):
        for sender in ('ceo@victim.example(.attacker.example',
                       "ceo@victim.example'.attacker.example",
                       'ceo@attacker.example(.victim.example',
                       'x@attacker.example;dmarc=pass',
                       '"a; dmarc=pass "@attacker.example',
                       'a;dmarc=pass(@attacker.example',
                       'x@attacker.example dmarc=pass',
                       '@attacker.example,@x.example:ceo@victim.example',
                       'ceo@victim.example\\@attacker.example',
                       'x' * 5000 + '@attacker.example',
                       'x@' + 'a.' * 400 + 'attacker.example',
                       '%s%n%1000000d@attacker.example', ' ', '@', '<>'):
            with self.subTest(sender=sender[:60]):
                self.assertEqual(self.dmarc(message(CEO), sender=sender),
                                 'fail:victim.example')

    def test_helo(self):
        for helo in ('mail.attacker.example;dmarc=pass', '(', '"', '\\',
                     'victim.example(.attacker.example', 'x' * 2000,
                     'a b c', '%s%n', '[203.0.113.66]', '.', '..',
                     'mail.victim.example; spf=pass'):
            with self.subTest(helo=helo[:60]):
                self.assertEqual(self.dmarc(message(CEO), helo=helo),
                                 'fail:victim.example')

    def test_a_helo_pass_is_no_mail_from_pass(self):
        """CVE-2019-20790.  mail.victim.example lets the attacker's address
        say HELO; that must not vouch for a MAIL FROM or an author."""
        found = self.judge(message(CEO), helo='mail.victim.example')
        self.assertEqual([r.result for r in found['spf']], ['pass', 'pass'])
        self.assertEqual(found['dmarc'][0].result, 'fail')
        # with a null sender HELO is the identity (RFC 7489 3.1.2, 9989 3.2.4)
        self.assertEqual(self.dmarc(message(CEO), sender='',
                                    helo='mail.victim.example'),
                         'pass:victim.example')
        self.assertEqual(self.dmarc(message(CEO), sender=''),
                         'fail:victim.example')

    def test_reverse_names(self):
        for address in ('203.0.113.67', '203.0.113.68'):
            found = self.judge(message(CEO), client=('unknown', address))
            self.assertEqual(found['dmarc'][0].result, 'fail')
            self.assertNotIn(';dmarc', found['text'])


class Spf(Attack):
    def spf(self, sender, **how):
        return self.judge(message(CEO), sender=sender, **how)['spf'][0].result

    def test_macros(self):
        # digits have no end by the grammar (RFC 7208, 7.1)
        for n, wanted in ((1, 'permerror'), (2, 'fail'),
                          (3, 'permerror'), (4, 'permerror')):
            self.assertEqual(self.spf('x@macro%d.example' % n), wanted, n)

    def test_loops_and_fans_are_bounded(self):
        before = len(self.dns.asked())
        self.assertEqual(self.spf('x@manymx.example'), 'permerror')
        self.assertEqual(self.spf('x@loop.example'), 'permerror')
        self.assertLess(len(self.dns.asked()) - before, 60)

    def test_an_explanation_adds_nothing(self):
        found = self.judge(message(CEO),
                           sender='"\\";dmarc=pass"@explain.example')
        self.assertEqual(found['spf'][0].result, 'fail')

    def test_ipv4_only_mx_is_not_void(self):
        """pyspf#40, mailauth#104: an IPv6 client and hosts with A alone."""
        found = self.judge(message('a@sixmx.example'),
                           sender='a@sixmx.example',
                           client=('unknown', '2001:db8::1'))
        self.assertEqual(found['spf'][0].result, 'pass')


class Dkim(Attack):
    """Signatures of the attacker, and of the victim as he can bend them."""

    @classmethod
    def more_zone(cls):
        cls.short = {bits: Key(cls.lab, bits) for bits in (512, 768)}
        return ''.join(wide_txt('k%d._domainkey.victim.example' % bits,
                                key.record())
                       for bits, key in cls.short.items())

    def dkim(self, fields, **how):
        found = self.judge(fields, **how)
        return ' '.join(r.result for r in found['dkim']), \
            found['dmarc'][0].result

    def test_the_signer_here_is_right(self):
        fields = message(CEO)
        field = self.key.sign(fields, BODY, d='victim.example')
        self.assertEqual(self.dkim([field] + fields), ('pass', 'pass'))

    def test_another_domain_does_not_vouch(self):
        fields = message(CEO)
        field = self.key.sign(fields, BODY)
        self.assertEqual(self.dkim([field] + fields), ('pass', 'fail'))

    def test_names_that_inject(self):
        """CVE-2020-12272, mail-auth 0.9.1, CVE-2011-1407."""
        fields = message(CEO)
        for tags in ({'d': 'victim.example(.attacker.example'},
                     {'d': 'attacker.example; dmarc=pass'},
                     {'d': 'victim.example\\.attacker.example'},
                     {'d': '"victim.example"'}, {'d': '.'}, {'d': ''},
                     {'d': 'victim.example,attacker.example'},
                     {'s': 's1._domainkey.attacker.example (.x'},
                     {'s': 's1.attacker.example.\r\n\tx'},
                     {'s': 's1)(', 'd': 'victim.example'},
                     {'s': 'x' * 300}, {'d': 'x.' * 300 + 'example'},
                     {'i': '@victim.example'}, {'i': 'x@victim.example'},
                     {'i': 'a;dmarc=pass@attacker.example'},
                     {'i': '%s%n%n@attacker.example'},
                     {'i': '"a b"@attacker.example'},
                     {'s': '%s%n', 'd': 'victim.example'},
                     {'a': 'rsa-sha256 (dmarc=pass)'},
                     {'v': '1; dmarc=pass'}):
            with self.subTest(tags=str(tags)[:70]):
                field = self.key.sign(fields, BODY, **tags)
                result, dmarc = self.dkim([field] + fields)
                self.assertEqual(dmarc, 'fail', result)

    def test_short_keys(self):
        """VU#268267, RFC 8301."""
        fields = message(CEO)
        for bits, key in self.short.items():
            field = key.sign(fields, BODY, d='victim.example',
                             s='k%d' % bits)
            self.assertEqual(self.dkim([field] + fields),
                             ('permerror', 'fail'), bits)

    def test_a_key_in_testing_counts_and_is_named(self):
        fields = message(CEO)
        field = self.key.sign(fields, BODY, d='victim.example', s='t')
        found = self.judge([field] + fields)
        self.assertEqual(found['dkim'][0].result, 'pass')
        self.assertIn('testing', found['text'])

    def test_body_hashes_of_any_length(self):
        fields = message(CEO)
        for length in (0, 1, 31, 33, 64, 4096):
            field = self.key.sign(fields, BODY, d='victim.example',
                                  bh='A' * length)
            result, dmarc = self.dkim([field] + fields)
            self.assertIn(result, ('fail', 'permerror', 'neutral'), length)
            self.assertEqual(dmarc, 'fail')

    def test_bodies_of_line_ends(self):
        fields = message(CEO)
        for body in (b'', b'\n', b'\r', b'\r\n', b'\n\n\n', b'\r\n' * 9):
            field = self.key.sign(fields, body, d='victim.example')
            result, _ = self.dkim([field] + fields, body=body)
            self.assertIn(result, ('pass', 'fail'), body)

    def test_bare_line_ends_are_hashed_as_they_come(self):
        """SMTP smuggling: what is behind a bare LF is part of the body."""
        fields = message(CEO)
        body = b'one\n.\nMAIL FROM:<x>\rtwo\r\n'
        field = self.key.sign(fields, body, d='victim.example')
        self.assertEqual(self.dkim([field] + fields, body=body)[0], 'pass')
        self.assertEqual(self.dkim([field] + fields,
                                   body=body.replace(b'\n', b'\r\n'))[0],
                         'fail')

    def test_text_behind_l(self):
        fields = message(CEO)
        field = self.key.sign(fields, BODY, d='victim.example',
                              l=str(len(BODY)))
        self.assertEqual(self.dkim([field] + fields), ('pass', 'pass'))
        self.assertEqual(self.dkim([field] + fields,
                                   body=BODY + b'Pay me.\r\n'),
                         ('policy', 'fail'))
        field = self.key.sign(fields, BODY, d='victim.example', l='0')
        self.assertEqual(self.dkim([field] + fields)[1], 'fail')

    def test_replay_after_x(self):
        fields = message(CEO)
        field = self.key.sign(fields, BODY, d='victim.example',
                              t='1000000000', x='1000000001')
        self.assertEqual(self.dkim([field] + fields), ('fail', 'fail'))

    def test_from_that_is_not_signed(self):
        fields = message(CEO)
        field = self.key.sign(fields, BODY, names=('subject',),
                              d='victim.example')
        self.assertEqual(self.dkim([field] + fields), ('permerror', 'fail'))

    def test_a_second_from_above_a_good_signature(self):
        fields = message(CEO)
        field = self.key.sign(fields, BODY, d='victim.example')
        self.assertEqual(self.dkim([('From', DEVIL), field] + fields),
                         ('policy', 'fail'))

    def test_first_line_of_a_value_empty(self):
        """OpenDKIM#39: a relaxed header whose value begins with a fold."""
        fields = [('From', '\r\n ' + CEO), ('Subject', '\r\n\thello')]
        field = self.key.sign(fields, BODY, d='victim.example')
        self.assertEqual(self.dkim([field] + fields), ('pass', 'pass'))

    def test_amplified_h(self):
        fields = message(CEO)
        field = self.key.sign(fields, BODY, d='victim.example')
        for h in (':' * 20000, 'from' + ':from' * 5000, 'x:' * 9000 + 'from'):
            value = re.sub(r'h=[^;]*', 'h=' + h, field[1])
            self.assertEqual(self.dkim([(field[0], value)] + fields)[1],
                             'fail')

    def test_many_signatures_cost_little(self):
        before = len(self.dns.asked())
        fields = message(CEO)
        bad = [('DKIM-Signature', 'v=1; a=rsa-sha256; d=d%d.attacker.example;'
                ' s=s%d; h=from; bh=AAAA; b=AAAA' % (n, n))
               for n in range(500)]
        self.assertEqual(self.dkim(bad + fields)[1], 'fail')
        self.assertLess(len(self.dns.asked()) - before, 60)

    def test_strict_alignment(self):
        """OpenDMARC#268, #354: adkim=s and aspf=s."""
        fields = message('a@strict.example')
        field = self.key.sign(fields, BODY, d='sub.strict.example')
        self.assertEqual(self.dkim([field] + fields,
                                   sender='a@sub.strict.example'),
                         ('pass', 'fail'))

    def test_huge_key_record(self):
        fields = message(CEO)
        field = self.key.sign(fields, BODY, d='victim.example', s='huge')
        self.assertEqual(self.dkim([field] + fields)[1], 'fail')

    def test_tags_that_are_none(self):
        fields = message(CEO)
        for value in ('', ';', ';;;;', '=', 'v', 'v=1', 'v=1;' * 5000,
                      'v=1; b=' + 'A' * 60000, 'b=\x01\x7f; v=\xff',
                      'v=1; a=rsa-sha256; d=victim.example; d=x.example',
                      'v=2; a=rsa-sha256; d=victim.example; s=s1; h=from; '
                      'bh=A; b=A'):
            with self.subTest(value=value[:40]):
                self.assertEqual(self.dkim([('DKIM-Signature', value)]
                                           + fields)[1], 'fail')

    def test_odd_fields_of_other_protocols(self):
        """OpenDMARC#183, #186, #222."""
        odd = [('ARC-Seal', 'x'), ('ARC-Seal', 'i=51; b=' + 'A' * 5000),
               ('ARC-Authentication-Results', ';' * 3000),
               ('Authentication-Results', ';;;='),
               ('Authentication-Results', '"' + '(' * 5000),
               ('Received-SPF', '\x01' * 200), ('BIMI-Selector', 's=x')]
        self.assertEqual(self.dmarc(odd * 3 + message(CEO)),
                         'fail:victim.example')


class Silence(Attack):
    """DNS of the attacker's that never answers buys him nothing."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.dns.misbehave('*.silent.example', drop=True)
        cls.dns.misbehave('*.broken.example', rcode=2)

    def test_failures_stay_failures(self):
        fields = message(CEO)
        silent = [('DKIM-Signature', 'v=1; a=rsa-sha256; d=d%d.silent.example'
                   '; s=s; h=from; bh=AAAA; b=AAAA' % n) for n in range(20)]
        self.assertEqual(self.dmarc(silent + fields,
                                    sender='x@a.silent.example',
                                    helo='h.silent.example'),
                         'fail:victim.example')

    def test_unknown_is_temperror_and_never_pass(self):
        for domain in ('broken.example', 'silent.example'):
            self.assertEqual(self.dmarc(message('a@' + domain)),
                             'temperror:' + domain)


class Afterwards(Attack):
    def test_nothing_leaks(self):
        """OpenDKIM#149, #198: descriptors after a hundred connections."""
        if not os.path.isdir('/proc/self/fd'):
            raise unittest.SkipTest('no /proc')
        where = '/proc/%d/fd' % self.daemon.process.pid
        self.send(message(CEO))
        before = len(os.listdir(where))
        for _ in range(100):
            self.send(message(CEO))
        lab.wait_until(lambda: len(os.listdir(where)) <= before + 4, 10,
                       'descriptors are closed')
