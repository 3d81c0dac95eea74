"""New configuration while mail flows, and the end of the daemon."""

import re
import signal
import threading
import time

import lab
from cases import (BODY, FIELDS, RECIPIENTS, SENDER, ZONE, LabCase, arrive,
                   judged_by, send_plain)
from milter import Milter

ONE, TWO = 'one.example', 'two.example'


class ReloadCase(LabCase):
    @classmethod
    def prepare(cls):
        cls.lab.dns(ZONE)

    def setUp(self):
        self.daemon = self.lab.signetd('AuthservID %s\n' % ONE)
        self.addCleanup(self.daemon.stop)

    def ask(self):
        """Who judges a message that comes on a new connection?"""
        with arrive(Milter(self.daemon.address)) as m:
            return judged_by(send_plain(m))

    def reload(self, config, number=signal.SIGUSR1):
        self.daemon.configure(config)
        self.daemon.signal(number)

    def becomes(self, authserv):
        lab.wait_until(lambda: self.ask() == authserv, 10,
                       'the reload to ' + authserv)


class Reload(ReloadCase):
    def test_sigusr1(self):
        self.assertEqual(self.ask(), ONE)
        self.reload('AuthservID %s\n' % TWO)
        self.becomes(TWO)

    def test_sighup(self):
        self.reload('AuthservID %s\n' % TWO, signal.SIGHUP)
        self.becomes(TWO)

    def test_a_message_keeps_the_configuration_it_began_with(self):
        with arrive(Milter(self.daemon.address)) as m:
            self.assertIsNone(m.begin(SENDER, RECIPIENTS))
            for name, value in FIELDS:
                m.header(name, value)
            self.reload('AuthservID %s\n' % TWO, signal.SIGHUP)
            self.becomes(TWO)
            m.step(b'N')
            m.body(BODY)
            self.assertEqual(judged_by(m.end()), ONE)
            self.assertEqual(judged_by(send_plain(m)), TWO)

    def test_a_connection_that_is_told_no_recipients(self):
        """...keeps what it began with when the new one wants them."""
        wanting = 'AuthservID %s\nIgnoreMailTo bob@home.example\n' % TWO
        with arrive(Milter(self.daemon.address)) as m:
            self.assertFalse(m.wants(b'R'))
            self.reload(wanting)
            self.becomes(TWO)
            self.assertEqual(judged_by(send_plain(m)), ONE)

    def test_recipients_are_asked_for_where_they_matter(self):
        for line, wanted, answered in (
                ('', False, False),
                ('Mail_From_reject Fail', True, True),
                ('Mail_From_reject Fail\nTestOnly 0', True, False),
                ('IgnoreMailTo bob@home.example', True, False),
                ('DontSignMailTo bob@home.example', True, False),
                ('Mode s\nIgnoreMailTo bob@home.example', False, False)):
            with self.subTest(line):
                daemon = self.lab.signetd(line + '\n')
                self.addCleanup(daemon.stop)
                with Milter(daemon.address) as m:
                    self.assertEqual(
                        (m.wants(b'R'), m.replies(b'R')), (wanted, answered))
                    self.assertFalse(m.wants(b'N'))
                daemon.stop()

    def refused(self, config, pattern):
        """The reload is refused with words that match; the old goes on."""
        before = len(self.daemon.log())
        self.reload(config)
        lab.wait_until(
            lambda: re.search(pattern, self.daemon.log()[before:]), 10,
            'a log line like %s, not %s' % (pattern, self.daemon.log()))
        self.assertEqual(self.ask(), ONE)

    def place(self, text):
        """`FILE:LINE` of a line of the daemon's configuration."""
        with open(self.daemon.config_path, encoding='utf-8') as f:
            number = f.read().splitlines().index(text) + 1
        return '%s:%d' % (re.escape(self.daemon.config_path), number)

    def test_a_bad_file_is_reported_and_the_old_stays(self):
        path = re.escape(self.daemon.config_path)
        with arrive(Milter(self.daemon.address)) as m:
            self.refused('AuthservID %s\nNoSuchOption 1\n' % TWO,
                         path + r':\d+: NoSuchOption: ')
            self.refused('AuthservID %s\nMode xyz\n' % TWO,
                         path + r':\d+: Mode: ')
            self.assertEqual(judged_by(send_plain(m)), ONE)
        self.reload('AuthservID %s\n' % TWO)
        self.becomes(TWO)

    def test_what_only_a_start_can_change(self):
        self.refused('AuthservID %s\nSocket inet:nowhere\n' % TWO,
                     r':\d+: Socket: ')
        before = len(self.daemon.log())
        self.reload('AuthservID %s\nSocket inet:1@127.0.0.1\n'
                    'SyslogFacility local3\nSyslogName other\n' % TWO)
        self.becomes(TWO)
        for option in 'Socket', 'SyslogFacility', 'SyslogName':
            self.assertRegex(
                self.daemon.log()[before:],
                r'warning: \S+:\d+: %s: changes only when ' % option)

    def test_a_key_that_is_gone_is_reported_and_the_old_stays(self):
        table = self.lab.write('KeyTable-gone', 'k home.example:s:%s\n'
                               % self.lab.path('no-such-key'))
        self.refused('AuthservID %s\nKeyTable file:%s\n'
                     'SigningTable csl:*@home.example=k\n' % (TWO, table),
                     re.escape(table) + r':1: .*no-such-key')

    def test_signals_under_load(self):
        """HUP and USR1 mixed, ten thousand of them, while mail flows."""
        done = threading.Event()
        outcomes, trouble = [], []

        def load():
            try:
                while not done.is_set():
                    with arrive(Milter(self.daemon.address)) as m:
                        outcomes.extend(send_plain(m) for _ in range(5))
            except (OSError, ConnectionError) as e:
                trouble.append(e)
        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        for n in range(10000):
            self.daemon.signal(signal.SIGHUP if n % 2 else signal.SIGUSR1)
            if n % 20 == 0:
                time.sleep(0.005)
        done.set()
        for thread in threads:
            thread.join()
        self.assertEqual(trouble, [])
        self.assertIsNone(self.daemon.process.poll())
        self.assertTrue(outcomes)
        self.assertEqual({o.action for o in outcomes}, {'accept'})
        self.assertEqual({judged_by(o) for o in outcomes}, {ONE})
        self.reload('AuthservID %s\n' % TWO, signal.SIGHUP)
        self.becomes(TWO)


class Stop(ReloadCase):
    def test_idle(self):
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(10), 0)
        self.assertFalse(lab.accepts(self.daemon.address))

    def test_begun_messages_finish_and_new_ones_wait(self):
        with arrive(Milter(self.daemon.address)) as begun, \
                arrive(Milter(self.daemon.address)) as waiting:
            self.assertIsNone(begun.begin(SENDER, RECIPIENTS))
            for name, value in FIELDS[:2]:
                begun.header(name, value)
            self.daemon.signal(signal.SIGTERM)
            time.sleep(0.5)
            refused = send_plain(waiting)
            self.assertEqual((refused.stage, refused.text[:9]),
                             (b'M', '421 4.3.2'))
            with Milter(self.daemon.address) as late:
                command, text = late.step(
                    b'C', b'mail.sender.example\x004\x9c\x40192.0.2.10\0')
                self.assertEqual((command, text[:9]), (b'y', b'421 4.3.2'))
            for name, value in FIELDS[2:]:
                begun.header(name, value)
            begun.step(b'N')
            begun.body(BODY)
            outcome = begun.end()
            self.assertEqual(outcome.action, 'accept')
            self.assertEqual(judged_by(outcome), ONE)
        self.assertEqual(self.daemon.wait(10), 0)

    def test_the_wait_is_bounded(self):
        self.daemon.stop()
        self.daemon = self.lab.signetd('AuthservID %s\nStopTimeout 2\n' % ONE)
        with arrive(Milter(self.daemon.address)) as begun:
            self.assertIsNone(begun.begin(SENDER, RECIPIENTS))
            start = time.monotonic()
            self.daemon.signal(signal.SIGTERM)
            self.assertEqual(self.daemon.wait(15), 0)
            took = time.monotonic() - start
        self.assertGreater(took, 1.5, 'it did not wait for the message')
        self.assertLess(took, 10)
