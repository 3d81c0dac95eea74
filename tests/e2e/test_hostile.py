"""What a hostile MTA, sender or zone may not bring about."""

import contextlib
import os
import re
import time

import lab
from cases import (BODY, FIELDS, RECIPIENTS, SENDER, ZONE, LabCase, arrive,
                   judged_by, send_plain, timed)
from milter import Milter, cstrings, pack
from scenarios import HOST

HOSTILE_ZONE = ZONE + '''
refused.example        TXT  "v=spf1 -all"
_dmarc.refused.example TXT  "v=DMARC1; p=reject"
'''


class Protocol(LabCase):
    @classmethod
    def prepare(cls):
        cls.dns = cls.lab.dns(HOSTILE_ZONE)
        cls.daemon = cls.lab.signetd('AuthservID %s\n' % HOST)

    def test_another_client(self):
        """After "quit, new connection" nothing is known of the last one."""
        with arrive(Milter(self.daemon.address, timeout=10)) as m:
            self.assertIn('spf=pass', send_plain(m).results_header())
            m.sock.sendall(pack(b'K'))
            arrive(m, 'elsewhere.example', '192.0.2.99')
            self.assertIn('spf=fail', send_plain(m).results_header())
            m.mail(SENDER)
            m.sock.sendall(pack(b'K'))
            self.assertEqual(m.mail(SENDER)[0], b'c')
            self.assertNotIn('spf=pass', m.end().results_header())

    def test_a_second_client(self):
        """One that comes without such words is not taken for the last."""
        daemon = self.lab.signetd('AuthservID %s\n'
                                  'InternalHosts inside.example\n' % HOST)
        with Milter(daemon.address, timeout=10) as m:
            arrive(m, 'inside.example')
            self.assertIsNone(judged_by(send_plain(m)))
            arrive(m, '[192.0.2.10]')
            self.assertEqual(judged_by(send_plain(m)), HOST)

    def test_macros_without_values(self):
        """An odd number of strings ends the connection, and no other."""
        with arrive(Milter(self.daemon.address, timeout=10)) as m:
            m.sock.sendall(pack(b'D', b'M' + cstrings('i', 'Q1', '{x}'))
                           + pack(b'M', cstrings('<%s>' % SENDER)))
            self.assertRaises(ConnectionError, m.reply)
        with arrive(Milter(self.daemon.address)) as m:
            self.assertEqual(judged_by(send_plain(m)), HOST)
        self.assertIn('a macro without a value', self.daemon.log())

    def test_the_log_is_not_filled(self):
        before = len(self.daemon.log())
        for _ in range(200):
            with Milter(self.daemon.address) as m:
                m.sock.sendall(pack(b'?'))
                self.assertRaises(ConnectionError, m.receive)
        lines = self.daemon.log()[before:].splitlines()
        self.assertGreater(len(lines), 1)
        self.assertLess(len(lines), 100)
        self.assertTrue(any('not shown' in line for line in lines))

    def test_what_it_is_asked_not_to_say(self):
        """A recipient and the end of the header change nothing."""
        with arrive(Milter(self.daemon.address, timeout=10)) as m:
            self.assertFalse(m.wants(b'R') or m.wants(b'N'))
            m.mail(SENDER)
            m.sock.sendall(pack(b'R', cstrings('<%s>' % RECIPIENTS[0])))
            for name, value in FIELDS:
                m.header(name, value)
            m.sock.sendall(pack(b'N'))
            self.assertEqual(m.reply()[0], b'c')
            m.body(BODY)
            self.assertEqual(judged_by(m.end()), HOST)
            self.assertEqual(judged_by(send_plain(m)), HOST)

    def test_a_field_behind_the_body(self):
        """It ends the message: no digest is begun twice."""
        before = len(self.daemon.log())
        with arrive(Milter(self.daemon.address)) as m:
            m.mail(SENDER)
            for _ in range(2):
                for name, value in FIELDS:
                    m.header(name, value)
                m.body(BODY)
            self.assertRegex(m.end().text, r'^451 4\.3\.0 ')
            with arrive(Milter(self.daemon.address)) as other:
                self.assertEqual(judged_by(send_plain(other)), HOST)
        self.assertEqual(self.daemon.log()[before:].count('role='), 1)


class Log(LabCase):
    """One line a message, with our keys alone and the verdict in it."""

    @classmethod
    def prepare(cls):
        cls.dns = cls.lab.dns(HOSTILE_ZONE)
        cls.daemon = cls.lab.signetd('AuthservID %s\nRejectFailures yes\n'
                                     'Mail_From_reject Fail\n' % HOST)

    def lines(self, act):
        with arrive(Milter(self.daemon.address)) as m:
            send_plain(m)       # what is said at the start is said
        before = len(self.daemon.log())
        with arrive(Milter(self.daemon.address)) as m:
            outcome = act(m)
        return outcome, self.daemon.log()[before:].splitlines()

    def test_a_quote_in_a_reply(self):
        sender = '"x action=accept y"@refused.example'
        outcome, lines = self.lines(
            lambda m: m.message(sender, RECIPIENTS, FIELDS, BODY))
        self.assertEqual(outcome.code, 550)
        self.assertEqual(len(lines), 1, lines)
        self.assertNotIn('action=accept',
                         re.sub(r'"(?:[^"\\]|\\.)*"', '""', lines[0]))

    def test_a_line_end_in_a_queue_id(self):
        def act(m):
            m.step(b'M', cstrings('<a@refused.example>'),
                   ('i', 'A1\nB2: action=accept'))
            return m.rcpt(RECIPIENTS[0])
        answer, lines = self.lines(act)
        self.assertRegex(answer[1], rb'^550 ')
        self.assertEqual(len(lines), 1, lines)

    def test_the_verdict_is_in_the_longest_line(self):
        signature = ('v=1; a=rsa-sha256; d=%s.example; s=s; h=from;'
                     ' bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;'
                     ' b=AAAA')
        fields = [('DKIM-Signature',
                   signature % '.'.join(['d' * 60] * 3 + ['y%d' % n]))
                  for n in range(200)]
        fields += [('From', 'a@refused.example')]
        sender = '\x01' * 1000 + '@other.example'

        def act(m):
            m.connect('h.example', '192.0.2.77', '\x01' * 1000)
            return m.message(sender, RECIPIENTS, fields, BODY)
        outcome, lines = self.lines(act)
        self.assertEqual(outcome.code, 550)
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r' action=reject .*reply="550 .*"$')


class SilentZones(LabCase):
    """Who names a thousand domains that nobody answers for, in messages that
    he may not even finish, keeps nobody else's mail from being judged."""

    @classmethod
    def prepare(cls):
        cls.dns = cls.lab.dns(ZONE)
        cls.dns.misbehave('*.dead.example', drop=True)
        cls.daemon = cls.lab.signetd('AuthservID %s\n' % HOST)

    def silent_message(self, n):
        signature = ('v=1; a=rsa-sha256; d=d%d-%d.dead.example; s=s; h=from;'
                     ' bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;'
                     ' b=AAAA')
        fields = [('DKIM-Signature', signature % (n, k)) for k in range(15)]
        fields += [('From', 'a@1.2.3.4.5.6.f%d.dead.example' % n)]
        m = arrive(Milter(self.daemon.address))
        data, _ = m.burst('a@m%d.dead.example' % n, RECIPIENTS, fields, BODY)
        m.sock.sendall(data)
        return m

    def test_others_are_judged(self):
        silent = [self.silent_message(n) for n in range(400)]
        try:
            time.sleep(1)
            with arrive(Milter(self.daemon.address)) as m:
                header = send_plain(m).results_header()
        finally:
            for m in silent:
                m.close()
        _, results = lab.parse_auth_results(header)
        found = [(r.method, r.result) for r in results]
        self.assertIn(('spf', 'pass'), found)
        self.assertIn(('dmarc', 'pass'), found)


class Memory(LabCase):
    """What one session takes is bounded."""

    @classmethod
    def prepare(cls):
        cls.dns = cls.lab.dns(ZONE)
        cls.daemon = cls.lab.signetd('AuthservID %s\n' % HOST)

    def resident(self):
        """In KB."""
        path = '/proc/%d/status' % self.daemon.process.pid
        with open(path, encoding='ascii') as f:
            return int(re.search(r'VmRSS:\s+(\d+)', f.read())[1])

    @timed      # a sanitizer keeps for a while what was freed
    def test_a_header_without_end(self):
        """From an MTA that eats the space before a value, too."""
        for steps in (0x7f, None):
            with arrive(Milter(self.daemon.address, steps=steps)) as m:
                m.begin(SENDER, RECIPIENTS)
                before = self.resident()
                for _ in range(1500):
                    m.header('X-Long', 'y' * 60000)
                for name, value in FIELDS:
                    m.header(name, value)
                m.step(b'N')
                grown = self.resident() - before
                m.end()
            self.assertLess(grown, 32 << 10)

    @contextlib.contextmanager
    def in_the_body(self, count):
        """So many messages, each from its own client, that have no end."""
        with contextlib.ExitStack() as stack:
            for _ in range(count):
                m = stack.enter_context(arrive(Milter(self.daemon.address)))
                m.begin(SENDER, RECIPIENTS)
                for name, value in FIELDS:
                    m.header(name, value)
                m.step(b'N')
                m.body(BODY)
            yield

    @timed      # a sanitizer keeps for a while what was freed
    def test_a_message_under_way(self):
        """A thousand of them must not need 100 MB, all told."""
        with self.in_the_body(50):
            pass
        before = self.resident()
        with self.in_the_body(400):
            each = (self.resident() - before) / 400
        print('    %.1f KB' % each, flush=True)
        self.assertLess(each, 20)

    def test_a_client_that_greets_for_ever(self):
        """Nothing passes for what could not be kept."""
        with arrive(Milter(self.daemon.address)) as m:
            for n in range(200):
                m.step(b'H', cstrings('h%d.%s.example' % (n, 'x' * 1900)))
            outcome = send_plain(m)
        self.assertRegex(outcome.text, r'^451 4\.3\.0 ')


class Files(LabCase):
    def test_a_pid_file_that_is_a_link(self):
        """Written as root, perhaps, where another may have put it."""
        precious = self.lab.write('precious', 'kept')
        os.symlink(precious, self.lab.path('signetd.pid'))
        with self.assertRaisesRegex(lab.LabError, 'PidFile'):
            self.lab.signetd('PidFile %s\n' % self.lab.path('signetd.pid'))
        with open(precious, encoding='ascii') as f:
            self.assertEqual(f.read(), 'kept')
