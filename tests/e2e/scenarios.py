"""The main job as a table: messages, and what has to become of them.

`quickstart` shows these messages to a person; test_postfix.py sends the same
ones through every way that Postfix can be joined to signetd.  The world they
live in:

    home.example    ours: mx.home.example judges and seals
    shop.example    a sender who does everything right, with p=reject
    alumni.example  a forwarding service
    plain.example   a sender without SPF, DKIM and DMARC
    far.example     where our own users write to; judges too
    203.0.113.66    somebody who claims to be the shop
"""

import re
from dataclasses import dataclass, field
from email.utils import formatdate

HOST = 'mx.home.example'
FAR_HOST = 'mx.far.example'

ZONE = '''\
; shop.example does everything right
shop.example             TXT  "v=spf1 ip4:192.0.2.10 -all"
shop.example             MX   10 mail.shop.example.
_dmarc.shop.example      TXT  "v=DMARC1; p=reject"
mail.shop.example        A    192.0.2.10
mail.shop.example        TXT  "v=spf1 a -all"
10.2.0.192.in-addr.arpa  PTR  mail.shop.example.

; alumni.example forwards mail to its members
alumni.example             MX   10 fwd.alumni.example.
fwd.alumni.example         A    198.51.100.20
20.100.51.198.in-addr.arpa PTR  fwd.alumni.example.

; plain.example never heard of any of this
mail.plain.example         A    198.51.100.30
plain.example              MX   10 mail.plain.example.
30.100.51.198.in-addr.arpa PTR  mail.plain.example.

; home.example is ours (in this lab its host speaks from loopback)
home.example             TXT  "v=spf1 ip4:192.0.2.80 ip4:127.0.0.1 -all"
home.example             MX   10 mx.home.example.
_dmarc.home.example      TXT  "v=DMARC1; p=reject"
mx.home.example          A    192.0.2.80
80.2.0.192.in-addr.arpa  PTR  mx.home.example.
'''

SHOP = {'addr': '192.0.2.10', 'name': 'mail.shop.example'}
FORWARDER = {'addr': '198.51.100.20', 'name': 'fwd.alumni.example'}
PLAIN = {'addr': '198.51.100.30', 'name': 'mail.plain.example'}
STRANGER = {'addr': '203.0.113.66', 'helo': 'mail.shop.example'}
TRAVELLER = {'addr': '203.0.113.200', 'helo': 'laptop', 'login': 'alice'}

JUDGE_AND_SEAL = '''\
AuthservID      %s
RejectFailures  yes
KeyTable        file:%%(keytable)s
SigningTable    refile:%%(signingtable)s
''' % HOST

# The far side takes nobody for its own user, not even one on loopback.
FAR_CONFIG = '''\
AuthservID      %s
Mode            v
InternalHosts   192.0.2.250
''' % FAR_HOST


class World:
    """What the scenarios need: names in the DNS, keys, tables."""

    def __init__(self, lab):
        self.lab = lab
        self.shop_key, shop_zone = lab.genkey('shop.example', 's1')
        self.home_key, home_zone = lab.genkey('home.example', 'mail')
        self.ed_key, ed_zone = lab.genkey('home.example', 'ed', '-k',
                                          'ed25519')
        self.zone_text = ZONE + shop_zone + home_zone + ed_zone
        self.dns = lab.dns(self.zone_text)
        self.config = JUDGE_AND_SEAL % {
            'keytable': lab.write(
                'KeyTable', 'home home.example:mail:%s\n'
                'modern home.example:ed:%s\n' % (self.home_key, self.ed_key)),
            'signingtable': lab.write('SigningTable', 'ed@home.example modern\n'
                                      '*@home.example home\n'),
        }

    def authentic(self, subject, body=None, above=''):
        """A message signed by the shop; `above` goes on top, unsigned."""
        text = compose('Shop <orders@shop.example>', 'you@home.example',
                       subject, body or 'Your order is on its way.\r\n')
        signed = self.lab.sign(text, 'shop.example', 's1', self.shop_key)
        return above.encode() + signed


COUNT = [0]


def compose(author, to, subject, body):
    COUNT[0] += 1
    return ('From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\n'
            'Message-ID: <%d.lab@sender.example>\r\nMIME-Version: 1.0\r\n'
            'Content-Type: text/plain; charset=utf-8\r\n\r\n%s'
            % (author, to, subject, formatdate(), COUNT[0], body)).encode()


def large_body(size):
    line = 'A long letter has many lines, and spaces  and\ttabs.  \r\n'
    return line * (size // len(line) + 1)


@dataclass
class Scenario:
    """One message.  Delivered: `results` are what our field says of it (none
    at all: no field of ours), `signed` the domain that we signed for.
    Refused: `refused` matches the reply."""
    name: str
    title: str
    who: dict
    sender: str
    build: object               # function of the World: bytes with CRLF
    brings: str = ''            # fields of it that a reader should see
    to: str = 'home.example'
    by: str = 'smtp'            # or 'sendmail'
    results: dict = field(default_factory=dict)
    properties: dict = field(default_factory=dict)
    signed: str = ''
    refused: str = ''
    present: tuple = ()         # patterns that the header must match
    absent: tuple = ()          # and must not


# Two in our name, and one that is the sender's own.
BROUGHT_RESULTS = (
    'Authentication-Results: mx.home.example; dmarc=pass'
    ' header.from=bank.example\r\n'
    'Authentication-Results: (a comment) "MX.Home.Example." 1;\r\n'
    ' dkim=pass header.d=bank.example\r\n'
    'Authentication-Results: mx.shop.example; auth=pass\r\n')


def forged_results(world):
    return world.authentic('Results already inside', above=BROUGHT_RESULTS)


def forwarded(world):
    return world.authentic('Forwarded by the alumni office', above=(
        'Received: from mail.shop.example (mail.shop.example [192.0.2.10])\r\n'
        '\tby fwd.alumni.example with ESMTP id 4711;\r\n'
        '\t%s\r\n' % formatdate()))


SHOWN = [
    Scenario('authentic', 'Authentic mail from a domain with SPF, DKIM and '
             'p=reject', SHOP, 'bounce@shop.example',
             lambda w: w.authentic('Your order'),
             results={'iprev': 'pass', 'spf': 'pass', 'dkim': 'pass',
                      'dmarc': 'pass'},
             properties={'smtp.mailfrom': r'(bounce@)?shop\.example',
                         'header.d': r'shop\.example', 'header.s': 's1',
                         'header.a': 'rsa-sha256',
                         'header.from': r'shop\.example',
                         'policy.dmarc': 'reject',
                         'policy.iprev': r'192\.0\.2\.10'}),
    Scenario('forged', 'The same domain, forged', STRANGER,
             'bounce@shop.example',
             lambda w: compose('Shop <orders@shop.example>',
                               'you@home.example', 'Pay this now',
                               'To another account, please.\r\n'),
             refused=r'^550 5\.7\.1 .*DMARC.*'),
    Scenario('forwarded', 'Forwarded mail: SPF breaks, DKIM carries DMARC',
             FORWARDER, 'bounce@shop.example', forwarded,
             results={'iprev': 'pass', 'spf': 'fail', 'dkim': 'pass',
                      'dmarc': 'pass'},
             properties={'header.d': r'shop\.example'}),
    Scenario('plain', 'An unsigned sender with no records', PLAIN,
             'joe@plain.example',
             lambda w: compose('Joe <joe@plain.example>', 'you@home.example',
                               'Hello', 'Long time no see.\r\n'),
             results={'iprev': 'pass', 'spf': 'none', 'dkim': 'none',
                      'dmarc': 'none'}),
    Scenario('submitted', "Our own user's mail, submitted with a login, "
             'signed; the far side judges it', TRAVELLER,
             'alice@home.example',
             lambda w: compose('Alice <alice@home.example>',
                               'friend@far.example',
                               'Greetings from the road', 'All is well.\r\n'),
             to='far.example', signed='home.example',
             results={'dkim': 'pass', 'spf': 'pass', 'dmarc': 'pass'},
             properties={'header.d': r'home\.example', 'header.s': 'mail'},
             absent=(r'Authentication-Results: *mx\.home\.example',)),
    Scenario('sendmail', 'Local mail by sendmail -t, signed', {},
             'alice@home.example',
             lambda w: compose('Alice <alice@home.example>', '%(to)s',
                               'From cron', 'Backup done.\r\n'),
             by='sendmail', signed='home.example',
             absent=(r'Authentication-Results:',)),
    Scenario('forged-results', 'A message that brings Authentication-Results '
             'in our name: removed', SHOP, 'bounce@shop.example',
             forged_results, brings=BROUGHT_RESULTS,
             results={'spf': 'pass', 'dkim': 'pass', 'dmarc': 'pass'},
             present=(r'Authentication-Results: *mx\.shop\.example;',),
             absent=(r'bank\.example',)),
]

ODD_FIELDS = (
    'X-Tab:\tvalue\r\nX-None:value\r\nX-Two:  value\r\n'
    'X-Folded:\r\n folded  at once\r\n\tand again \t\r\n'
    'X-Empty:\r\nX-Empty: \r\nx-case: A\r\nX-CASE: B\r\n'
    'X-8bit: gr\u00fc\u00dfe\r\n')
ODD_BODY = '.\r\n..\r\n.x\r\n\r\n \r\n\t\r\nFrom me  \t\r\n\r\n\r\n'


def odd_header(author, to):
    plain = compose(author, to, 'Odd', ODD_BODY)
    return ODD_FIELDS.encode() + plain


def long_header(size):
    line = '<%060d@sender.example>\r\n '
    return 'References: ' + ''.join(line % n for n in range(size // 80)) \
        + '<last@sender.example>\r\n'


TESTED = SHOWN + [
    Scenario('odd-in', 'Odd spacing in fields and body comes in', SHOP,
             'bounce@shop.example',
             lambda w: w.lab.sign(
                 odd_header('orders@shop.example', 'you@home.example'),
                 'shop.example', 's1', w.shop_key),
             results={'dkim': 'pass', 'dmarc': 'pass'}),
    Scenario('odd-out', 'Odd spacing in fields and body goes out', TRAVELLER,
             'alice@home.example',
             lambda w: odd_header('Alice <alice@home.example>',
                                  'friend@far.example'),
             to='far.example', signed='home.example',
             results={'dkim': 'pass', 'dmarc': 'pass'}),
    # Postfix cuts what it shows a milter of one field at 60000 bytes.
    Scenario('long-header', 'A field of 58 KB', SHOP, 'bounce@shop.example',
             lambda w: w.lab.sign(
                 long_header(58000).encode()
                 + compose('orders@shop.example', 'you@home.example', 'Long',
                           'x\r\n'), 'shop.example', 's1', w.shop_key),
             results={'dkim': 'pass', 'dmarc': 'pass'}),
    Scenario('ed25519', 'Signed with Ed25519', TRAVELLER, 'ed@home.example',
             lambda w: compose('Ed <ed@home.example>', 'friend@far.example',
                               'Short signature', 'Short.\r\n'),
             to='far.example', signed='home.example',
             results={'dkim': 'pass', 'dmarc': 'pass'},
             properties={'header.a': 'ed25519-sha256', 'header.s': 'ed'}),
    Scenario('large-in', 'A signed message of 300 KB comes in', SHOP,
             'bounce@shop.example',
             lambda w: w.authentic('Catalogue', large_body(300000)),
             results={'spf': 'pass', 'dkim': 'pass', 'dmarc': 'pass'}),
    Scenario('large-out', 'A message of 300 KB goes out', TRAVELLER,
             'alice@home.example',
             lambda w: compose('Alice <alice@home.example>',
                               'friend@far.example',
                               'Holiday pictures', large_body(300000)),
             to='far.example', signed='home.example',
             results={'dkim': 'pass', 'dmarc': 'pass'}),
    Scenario('empty-body', 'No body at all', SHOP, 'bounce@shop.example',
             lambda w: w.lab.sign(compose('orders@shop.example',
                                          'you@home.example', 'Nothing', ''),
                                  'shop.example', 's1', w.shop_key),
             results={'dkim': 'pass', 'dmarc': 'pass'}),
    Scenario('bounce', 'A bounce: no MAIL FROM, so HELO is the SPF identity',
             SHOP, '', lambda w: w.authentic('Undeliverable'),
             results={'spf': 'pass', 'dkim': 'pass', 'dmarc': 'pass'}),
    Scenario('broken', 'Authentic mail, body changed on the way, from the '
             'forwarder: fails', FORWARDER, 'bounce@shop.example',
             lambda w: w.authentic('Your order') + b'Click here.\r\n',
             refused=r'^550 5\.7\.1 .*DMARC.*'),
    Scenario('outside-from', 'Our domain claimed by a stranger is not signed',
             STRANGER, 'alice@home.example',
             lambda w: compose('Alice <alice@home.example>',
                               'you@home.example', 'From yourself',
                               'I have your data.\r\n'),
             refused=r'^550 5\.7\.1 .*DMARC.*'),
    Scenario('foreign-login', 'A user with a login who writes as somebody '
             'else is not signed', TRAVELLER, 'alice@home.example',
             lambda w: compose('Orders <orders@shop.example>',
                               'you@home.example', 'Hm', 'Hm.\r\n'),
             absent=(r'DKIM-Signature:', r'Authentication-Results:')),
]


class Sites:
    """Our host and the far one, each a Postfix with its signetd."""

    def __init__(self, lab, kind='inet', postfix_host='127.0.0.1',
                 protocol=6):
        self.lab = lab
        self.world = World(lab)
        far_daemon = lab.signetd(FAR_CONFIG)
        self.far = lab.postfix('far', FAR_HOST, ['far.example'],
                               milter=far_daemon.socket)
        self.daemon = lab.signetd(self.world.config, kind=kind,
                                  postfix_host=postfix_host)
        self.home = lab.postfix(
            'home', HOST, ['home.example'], milter=self.daemon.socket,
            protocol=protocol,
            transport={'far.example': ('127.0.0.1', self.far.ports['smtp'])})

    def address(self, scenario):
        COUNT[0] += 1
        return '%s%d@%s' % (scenario.name, COUNT[0], scenario.to)

    def run(self, scenario):
        """Send it; the reply, and the message delivered or None."""
        recipient = self.address(scenario)
        message = scenario.build(self.world)
        if scenario.by == 'sendmail':
            message = message.replace(b'%(to)s', recipient.encode())
            self.home.sendmail(scenario.sender,
                               message.replace(b'\r\n', b'\n'))
            return None, self.home.delivered(recipient)
        with self.home.connect(**scenario.who) as smtp:
            reply = smtp.send(scenario.sender, [recipient], message)
        if not reply.ok:
            return reply, None
        there = self.far if scenario.to == 'far.example' else self.home
        return reply, there.delivered(recipient)

    def differences(self, scenario, reply, delivered):
        """What is not as the scenario wants it, as sentences."""
        if scenario.refused:
            if delivered is not None:
                return ['was delivered, should have been refused']
            if not re.search(scenario.refused, str(reply)):
                return ['refused with %s' % reply]
            return []
        if delivered is None:
            return ['was refused: %s' % reply]
        wrong = header_differences(
            scenario, delivered,
            FAR_HOST if scenario.to == 'far.example' else HOST)
        if scenario.signed and 'dkim=pass' not in self.verify(delivered):
            wrong.append('signet verify finds no dkim=pass')
        return wrong

    def verify(self, delivered):
        """What `signet verify` says of a message in the mailbox."""
        return self.lab.signet('verify', '--nameserver', self.lab.nameserver,
                               '-', stdin=delivered.raw).decode()


def header_differences(scenario, delivered, judge):
    wrong = []
    results = delivered.results(judge)
    for method, wanted in scenario.results.items():
        got = [r.result for r in results if r.method == method]
        if not got or got[0] != wanted:
            wrong.append('%s is %s, not %s' % (method, got, wanted))
    for name, pattern in scenario.properties.items():
        got = [r.properties[name] for r in results if name in r.properties]
        if not any(re.fullmatch(pattern, g) for g in got):
            wrong.append('%s is %s' % (name, got))
    claims = [v for v in delivered.all('Authentication-Results')
              if re.match(r'\s*%s\b' % re.escape(judge), v, re.I)]
    if len(claims) != (1 if scenario.results else 0):
        wrong.append('%d fields with our results' % len(claims))
    if scenario.results and \
            delivered.fields[0][0] != 'Authentication-Results':
        wrong.append('Authentication-Results is not at the very top')
    signatures = [v for v in delivered.all('DKIM-Signature')
                  if scenario.signed and
                  re.search(r'd=%s;' % re.escape(scenario.signed), v)]
    if len(signatures) != (1 if scenario.signed else 0):
        wrong.append('%d signatures of ours' % len(signatures))
    header = ''.join('%s:%s\n' % f for f in delivered.fields)
    wrong += ['no %s' % p for p in scenario.present
              if not re.search(p, header, re.I)]
    wrong += ['%s is there' % p for p in scenario.absent
              if re.search(p, header, re.I)]
    return wrong
