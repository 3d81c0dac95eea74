"""Mail that comes a second time, or by way of somebody we trust."""

import scenarios
from cases import LabCase, needs_postfix
from filter import Filter
from scenarios import HOST, SHOP, STRANGER, TRAVELLER, World, compose

RELAY = {'addr': '192.0.2.77', 'name': 'mx2.home.example'}


def fresh(name):
    scenarios.COUNT.append(0)
    return '%s%d@home.example' % (name, len(scenarios.COUNT))


def forgery():
    return compose('Alice <alice@home.example>', 'you@home.example',
                   'From yourself', 'I have your data.\r\n')


class Reinjection(LabCase):
    """A content filter takes each message out of the queue and injects it
    again from 127.0.0.1."""

    @classmethod
    def prepare(cls):
        needs_postfix()
        cls.world = World(cls.lab)
        daemon = cls.lab.signetd(cls.world.config.replace(
            'RejectFailures  yes', 'RejectFailures no')
            + 'SkipDaemons REINJECT\n')
        cls.known, cls.unknown = Filter(), Filter()
        cls.lab.at_close(cls.known.stop)
        cls.lab.at_close(cls.unknown.stop)
        through = 'smtp:[127.0.0.1]:%d'
        cls.mta = cls.lab.postfix(
            'home', HOST, ['home.example'], milter=daemon.socket, listeners={
                'filtered': {'content_filter': through % cls.known.port},
                'again': {'milter_macro_daemon_name': 'REINJECT'},
                'badly': {'content_filter': through % cls.unknown.port},
                'again-badly': {}})
        cls.known.target = cls.mta.ports['again']
        cls.unknown.target = cls.mta.ports['again-badly']

    def through(self, listener, who, sender, message):
        to = fresh('filtered')
        with self.mta.connect(listener, **who) as smtp:
            reply = smtp.send(sender, [to], message)
        self.assertTrue(reply.ok, reply)
        delivered = self.mta.delivered(to)
        self.assertEqual(delivered.all('X-Filtered'), [' yes'])
        return delivered

    def test_forgery_keeps_its_results_and_gets_no_signature(self):
        delivered = self.through('filtered', STRANGER, 'alice@home.example',
                                 forgery())
        results = {r.method: r.result for r in delivered.results(HOST)}
        self.assertEqual(results.get('dmarc'), 'fail', results)
        self.assertEqual(len(delivered.all('Authentication-Results')), 1)
        self.assertEqual(delivered.all('DKIM-Signature'), [])

    def test_authentic_mail_keeps_its_results(self):
        delivered = self.through('filtered', SHOP, 'bounce@shop.example',
                                 self.world.authentic('Your order'))
        results = {r.method: r.result for r in delivered.results(HOST)}
        self.assertEqual(results.get('dmarc'), 'pass', results)
        self.assertEqual(len(delivered.all('Authentication-Results')), 1)

    def test_submitted_mail_is_signed_once(self):
        delivered = self.through(
            'filtered', TRAVELLER, 'alice@home.example',
            compose('alice@home.example', 'you@home.example', 'x', 'y\r\n'))
        self.assertEqual(len(delivered.all('DKIM-Signature')), 1)
        self.assertEqual(delivered.all('Authentication-Results'), [])

    def test_what_skipdaemons_is_for(self):
        """Without the name, what comes back from 127.0.0.1 is taken for a
        submission: this is what the option keeps from happening."""
        delivered = self.through('badly', STRANGER, 'alice@home.example',
                                 forgery())
        self.assertEqual(len(delivered.all('DKIM-Signature')), 1)
        self.assertEqual(delivered.all('Authentication-Results'), [])


def received(name, address, by='mx2.home.example'):
    return ('Received: from %s (%s [%s])\r\n'
            '\tby %s (Postfix) with ESMTP id 4711\r\n'
            '\tfor <you@home.example>; Mon, 23 Nov 2026 10:00:00 +0000\r\n'
            % (name, name, address, by)).encode()


class TrustedRelay(LabCase):
    """Our own secondary MX hands on what it took."""

    @classmethod
    def prepare(cls):
        needs_postfix()
        cls.world = World(cls.lab)
        daemon = cls.lab.signetd(
            cls.world.config + 'TrustedRelays %s\nMail_From_reject Fail\n'
            'HELO_reject Fail\n' % RELAY['addr'])
        cls.mta = cls.lab.postfix('home', HOST, ['home.example'],
                                  milter=daemon.socket)

    def send(self, who, message, sender='bounce@shop.example'):
        to = fresh('relayed')
        with self.mta.connect(**who) as smtp:
            reply = smtp.send(sender, [to], message)
        return reply, (self.mta.delivered(to) if reply.ok else None)

    def test_spf_is_of_the_client_that_the_relay_saw(self):
        reply, delivered = self.send(
            RELAY, received('mail.shop.example', '192.0.2.10')
            + self.world.authentic('Your order'))
        self.assertTrue(reply.ok, reply)
        self.check(delivered, results={'spf': 'pass', 'dkim': 'pass',
                                       'dmarc': 'pass'})

    def test_forgery_is_tagged_and_not_refused(self):
        reply, delivered = self.send(
            RELAY, received('evil', '203.0.113.66')
            + compose('orders@shop.example', 'you@home.example', 'a', 'b\r\n'))
        self.assertTrue(reply.ok, reply)
        self.check(delivered, results={'spf': 'fail', 'dkim': 'none',
                                       'dmarc': 'fail'})

    def test_without_received_spf_is_none(self):
        reply, delivered = self.send(
            RELAY, compose('orders@shop.example', 'you@home.example', 'a',
                           'b\r\n'))
        self.assertTrue(reply.ok, reply)
        self.check(delivered, results={'spf': 'none', 'dmarc': 'fail'})

    def test_only_the_topmost_received_counts(self):
        reply, delivered = self.send(
            RELAY, received('evil', '203.0.113.66')
            + received('mail.shop.example', '192.0.2.10')
            + compose('orders@shop.example', 'you@home.example', 'a', 'b\r\n'))
        self.assertTrue(reply.ok, reply)
        self.check(delivered, results={'spf': 'fail', 'dmarc': 'fail'})

    def test_a_stranger_with_that_received_is_refused(self):
        reply, _ = self.send(
            STRANGER, received('mail.shop.example', '192.0.2.10')
            + compose('orders@shop.example', 'you@home.example', 'a', 'b\r\n'))
        self.assertFalse(reply.ok)


class SpfReject(LabCase):
    """Mail_From_reject and HELO_reject through Postfix."""

    @classmethod
    def prepare(cls):
        needs_postfix()
        cls.world = World(cls.lab)
        daemon = cls.lab.signetd(cls.world.config
                                 + 'Mail_From_reject Fail\n')
        helo = cls.lab.signetd(cls.world.config + 'HELO_reject Fail\n')
        cls.mta = cls.lab.postfix(
            'home', HOST, ['home.example'], milter=daemon.socket, listeners={
                'helo': {'smtpd_milters': helo.socket}})

    def send(self, listener, who, sender, to):
        message = compose('joe@plain.example', 'you@home.example', 'a',
                          'b\r\n')
        with self.mta.connect(listener, **who) as smtp:
            return smtp.send(sender, [to], message)

    def test_mail_from(self):
        reply = self.send('smtp', STRANGER, 'bounce@shop.example',
                          fresh('spf'))
        self.assertRegex(str(reply), r'^550 5\.7\.23 ')
        self.assertEqual(reply.stage, 'rcpt')

    def test_helo(self):
        reply = self.send('helo', STRANGER, 'joe@plain.example', fresh('spf'))
        self.assertRegex(str(reply), r'^550 5\.7\.23 ')
        self.assertEqual(reply.stage, 'rcpt')

    def test_a_pass_goes_through(self):
        for listener in ('smtp', 'helo'):
            reply = self.send(listener, SHOP, 'bounce@shop.example',
                              fresh('spf'))
            self.assertTrue(reply.ok, reply)

    def test_a_login_goes_through(self):
        who = dict(TRAVELLER, helo='mail.shop.example')
        for listener in ('smtp', 'helo'):
            reply = self.send(listener, who, 'bounce@shop.example',
                              fresh('spf'))
            self.assertTrue(reply.ok, reply)

    def test_postmaster_hears_of_it(self):
        for listener in ('smtp', 'helo'):
            reply = self.send(listener, STRANGER, 'bounce@shop.example',
                              'postmaster@home.example')
            self.assertNotEqual(reply.stage, 'rcpt', reply)
