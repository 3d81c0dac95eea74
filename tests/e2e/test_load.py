"""Many at once, slow DNS, silent DNS."""

import time

import lab
import scenarios
from cases import (BODY, FIELDS, RECIPIENTS, SENDER, ZONE, LabCase, arrive,
                   judged_by, needs_postfix, send_plain, timed)
from milter import Milter, pack
from scenarios import HOST, PLAIN, SHOP, World, compose

MANY = 200
SLOW_DOMAINS = 52
SLOW_SECONDS = 0.3


def slow_zone():
    records = []
    for n in range(SLOW_DOMAINS):
        name = 'd%d.slow.example' % n
        records += ['%s TXT "v=spf1 ip4:192.0.2.10 -all"' % name,
                    '_dmarc.%s TXT "v=DMARC1; p=none"' % name]
    return '\n'.join(records)


class ManyAtOnce(LabCase):
    @classmethod
    def prepare(cls):
        cls.dns = cls.lab.dns(ZONE + slow_zone())
        cls.dns.misbehave('*.slow.example', delay=SLOW_SECONDS)
        cls.daemon = cls.lab.signetd('AuthservID %s\n' % HOST)

    def test_200_milter_connections(self):
        """All are in the middle of a message at the same time."""
        all_of_them = []
        try:
            for _ in range(MANY):
                all_of_them.append(arrive(Milter(self.daemon.address)))
            for m in all_of_them:
                self.assertIsNone(m.begin(SENDER, RECIPIENTS))
            for name, value in FIELDS:
                for m in all_of_them:
                    m.header(name, value)
            for m in all_of_them:
                m.step(b'N')
                m.body(BODY)
            outcomes = [m.end() for m in all_of_them]
        finally:
            for m in all_of_them:
                m.close()
        self.assertEqual({o.action for o in outcomes}, {'accept'})
        self.assertEqual({judged_by(o) for o in outcomes}, {HOST})

    def test_a_long_field_does_not_end_the_session(self):
        """libmilter would at 64 KB."""
        with arrive(Milter(self.daemon.address)) as m:
            outcome = m.message(
                SENDER, RECIPIENTS,
                FIELDS + [('X-Long', 'word ' * 100000)], BODY)
            self.assertEqual(outcome.action, 'accept')
            self.assertEqual(judged_by(send_plain(m)), HOST)

    def slow_message(self, n):
        """A connection that waits to send a message of slow domain n."""
        domain = 'd%d.slow.example' % n
        signature = ('v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=s;'
                     ' h=from:to:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NM'
                     'pJWZG3hSuFU=; b=AAAA' % domain)
        fields = [('DKIM-Signature', signature),
                  ('From', 'a@' + domain)] + FIELDS[1:]
        m = arrive(Milter(self.daemon.address))
        return m, m.burst('a@' + domain, RECIPIENTS, fields, BODY)

    def finish_together(self, prepared):
        """Seconds from the first byte until the last has its answer."""
        start = time.monotonic()
        for m, (data, _) in prepared:
            m.sock.sendall(data + pack(b'E'))
        for m, (_, replies) in prepared:
            for _ in range(replies):
                self.assertEqual(m.reply()[0], b'c')
            self.assertIn(m.reply()[0], (b'c', b'a'))
        took = time.monotonic() - start
        for m, _ in prepared:
            m.close()
        return took

    @timed
    def test_fifty_slow_lookups_take_as_long_as_one(self):
        one = min(self.finish_together([self.slow_message(n)])
                  for n in (50, 51))
        fifty = self.finish_together([self.slow_message(n)
                                      for n in range(50)])
        print('    one %.2f s, fifty %.2f s' % (one, fifty), flush=True)
        self.assertGreater(one, SLOW_SECONDS)
        self.assertLess(fifty, one + 0.5)

    @timed
    def test_a_reply_goes_out_at_once(self):
        """In several writes, and none waits for an acknowledgement."""
        with arrive(Milter(self.daemon.address)) as m:
            send_plain(m)
            times = []
            for _ in range(20):
                start = time.monotonic()
                send_plain(m)
                times.append(time.monotonic() - start)
        self.assertLess(sorted(times)[10], 0.02, times)

    @timed
    def test_strangers_do_not_wait_for_the_slow(self):
        """Quick mail goes through while fifty others wait for the DNS."""
        daemon = self.daemon
        try:
            self.daemon = self.lab.signetd('AuthservID %s\n' % HOST)
            with arrive(Milter(self.daemon.address)) as warm:
                send_plain(warm)
            prepared = [self.slow_message(n) for n in range(1, 51)]
            for m, (data, _) in prepared:
                m.sock.sendall(data + pack(b'E'))
            start = time.monotonic()
            with arrive(Milter(self.daemon.address)) as m:
                self.assertEqual(send_plain(m).action, 'accept')
            took = time.monotonic() - start
            for m, _ in prepared:
                m.close()
        finally:
            self.daemon = daemon
        print('    a stranger waited %.3f s' % took, flush=True)
        self.assertLess(took, SLOW_SECONDS)


class Crowded(LabCase):
    """MaxSessions 2."""

    @classmethod
    def prepare(cls):
        cls.lab.dns(ZONE)
        cls.daemon = cls.lab.signetd('AuthservID %s\nMaxSessions 2\n' % HOST)

    def test_when_it_is_full_messages_wait_for_room(self):
        address = self.daemon.address
        with arrive(Milter(address)) as first, arrive(Milter(address)):
            self.assertEqual(judged_by(send_plain(first)), HOST)
            with arrive(Milter(address)) as third:
                for m in (third, third, first):
                    outcome = send_plain(m)
                    self.assertEqual((outcome.stage, outcome.text[:9]),
                                     (b'M', '451 4.3.2'))
            lab.wait_until(lambda: judged_by(send_plain(first)) == HOST,
                           10, 'the room that was left')
        self.assertEqual(self.daemon.log().count('MaxSessions'), 1)


class ManyThroughPostfix(LabCase):
    @classmethod
    def prepare(cls):
        needs_postfix()
        cls.world = World(cls.lab)
        daemon = cls.lab.signetd(cls.world.config)
        cls.mta = cls.lab.postfix('home', HOST, ['home.example'],
                                  milter=daemon.socket)

    def test_200_smtp_connections(self):
        clients = []
        for n in range(MANY):
            clients.append(self.mta.connect(**(SHOP if n % 2 else PLAIN)))
        authentic = self.world.authentic('One of many')
        plain = compose('joe@plain.example', 'you@home.example', 'x', 'y\r\n')
        for n, client in enumerate(clients):
            sender, message = (('bounce@shop.example', authentic) if n % 2
                               else ('joe@plain.example', plain))
            reply = client.send(sender, ['many%d@home.example' % n], message)
            self.assertTrue(reply.ok, reply)
        for client in clients:
            client.close()
        for n in range(MANY):
            delivered = self.mta.delivered('many%d@home.example' % n)
            results = {r.method: r.result for r in delivered.results(HOST)}
            self.assertEqual(results.get('dmarc'), 'pass' if n % 2 else 'none')


class SilentDomain(LabCase):
    """Nobody buys a temperror with name servers that do not answer."""

    SIGNATURES = 20

    @classmethod
    def prepare(cls):
        needs_postfix()
        cls.world = World(cls.lab)
        cls.world.dns.misbehave('*.silent.example', drop=True)
        cls.world.dns.zone.add('''
            mute.example  TXT "v=spf1 ip4:192.0.2.10 -all"
            _dmarc.mute.example  TXT "v=DMARC1; p=reject"
        ''')
        cls.world.dns.misbehave('_dmarc.mute.example', drop=True)
        cls.daemon = cls.lab.signetd(cls.world.config + 'DNSTimeout 3\n')
        cls.mta = cls.lab.postfix('home', HOST, ['home.example'],
                                  milter=cls.daemon.socket)

    def with_signatures(self, domain, author):
        signatures = ''.join(
            'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s;\r\n'
            ' s=s%d; h=from:to:subject; b=AAAA;\r\n'
            ' bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\r\n'
            % (domain, n) for n in range(self.SIGNATURES))
        return signatures.encode() + compose(author, 'you@home.example',
                                             'Pay', 'now\r\n')

    def send(self, who, sender, message):
        to = 'silent%d@home.example' % len(scenarios.COUNT)
        scenarios.COUNT.append(0)
        start = time.monotonic()
        with self.mta.connect(**who) as smtp:
            reply = smtp.send(sender, [to], message)
        return reply, to, time.monotonic() - start

    def test_forged_with_twenty_signatures(self):
        who = {'addr': '203.0.113.66', 'helo': 'mail.silent.example'}
        reply, _, took = self.send(
            who, 'x@silent.example',
            self.with_signatures('silent.example', 'orders@shop.example'))
        self.assertRegex(str(reply), r'^550 5\.7\.1 .*DMARC', self.daemon.log())
        self.assertLess(took, 6)

    def test_the_authors_own_silence_is_a_temporary_error(self):
        who = {'addr': '203.0.113.66', 'helo': 'mail.mute.example'}
        reply, to, took = self.send(
            who, 'joe@plain.example',
            compose('joe@mute.example', 'you@home.example', 'x', 'y\r\n'))
        self.assertTrue(reply.ok, reply)
        delivered = self.mta.delivered(to)
        results = {r.method: r.result for r in delivered.results(HOST)}
        self.assertEqual(results.get('dmarc'), 'temperror', results)
        self.assertLess(took, 6)


class Slow(LabCase):
    """Everything is slow and nothing is lost: the answer comes in time."""

    @classmethod
    def prepare(cls):
        cls.dns = cls.lab.dns(ZONE)
        cls.dns.misbehave('*.sender.example', delay=0.4)
        cls.dns.misbehave('10.2.0.192.in-addr.arpa', truncate=True)
        cls.daemon = cls.lab.signetd('AuthservID %s\n' % HOST)

    def test_results_are_whole(self):
        with arrive(Milter(self.daemon.address)) as m:
            outcome = send_plain(m)
        _, results = lab.parse_auth_results(outcome.results_header())
        found = {r.method: r.result for r in reversed(results)}
        self.assertEqual(found.get('spf'), 'pass', found)
        self.assertEqual(found.get('dmarc'), 'pass', found)
        self.assertEqual(found.get('iprev'), 'pass', found)
