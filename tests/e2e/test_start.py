"""Starting: what is refused and in which words, privileges, defaults."""

import contextlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import unittest

import lab
from cases import ZONE, LabCase, arrive, send_plain
from milter import Milter

SECONDS = 30


class Refused(LabCase):
    """A clear message with file and line, and exit code 1, both when it is
    started and by -n."""

    @classmethod
    def prepare(cls):
        cls.lab.dns(ZONE)
        cls.key, _ = cls.lab.genkey('home.example', 'mail')

    def run_with(self, config, *args):
        daemon = lab.Signetd(self.lab, config, args=args)
        done = subprocess.run(daemon.command(), capture_output=True,
                              text=True, timeout=SECONDS, check=False)
        return daemon, done

    def refused(self, config, pattern, also_by_n=True):
        """`pattern` is matched at the start of a line; CONFIG in it stands
        for the file and the line of the first line of `config`."""
        for args in ([], ['-n']) if also_by_n else ([],):
            daemon, done = self.run_with(config, *args)
            line = daemon.configure(config)
            wanted = pattern.replace('CONFIG', '%s:%d' % (
                re.escape(daemon.config_path), line))
            said = done.stderr + done.stdout
            self.assertEqual(done.returncode, 1, said)
            self.assertRegex(said, re.compile(
                r'^(signetd(\[\d+\])?: )?' + wanted, re.M), args)

    def test_unknown_option(self):
        self.refused('NoSuchOption yes\n', r'CONFIG: NoSuchOption: \S')

    def test_bad_value(self):
        self.refused('Mode maybe\n', r'CONFIG: Mode: \S')

    def test_bad_number(self):
        self.refused('MinimumKeyBits many\n', r'CONFIG: MinimumKeyBits: \S')

    def test_option_without_value(self):
        self.refused('KeyTable\n', r'CONFIG: KeyTable: \S')

    def test_missing_key(self):
        self.refused('KeyFile %s\nDomain home.example\nSelector mail\n'
                     % self.lab.path('nothing'),
                     r'CONFIG: KeyFile: .*nothing')

    def test_missing_table(self):
        self.refused('KeyTable file:%s\nSigningTable csl:a.example=k\n'
                     % self.lab.path('no-table'), r'CONFIG: KeyTable: .*no-table')

    def test_key_readable_by_all(self):
        key = self.lab.path('keys', 'open.private')
        shutil.copy(self.key, key)
        os.chmod(key, 0o644)
        self.refused('KeyFile %s\nDomain home.example\nSelector mail\n' % key,
                     r'CONFIG: KeyFile: .*open\.private')

    def test_key_that_is_none(self):
        key = self.lab.write('keys/text.private', 'not a key\n', 0o600,
                             lab.MAIL_USER)
        self.refused('KeyFile %s\nDomain home.example\nSelector mail\n' % key,
                     r'CONFIG: KeyFile: .*text\.private')

    def test_key_in_a_table_readable_by_all(self):
        key = self.lab.path('keys', 'open2.private')
        shutil.copy(self.key, key)
        os.chmod(key, 0o644)
        table = self.lab.write('KeyTable-open', '# our keys\n'
                               'home home.example:mail:%s\n' % key)
        self.refused('KeyTable file:%s\nSigningTable csl:*@home.example=home\n'
                     % table, re.escape(table) + r':2: .*open2\.private')

    def test_missing_key_in_a_table(self):
        table = self.lab.write('KeyTable-missing', '\n\n'
                               'home home.example:mail:%s\n'
                               % self.lab.path('gone.private'))
        self.refused('KeyTable file:%s\nSigningTable csl:*@home.example=home\n'
                     % table, re.escape(table) + r':3: .*gone\.private')

    def test_table_line_without_value(self):
        keys = self.lab.write('KeyTable-good',
                              'home home.example:mail:%s\n' % self.key)
        table = self.lab.write('SigningTable-bad',
                               '*@home.example home\n*@other.example\n')
        self.refused('KeyTable file:%s\nSigningTable refile:%s\n'
                     % (keys, table), re.escape(table) + r':2: \S')

    def test_key_table_line_without_value(self):
        table = self.lab.write('KeyTable-bad', 'home\n')
        self.refused('KeyTable file:%s\nSigningTable csl:a.example=home\n'
                     % table, re.escape(table) + r':1: \S')

    def test_missing_file(self):
        done = subprocess.run([self.lab.signetd_path, '-f', '-x',
                               self.lab.path('no.conf')], capture_output=True,
                              text=True, timeout=SECONDS, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('no.conf', done.stderr)

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.refused('Socket inet:%d@127.0.0.1\n' % port,
                         r'CONFIG: Socket: .*%d' % port, also_by_n=False)

    def test_bad_socket(self):
        for text, why in (
                ('inet:nowhere', '"nowhere" is no port from 1 to 65535'),
                ('inet:127.0.0.1:99999', '"99999" is no port from 1 to '
                 '65535'),
                ('inet:0@127.0.0.1', '"0" is no port from 1 to 65535'),
                ('inet:127.0.0.1:', 'a port from 1 to 65535 is missing'),
                ('inet:8891@127.0.0.1@x', r'"127\.0\.0\.1@x": \S')):
            with self.subTest(text):
                self.refused('Socket %s\n' % text,
                             'CONFIG: Socket: ' + why)

    def test_every_interface_by_a_star(self):
        """The system's resolver takes it for 127.0.0.1, Postfix for a
        name."""
        for text in 'inet:8891@*', 'inet:*:8891', 'inet6:8891@*':
            with self.subTest(text):
                self.refused('Socket %s\n' % text, r'CONFIG: Socket: "\*" is '
                             r'no address; inet6?:8891 alone is every '
                             r'interface\n')

    def test_a_file_where_the_socket_goes(self):
        path = self.lab.write('no-socket', 'keep me')
        self.refused('Socket local:%s\n' % path,
                     r'CONFIG: Socket: .*no-socket: Socket operation on '
                     r'non-socket', also_by_n=False)
        with open(path, encoding='ascii') as f:
            self.assertEqual(f.read(), 'keep me')

    def test_a_socket_of_somebody_who_has_no_time(self):
        """His queue is full: the start does not wait for him."""
        path = self.lab.path('busy')
        with socket.socket(socket.AF_UNIX) as busy, \
                contextlib.ExitStack() as stack:
            busy.bind(path)
            busy.listen(0)
            try:
                while True:
                    client = stack.enter_context(
                        socket.socket(socket.AF_UNIX))
                    client.setblocking(False)
                    client.connect(path)
            except BlockingIOError:
                pass
            self.refused('Socket unix:%s\n' % path,
                         r'CONFIG: Socket: .*in use', also_by_n=False)
            self.assertTrue(os.path.exists(path))

    def test_a_socket_of_another_kind(self):
        path = self.lab.path('datagrams')
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.bind(path)
            self.refused('Socket unix:%s\n' % path,
                         r'CONFIG: Socket: .*in use', also_by_n=False)
            self.assertTrue(os.path.exists(path))

    def test_pid_file_in_no_directory(self):
        self.refused('PidFile %s/pid\n' % self.lab.path('nowhere'),
                     r'CONFIG: PidFile: .*nowhere/pid: No such file',
                     also_by_n=False)

    def test_a_socket_for_everybody_is_warned_of(self):
        daemon, done = self.run_with('Socket inet:8891\n', '-n')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r'(?m)^warning: \S+:\d+: Socket: every '
                         r'interface listens')

    def test_unknown_user(self):
        self.refused('UserID no-such-user\n', r'CONFIG: UserID: \S')

    def test_several_errors_are_all_told(self):
        daemon, done = self.run_with('NoSuchOption 1\nMode maybe\n', '-n')
        self.assertEqual(done.returncode, 1)
        self.assertIn('NoSuchOption', done.stderr)
        self.assertIn('Mode', done.stderr)

    def test_a_bad_socket_is_told_beside_a_bad_value(self):
        self.refused('Socket inet:nowhere\nMode maybe\n',
                     r'CONFIG: Socket: "nowhere"')

    def test_a_socket_in_no_directory(self):
        where = self.lab.path('no-directory')
        config = 'Socket local:%s/sock\n' % where
        daemon, done = self.run_with(config, '-n')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r'(?m)^warning: \S+:\d+: Socket: '
                         + re.escape(where) + '/: No such file or directory$')
        self.refused(config, r'CONFIG: Socket: .*: No such file',
                     also_by_n=False)

    def test_good_configuration(self):
        daemon, done = self.run_with(
            'KeyFile %s\nDomain home.example\nSelector mail\n' % self.key,
            '-n')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(lab.accepts(daemon.address))


class Privileges(LabCase):
    @classmethod
    def prepare(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest('only root has privileges to drop')
        cls.lab.dns(ZONE)
        cls.key, _ = cls.lab.genkey('home.example', 'mail')

    def test_process_runs_as_the_user(self):
        daemon = self.lab.signetd('')
        user = pwd.getpwnam(lab.MAIL_USER)
        with open('/proc/%d/status' % daemon.process.pid,
                  encoding='ascii') as f:
            status = f.read()
        uids = re.search(r'^Uid:\t(.*)$', status, re.M)[1].split()
        self.assertEqual(set(uids), {str(user.pw_uid)})
        groups = re.search(r'^Groups:\t(.*)$', status, re.M)[1].split()
        self.assertNotIn('0', groups)
        self.assertRegex(status, r'(?m)^CapEff:\t0+$')

    def test_keys_are_read_after_the_drop(self):
        key = self.lab.path('keys', 'root.private')
        shutil.copy(self.key, key)
        os.chown(key, 0, 0)
        os.chmod(key, 0o600)
        daemon = lab.Signetd(self.lab, 'KeyFile %s\nDomain home.example\n'
                             'Selector mail\n' % key)
        done = subprocess.run(daemon.command(), capture_output=True,
                              text=True, timeout=SECONDS, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, r'KeyFile: .*root\.private')

    def test_pid_file_where_only_root_can_write(self):
        pid_file = self.lab.path('signetd.pid')
        daemon = self.lab.signetd('PidFile %s\n' % pid_file)
        with open(pid_file, encoding='ascii') as f:
            self.assertEqual(int(f.read()), daemon.process.pid)

    def test_socket_is_for_the_group(self):
        daemon = self.lab.signetd('', kind='unix')
        mode = os.stat(daemon.address).st_mode & 0o777
        self.assertEqual(mode & 0o007, 0)
        self.assertEqual(mode & 0o060, 0o060)


class CommandLine(LabCase):
    @classmethod
    def prepare(cls):
        cls.lab.dns(ZONE)

    def test_version(self):
        done = subprocess.run([self.lab.signetd_path, '-V'],
                              capture_output=True, text=True, timeout=SECONDS,
                              check=False)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr, r'\d+\.\d+')

    def misused(self, args, pattern):
        done = subprocess.run([self.lab.signetd_path] + args,
                              capture_output=True, text=True, timeout=SECONDS,
                              check=False)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r'\A' + pattern + 'usage: signetd ')

    def test_unknown_letter(self):
        self.misused(['-Z'], "signetd: [^/]*'Z'\n")

    def test_a_file_without_its_letter(self):
        self.misused(['/etc/signet.conf'], r'signetd: unexpected argument: '
                     r'/etc/signet\.conf \(-x names the file\)\n')

    def test_socket_on_the_command_line(self):
        port = lab.free_port()
        daemon = lab.Signetd(self.lab, '',
                             args=['-p', 'inet:127.0.0.1:%d' % port])
        daemon.address = ('127.0.0.1', port)
        self.addCleanup(daemon.stop)
        daemon.start()
        with arrive(Milter(daemon.address)) as m:
            self.assertEqual(send_plain(m).action, 'accept')

    def test_readiness(self):
        """What systemd is told (sd_notify), on a socket of our own."""
        path = self.lab.path('notify')
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            os.chmod(path, 0o666)
            notify.settimeout(SECONDS)
            daemon = lab.Signetd(self.lab, '')
            self.addCleanup(daemon.stop)
            os.environ['NOTIFY_SOCKET'] = path
            try:
                daemon.start()
            finally:
                del os.environ['NOTIFY_SOCKET']
            try:
                notify.settimeout(5)
                said = notify.recv(4096).decode()
            except socket.timeout:
                self.skipTest('built without systemd')
        self.assertIn('READY=1', said.splitlines())


class StartLine(LabCase):
    """What it will do, in the line it starts with."""

    @classmethod
    def prepare(cls):
        cls.lab.dns(ZONE)
        cls.key, _ = cls.lab.genkey('home.example', 'mail')

    def says(self, config, words):
        daemon = self.lab.signetd(config)
        lab.wait_until(lambda: 'listens on' in daemon.log(), SECONDS,
                       'the line')
        self.assertRegex(daemon.log(), r'(?m)^signetd \S+ listens on '
                         r'inet:%d@127\.0\.0\.1, %s, name servers \S'
                         % (daemon.address[1], re.escape(words)))

    def with_key(self):
        return ('KeyFile %s\nDomain home.example\nSelector mail\n'
                % self.key)

    def test_both(self):
        self.says(self.with_key(), 'signs and verifies')

    def test_sign_alone(self):
        self.says(self.with_key() + 'Mode s\n', 'signs')

    def test_verify_alone(self):
        self.says(self.with_key() + 'Mode v\n', 'verifies')

    def test_no_key(self):
        self.says('', 'verifies (there is no key to sign with)')

    def test_a_table_without_keys(self):
        table = self.lab.write('KeyTable-empty', '# none yet\n')
        self.says('KeyTable file:%s\nSigningTable file:%s\n'
                  % (table, table), 'verifies (there is no key to sign with)')

    def test_nothing_to_do(self):
        self.says('Mode s\n', 'neither signs nor verifies (there is no '
                  'key to sign with)')


class Sockets(LabCase):
    """Every way to write a socket, OpenDKIM's and Postfix's."""

    @classmethod
    def prepare(cls):
        cls.lab.dns(ZONE)

    def listens(self, text, address):
        daemon = lab.Signetd(self.lab, 'Socket %s\n' % text)
        daemon.address = address
        self.addCleanup(daemon.stop)
        daemon.start()
        with arrive(Milter(address)) as m:
            self.assertEqual(send_plain(m).action, 'accept')

    def test_inet_port_at_host(self):
        port = lab.free_port()
        self.listens('inet:%d@127.0.0.1' % port, ('127.0.0.1', port))

    def test_inet_port_at_name(self):
        port = lab.free_port()
        self.listens('inet:%d@localhost' % port, ('127.0.0.1', port))

    def test_inet_host_port(self):
        port = lab.free_port()
        self.listens('inet:127.0.0.1:%d' % port, ('127.0.0.1', port))

    def test_inet_port(self):
        """Every interface: a socket of 127.0.0.1 does not hear 127.0.0.2."""
        port = lab.free_port()
        self.listens('inet:%d' % port, ('127.0.0.2', port))

    def test_inet6(self):
        if not lab.has_ipv6():
            self.skipTest('no IPv6 on loopback')
        port = lab.free_port()
        self.listens('inet6:%d@[::1]' % port, ('::1', port))

    def socket_path(self, name):
        where = self.lab.path(name)
        os.makedirs(where)
        if os.geteuid() == 0:
            shutil.chown(where, lab.MAIL_USER)
        return os.path.join(where, 'sock')

    def test_local(self):
        path = self.socket_path('local')
        self.listens('local:' + path, path)

    def test_unix(self):
        path = self.socket_path('unix')
        self.listens('unix:' + path, path)

    def test_a_socket_left_behind_is_replaced(self):
        path = self.socket_path('left')
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(path)
        self.listens('unix:' + path, path)

    def test_one_that_may_be_in_use_is_not(self):
        """Who may not connect cannot know."""
        if os.geteuid() != 0:
            self.skipTest('needs another user')
        path = self.socket_path('theirs')
        with socket.socket(socket.AF_UNIX) as theirs:
            theirs.bind(path)
            theirs.listen()
            os.chmod(path, 0o600)
            daemon = lab.Signetd(self.lab, 'Socket unix:%s\n' % path)
            done = subprocess.run(daemon.command(), capture_output=True,
                                  text=True, timeout=SECONDS, check=False,
                                  user=lab.MAIL_USER)
            self.assertEqual(done.returncode, 1)
            self.assertIn('Permission denied', done.stderr)
            self.assertTrue(lab.accepts(path))

    def test_a_socket_without_a_port(self):
        with socket.socket() as handed:
            daemon = lab.Signetd(self.lab, 'Socket fd:%d\n' % handed.fileno())
            done = subprocess.run(daemon.command(), capture_output=True,
                                  text=True, timeout=SECONDS, check=False,
                                  pass_fds=(handed.fileno(),))
            self.assertEqual(done.returncode, 1)
            self.assertIn('bound to no port', done.stderr)

    def test_a_file_in_its_place_is_not(self):
        path = self.socket_path('file')
        with open(path, 'w', encoding='ascii') as f:
            f.write('mine\n')
        with self.assertRaises(lab.LabError):
            self.listens('unix:' + path, path)
        with open(path, encoding='ascii') as f:
            self.assertEqual(f.read(), 'mine\n')


class CleanStop(LabCase):
    """What was put into the file system goes again, and nothing else."""

    @classmethod
    def prepare(cls):
        cls.lab.dns(ZONE)
        cls.count = 0

    def place(self, owner=lab.MAIL_USER):
        """A new directory that this user may write in."""
        CleanStop.count += 1
        where = self.lab.path('place%d' % CleanStop.count)
        os.makedirs(where, mode=0o755)
        if owner and os.geteuid() == 0:
            shutil.chown(where, owner)
        return where

    @staticmethod
    def read(path):
        with open(path, encoding='ascii') as f:
            return f.read()

    def test_socket_and_pid_file_go(self):
        pid_file = os.path.join(self.place(), 'pid')
        daemon = self.lab.signetd('PidFile %s\n' % pid_file, kind='unix')
        self.assertEqual(int(self.read(pid_file)), daemon.process.pid)
        self.assertTrue(os.path.exists(daemon.address))
        daemon.stop()
        self.assertFalse(os.path.exists(daemon.address))
        self.assertFalse(os.path.exists(pid_file))

    def test_a_pid_file_that_cannot_go_is_emptied(self):
        if os.geteuid() != 0:
            self.skipTest('only root has privileges to drop')
        pid_file = os.path.join(self.place(None), 'pid')
        daemon = self.lab.signetd('PidFile %s\n' % pid_file)
        daemon.stop()
        self.assertEqual(self.read(pid_file), '')

    def test_a_start_that_fails_leaves_nothing(self):
        path = os.path.join(self.place(), 'sock')
        pid_file = os.path.join(self.place(), 'pid')
        daemon = lab.Signetd(self.lab, 'Socket local:%s\nPidFile %s\n'
                             'InternalHosts file:/nowhere/hosts\n'
                             % (path, pid_file))
        done = subprocess.run(daemon.command(), capture_output=True,
                              text=True, timeout=SECONDS, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('/nowhere/hosts', done.stderr)
        self.assertFalse(os.path.exists(path))
        self.assertFalse(os.path.exists(pid_file))

    def test_the_socket_of_another_stays(self):
        daemon = self.lab.signetd('', kind='unix')
        os.unlink(daemon.address)
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(daemon.address)
            other.listen()
            daemon.stop()
            self.assertTrue(lab.accepts(daemon.address))

    def test_the_pid_file_of_another_stays(self):
        for how in 'rewritten', 'replaced':
            with self.subTest(how):
                pid_file = os.path.join(self.place(), 'pid')
                daemon = self.lab.signetd('PidFile %s\n' % pid_file)
                if how == 'replaced':
                    os.unlink(pid_file)
                with open(pid_file, 'w', encoding='ascii') as f:
                    f.write('1\n')
                daemon.stop()
                self.assertEqual(self.read(pid_file), '1\n')

    def test_a_pid_file_that_is_no_file_stays(self):
        path = os.path.join(self.place(), 'pipe')
        os.mkfifo(path)
        if os.geteuid() == 0:
            shutil.chown(path, lab.MAIL_USER)
        daemon = self.lab.signetd('PidFile %s\n' % path)
        daemon.stop()
        self.assertTrue(os.path.exists(path))

    def test_a_socket_that_was_handed_in_stays(self):
        path = os.path.join(self.place(), 'sock')
        with socket.socket(socket.AF_UNIX) as handed:
            handed.bind(path)
            handed.listen()
            os.chmod(path, 0o666)
            daemon = lab.Signetd(self.lab, 'Socket fd:%d\n' % handed.fileno())
            daemon.address = path
            daemon.pass_fds = (handed.fileno(),)
            self.addCleanup(daemon.stop)
            daemon.start()
            daemon.stop()
        self.assertTrue(os.path.exists(path))


class NoConfiguration(unittest.TestCase):
    """Started with nothing at all: 127.0.0.1:8891, judges and tags.  In a
    network of its own, where that port is free and nobody is asked."""

    def test_defaults(self):
        if os.geteuid() != 0 or not shutil.which('unshare'):
            self.skipTest('needs root and unshare for a network of its own')
        here = os.path.dirname(os.path.abspath(__file__))
        done = subprocess.run(
            ['unshare', '-n', sys.executable, os.path.join(here, 'alone.py'),
             os.environ.get('SIGNETD', 'signetd')],
            capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
