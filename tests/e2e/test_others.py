"""What we seal, others verify; what others seal, we verify (dkimpy)."""

import unittest

from cases import LabCase, needs_postfix
from scenarios import HOST, SHOP, TRAVELLER, World, compose, large_body

try:
    import dkim
except ImportError:
    dkim = None

CANONICALIZATIONS = [(h, b) for h in ('simple', 'relaxed')
                     for b in ('simple', 'relaxed')]
BODIES = {'short': 'Hello.\r\n', 'empty': '', 'no-end': 'no line end',
          'blank-end': 'x\r\n\r\n\r\n', 'spaces': ' a  b \t\r\n\t\r\n',
          'large': large_body(150000)}


class Others(LabCase):
    @classmethod
    def prepare(cls):
        if dkim is None:
            raise unittest.SkipTest('python3-dkim is not installed')
        needs_postfix()
        cls.world = World(cls.lab)
        cls.daemons = {
            c: cls.lab.signetd(cls.world.config
                               + 'Canonicalization %s/%s\n' % c)
            for c in CANONICALIZATIONS}
        cls.mta = cls.lab.postfix(
            'home', HOST, ['home.example'],
            milter=cls.daemons['relaxed', 'simple'].socket,
            listeners={'-'.join(c): {'smtpd_milters': d.socket}
                       for c, d in cls.daemons.items()})

    def record(self, name, timeout=5):
        """A key record, straight from our zone: dkimpy's idea of DNS."""
        _, found = self.world.dns.zone.answer(name.decode().rstrip('.'), 16)
        text, wire = b'', found[0][3] if found else b''
        while wire:
            text += wire[1:1 + wire[0]]
            wire = wire[1 + wire[0]:]
        return text

    def test_what_we_sign_dkimpy_verifies(self):
        for header, body in CANONICALIZATIONS:
            for name, text in BODIES.items():
                with self.subTest(canonicalization=header + '/' + body,
                                  body=name):
                    to = 'out-%s-%s-%s@home.example' % (header, body, name)
                    message = compose('Alice <alice@home.example>',
                                      'you@home.example', 'To  be\r\n\tsigned',
                                      text)
                    with self.mta.connect(header + '-' + body,
                                          **TRAVELLER) as smtp:
                        reply = smtp.send('alice@home.example', [to], message)
                    self.assertTrue(reply.ok, reply)
                    raw = self.mta.delivered(to).raw.replace(b'\n', b'\r\n')
                    self.assertIn(('c=%s/%s;' % (header, body)).encode(), raw)
                    self.assertTrue(dkim.verify(raw, dnsfunc=self.record))

    def test_what_dkimpy_signs_we_verify(self):
        with open(self.world.shop_key, 'rb') as f:
            key = f.read()
        for header, body in CANONICALIZATIONS:
            for name, text in BODIES.items():
                if name == 'no-end':
                    continue    # the client ends the last line for us
                with self.subTest(canonicalization=header + '/' + body,
                                  body=name):
                    to = 'in-%s-%s-%s@home.example' % (header, body, name)
                    message = compose('orders@shop.example',
                                      'you@home.example', 'Signed  by\r\n\tx',
                                      text)
                    signature = dkim.sign(
                        message, b's1', b'shop.example', key,
                        canonicalize=(header.encode(), body.encode()))
                    with self.mta.connect(**SHOP) as smtp:
                        reply = smtp.send('bounce@shop.example', [to],
                                          signature + message)
                    self.assertTrue(reply.ok, reply)
                    self.check(self.mta.delivered(to),
                               results={'dkim': 'pass', 'dmarc': 'pass'})
