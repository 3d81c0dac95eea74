"""A mail world on loopback: DNS, Postfix and signetd, made and unmade.

    with Lab() as lab:
        dns = lab.dns(ZONE)
        milter = lab.signetd('AuthservID mx.home.example\\n')
        mta = lab.postfix('home', 'mx.home.example', ['home.example'],
                          milter=milter.socket)
        with mta.connect(addr='192.0.2.10', name='mail.shop.example') as smtp:
            reply = smtp.send('a@shop.example', ['bob@home.example'], message)
        delivered = mta.delivered('bob@home.example')

Everything lives in one temporary directory and on ports that were free a
moment ago, all above 1024.  Leaving the `with` block ends every process and
removes the directory, whatever happened in between; SIGTERM and SIGHUP are
turned into an exception so that they leave by the same door.
"""

import os
import pwd
import random
import re
import shutil
import signal
import smtplib
import socket
import struct
import subprocess
import tempfile
import time

from dnsd import DnsServer

READY_SECONDS = 30      # a daemon that is not there by then will not come
DELIVERY_SECONDS = 30
STOP_SECONDS = 20
MAIL_USER = 'nobody'    # owns what is delivered, and runs signetd

OPEN = []               # labs not yet closed, for close_all()


class LabError(Exception):
    """The lab itself could not be put up; says why."""


class Interrupted(KeyboardInterrupt):
    """A signal asked us to stop; unittest lets this kind through."""


def leave_on_signals():
    def leave(number, frame):
        raise Interrupted(signal.Signals(number).name)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def close_all():
    while OPEN:
        OPEN[-1].close()


def free_port():
    """A free TCP port below the range that outgoing connections use."""
    for _ in range(200):
        port = random.randrange(10240, 32000)
        with socket.socket() as s:
            try:
                s.bind(('127.0.0.1', port))
                return port
            except OSError:
                continue
    raise LabError('no free port found')


def wait_until(condition, seconds, what):
    """What `condition` returned as soon as it is true."""
    end = time.monotonic() + seconds
    pause = 0.005
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise LabError('%s: not within %g s' % (what, seconds))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def family_of(address):
    """Of a socket path or a (host, port)."""
    if isinstance(address, str):
        return socket.AF_UNIX
    return socket.AF_INET6 if ':' in address[0] else socket.AF_INET


def has_ipv6():
    with socket.socket(socket.AF_INET6) as s:
        try:
            s.bind(('::1', 0))
            return True
        except OSError:
            return False


def accepts(address):
    """Does something listen at this (host, port) or socket path?"""
    with socket.socket(family_of(address)) as s:
        s.settimeout(1)
        try:
            s.connect(address)
            return True
        except OSError:
            return False


def answers(address):
    """Does a milter negotiate there?  A daemon's socket may be there before
    the daemon can serve it."""
    with socket.socket(family_of(address)) as s:
        s.settimeout(2)
        try:
            s.connect(address)
            s.sendall(struct.pack('!IcIII', 13, b'O', 6, 0x1ff, 0x1fffff))
            return s.recv(5)[4:] == b'O'
        except OSError:
            return False


class Lab:
    def __init__(self, signetd=None, signet=None):
        self.signetd_path = signetd or os.environ.get('SIGNETD', 'signetd')
        self.signet_path = signet or os.environ.get('SIGNET', 'signet')
        for program in (self.signetd_path, self.signet_path):
            if not shutil.which(program):
                raise LabError('%s is not there: build it first' % program)
        self.dir = tempfile.mkdtemp(prefix='signet-lab-')
        os.chmod(self.dir, 0o711)       # Postfix and signetd pass through
        self.nameserver = None
        self._stops = []
        self._daemons = []
        self._mtas = []
        OPEN.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        """Stop all in reverse order; the first trouble is told at the end.
        The daemons stop side by side: each takes its time."""
        trouble = None
        for mta in self._mtas:
            mta.hang_up()
        for daemon in self._daemons:
            daemon.terminate()
        while self._stops:
            try:
                self._stops.pop()()
            except (OSError, LabError, subprocess.SubprocessError) as e:
                trouble = trouble or e
        shutil.rmtree(self.dir, ignore_errors=True)
        if self in OPEN:
            OPEN.remove(self)
        if trouble:
            raise trouble

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, text, mode=0o644, owner=None):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        os.chmod(path, mode)
        if owner and os.geteuid() == 0:
            shutil.chown(path, owner)
        return path

    def dns(self, zone_text):
        server = DnsServer(zone_text).start()
        self._stops.append(server.stop)
        self.nameserver = '127.0.0.1@%d' % server.port
        return server

    def signet(self, *args, stdin=None, check=True):
        """Run the command; its output as bytes, or the finished process."""
        done = subprocess.run([self.signet_path, *args], input=stdin,
                              capture_output=True, timeout=60, check=False)
        if check and done.returncode != 0:
            raise LabError('signet %s: exit %d: %s' % (
                ' '.join(args), done.returncode, done.stderr.decode()))
        return done.stdout if check else done

    def genkey(self, domain, selector, *args):
        """A key made by `signet genkey`: its file, and zone text for it."""
        where = self.path('keys', domain)
        os.makedirs(where, mode=0o755, exist_ok=True)
        self.signet('genkey', '-d', domain, '-s', selector, '-D', where, *args)
        key = os.path.join(where, selector + '.private')
        if os.geteuid() == 0:
            shutil.chown(key, MAIL_USER)
        with open(os.path.join(where, selector + '.txt'),
                  encoding='utf-8') as f:
            return key, '$ORIGIN %s.\n%s$ORIGIN .\n' % (domain, f.read())

    def sign(self, message, domain, selector, key, *args):
        return self.signet('sign', '--domain', domain, '--selector', selector,
                           '--key', key, *args, '-', stdin=message)

    def signetd(self, config='', **kwargs):
        daemon = Signetd(self, config, **kwargs)
        self._daemons.append(daemon)
        self._stops.append(daemon.stop)
        daemon.start()
        return daemon

    def postfix(self, name, hostname, domains, **kwargs):
        mta = Postfix(self, name, hostname, domains, **kwargs)
        self._mtas.append(mta)
        self._stops.append(mta.stop)
        mta.start()
        return mta

    def at_close(self, function):
        self._stops.append(function)


# -------------------------------------------------------------------- signetd

SANITIZER = re.compile(r'runtime error:|ERROR: \w+Sanitizer|WARNING: Thread')


class Signetd:
    """One signetd in the foreground, its log in a file.

    `socket` is what Postfix writes to reach it, `address` what connect()
    takes.  The lines of `config` come after those that the lab needs, and
    replace them where they set the same option.
    """

    count = 0

    def __init__(self, lab, config='', kind='inet', postfix_host='127.0.0.1',
                 args=(), user=True):
        Signetd.count += 1
        self.lab = lab
        self.name = 'signetd%d' % Signetd.count
        self.args = args
        self.pass_fds = ()
        self.process = None
        self.stopped = False
        if kind == 'unix':
            where = lab.path(self.name)
            os.makedirs(where, mode=0o755)
            if os.geteuid() == 0:
                shutil.chown(where, MAIL_USER)
            self.address = os.path.join(where, 'milter.sock')
            self.socket = 'unix:' + self.address
            listen = 'local:' + self.address
        else:
            port = free_port()
            self.address = ('127.0.0.1', port)
            self.socket = 'inet:%s:%d' % (postfix_host, port)
            listen = 'inet:%d@127.0.0.1' % port
        self.base = 'Socket %s\nSyslog no\nLogWhy yes\n' % listen
        if lab.nameserver:
            self.base += 'Nameservers %s\n' % lab.nameserver
        if user and os.geteuid() == 0:
            self.base += 'UserID %s:postfix\nUMask 007\n' % MAIL_USER
        self.config_path = lab.path(self.name + '.conf')
        self.log_path = lab.path(self.name + '.log')
        self.configure(config)

    def configure(self, config):
        """Write the configuration file; returns the number of its line at
        which `config` begins."""
        names = {line.split()[0] for line in config.splitlines() if line}
        base = [line for line in self.base.splitlines(True)
                if line.split()[0] not in names]
        with open(self.config_path, 'w', encoding='utf-8') as f:
            f.write(''.join(base) + config)
        os.chmod(self.config_path, 0o644)
        return len(base) + 1

    def command(self):
        return [self.lab.signetd_path, '-f', '-x', self.config_path,
                *self.args]

    def start(self):
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(self.command(), stdout=log,
                                            stderr=log,
                                            stdin=subprocess.DEVNULL,
                                            pass_fds=self.pass_fds)

        def ready():
            if self.process.poll() is not None:
                self.stopped = True
                raise LabError('signetd ended with %d:\n%s'
                               % (self.process.returncode, self.log()))
            return answers(self.address)
        wait_until(ready, READY_SECONDS, 'signetd')

    def log(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as f:
            return f.read()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=STOP_SECONDS):
        """Its exit status."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise LabError('signetd did not stop within %g s' % seconds)

    def terminate(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self):
        """Stop it; it must go quietly."""
        if self.stopped or self.process is None:
            return
        self.stopped = True
        self.terminate()
        status = self.wait()
        log = self.log()
        if status != 0 or SANITIZER.search(log):
            raise LabError('signetd ended with %d:\n%s' % (status, log[-4000:]))


# -------------------------------------------------------------------- Postfix

MASTER_CF = '''
postlog   unix-dgram n - n - 1 postlogd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
'''

MAIN_CF = '''
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/maillog
maillog_file_prefixes = {dir}
myhostname = {hostname}
myorigin = {hostname}
mydestination =
mynetworks = 127.0.0.0/8 [::1]/128
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
default_transport = error:no mail leaves this lab
transport_maps = {transport}
notify_classes =
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_sasl_auth_enable = yes
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated reject_unauth_destination
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
default_process_limit = 260
milter_default_action = tempfail
milter_protocol = {protocol}
smtpd_milters = {milter}
non_smtpd_milters = {milter}
'''


class Postfix:
    """One Postfix with a configuration, queue and mailbox of its own.

    Mail for `domains` goes to one Maildir, mail for the domains in `transport`
    ({domain: (host, port)}) on by SMTP, all else bounces.  `listeners` adds
    smtpd services: {name: {parameter: value}}; 'smtp' is always there.
    """

    def __init__(self, lab, name, hostname, domains, milter='', protocol=6,
                 transport=None, listeners=None, main=''):
        if os.geteuid() != 0:
            raise LabError('Postfix needs root: run as root')
        if shutil.which('postfix', path='/usr/sbin:/sbin') is None:
            raise LabError('Postfix is not installed')
        self.lab = lab
        self.hostname = hostname
        self.dir = lab.path(name)
        self.process = None
        self.ports = {}
        self._connections = []
        self._seen = {}
        self._write(domains, milter, protocol, transport or {},
                    listeners or {}, main)

    def _write(self, domains, milter, protocol, transport, listeners, main):
        user = pwd.getpwnam(MAIL_USER)
        for part in ('', 'etc', 'queue', 'mail', 'data'):
            os.makedirs(os.path.join(self.dir, part), mode=0o755)
        shutil.chown(os.path.join(self.dir, 'mail'), user.pw_uid, user.pw_gid)
        shutil.chown(os.path.join(self.dir, 'data'), 'postfix')
        routes = ', '.join('{ %s = smtp:[%s]:%d }' % (domain, host, port)
                           for domain, (host, port) in transport.items())
        if routes:
            routes = 'inline:{ %s }' % routes
        self._etc('main.cf', MAIN_CF.format(
            dir=self.dir, hostname=self.hostname, domains=' '.join(domains),
            uid=user.pw_uid, gid=user.pw_gid, protocol=protocol,
            milter=milter, transport=routes) + main)
        lines = [MASTER_CF]
        for name, parameters in {'smtp': {}, **listeners}.items():
            self.ports[name] = free_port()
            lines.append('127.0.0.1:%d inet n - n - - smtpd\n'
                         % self.ports[name])
            lines += ['  -o { %s = %s }\n' % item
                      for item in parameters.items()]
        self._etc('master.cf', ''.join(lines))

    def _etc(self, name, text):
        with open(os.path.join(self.dir, 'etc', name), 'w',
                  encoding='utf-8') as f:
            f.write(text)

    @property
    def etc(self):
        return os.path.join(self.dir, 'etc')

    def start(self):
        self.process = subprocess.Popen(
            ['/usr/sbin/postfix', '-c', self.etc, 'start-fg'],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)

        def ready():
            if self.process.poll() is not None:
                raise LabError('Postfix did not start:\n%s%s' % (
                    self.process.stderr.read().decode(), self.log()))
            return all(accepts(('127.0.0.1', p)) for p in self.ports.values())
        wait_until(ready, READY_SECONDS, 'Postfix')

    def hang_up(self):
        while self._connections:
            self._connections.pop().close()

    def stop(self):
        self.hang_up()
        if self.process is None:
            return
        if self.process.poll() is None:
            self._kill(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill(signal.SIGKILL)
            self.process.wait()
        self.process.stderr.close()

    def _kill(self, number):
        """master leads a group with all its children in it."""
        try:
            with open(os.path.join(self.dir, 'queue', 'pid', 'master.pid'),
                      encoding='ascii') as f:
                os.killpg(int(f.read()), number)
        except (OSError, ValueError):
            self.process.send_signal(number)

    def log(self):
        try:
            with open(os.path.join(self.dir, 'maillog'), encoding='utf-8',
                      errors='replace') as f:
                return f.read()
        except OSError:
            return ''

    def connect(self, listener='smtp', **who):
        try:
            connection = Smtp(self.ports[listener], **who)
        except smtplib.SMTPServerDisconnected as why:
            raise LabError('Postfix: %s\n%s' % (why, self.log()[-2000:])) \
                from why
        self._connections.append(connection)
        return connection

    def sendmail(self, sender, message, *args):
        """Hand a message to `sendmail -t`, as a local program would."""
        done = subprocess.run(['/usr/sbin/sendmail', '-C', self.etc, '-i',
                               '-f', sender, '-t', *args], input=message,
                              capture_output=True, timeout=60, check=False)
        if done.returncode != 0:
            raise LabError('sendmail: ' + done.stderr.decode())

    def delivered(self, recipient, seconds=DELIVERY_SECONDS):
        """The message that was delivered to this address, once it is there.
        An address is meant to be used for one message."""
        return wait_until(lambda: self._find(recipient), seconds,
                          'delivery to ' + recipient)

    def _find(self, recipient):
        new = os.path.join(self.dir, 'mail', 'box', 'new')
        for name in os.listdir(new) if os.path.isdir(new) else []:
            if name not in self._seen:
                with open(os.path.join(new, name), 'rb') as f:
                    self._seen[name] = Delivered(f.read())
        for message in self._seen.values():
            if message.recipient == recipient:
                return message
        return None


# ----------------------------------------------------------------------- SMTP

class Reply:
    """What the server said, and at which point: 'connect', 'mail', 'rcpt',
    'data' (before the message) or 'end' (after it)."""

    def __init__(self, stage, code, text):
        self.stage = stage
        self.code = code
        self.text = text.decode(errors='replace').replace('\n', ' ')

    def __str__(self):
        return '%d %s' % (self.code, self.text)

    @property
    def ok(self):
        return self.code // 100 == 2


class Smtp:
    """A client that is who it says, by Postfix's XCLIENT.

    `login` makes it a user who has authenticated.  Without `addr` it is a
    client on 127.0.0.1.
    """

    def __init__(self, port, addr=None, name=None, helo=None, login=None):
        self.smtp = smtplib.SMTP(timeout=60,
                                 local_hostname=helo or name or 'localhost')
        self.smtp.connect('127.0.0.1', port)
        self.smtp.ehlo_or_helo_if_needed()
        attributes = []
        if addr:
            attributes += ['ADDR=' + ('IPV6:' + addr if ':' in addr else addr),
                           'NAME=' + (name or '[UNAVAILABLE]'),
                           'REVERSE_NAME=' + (name or '[UNAVAILABLE]')]
        if login:
            attributes.append('LOGIN=' + login)
        if attributes:
            code, text = self.smtp.docmd('XCLIENT', ' '.join(attributes))
            if code != 220:
                raise LabError('XCLIENT: %d %s' % (code, text))
            self.smtp.ehlo()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        try:
            self.smtp.quit()
        except (smtplib.SMTPException, OSError):
            self.smtp.close()

    def send(self, sender, recipients, message):
        """One message as it is, with CRLF line ends; the deciding reply."""
        smtp = self.smtp
        code, text = smtp.mail(sender)
        if code != 250:
            return self._refused('mail', code, text)
        for recipient in recipients:
            code, text = smtp.rcpt(recipient)
            if code // 100 != 2:
                return self._refused('rcpt', code, text)
        code, text = smtp.data(message)
        return Reply('end', code, text)

    def _refused(self, stage, code, text):
        if code != 421:
            self.smtp.rset()
        return Reply(stage, code, text)


# ------------------------------------------------------------------ delivered

ADDED_AT_DELIVERY = ('return-path', 'x-original-to', 'delivered-to')


def unfold(value):
    return re.sub(r'\r?\n(?=[ \t])', '', value)


def parse_fields(raw):
    """[(name, value as it stands after the colon)], and the body."""
    head, _, body = raw.partition(b'\n\n')
    fields = []
    for line in head.decode('latin-1').split('\n'):
        if line[:1] in (' ', '\t') and fields:
            fields[-1][1] += '\n' + line
        else:
            name, _, value = line.partition(':')
            fields.append([name, value])
    return [(name, value) for name, value in fields], body


class Delivered:
    """A message as it lies in the mailbox (LF line ends)."""

    def __init__(self, raw):
        fields, self.body = parse_fields(raw)
        self.recipient = dict((n.lower(), v.strip())
                              for n, v in fields).get('x-original-to')
        self.fields = [(n, v) for n, v in fields
                       if n.lower() not in ADDED_AT_DELIVERY]
        self.raw = ''.join('%s:%s\n' % f for f in self.fields) \
            .encode('latin-1') + b'\n' + self.body

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name.lower()]

    def show(self, names):
        """The fields of these names, as they stand."""
        wanted = [n.lower() for n in names]
        return '\n'.join('%s:%s' % f for f in self.fields
                         if f[0].lower() in wanted)

    def results(self, authserv):
        """What our own Authentication-Results says: [AuthResult]."""
        for value in self.all('Authentication-Results'):
            ident, results = parse_auth_results(value)
            if ident == authserv:
                return results
        return []


class AuthResult:
    def __init__(self, method, result, reason, properties):
        self.method = method
        self.result = result
        self.reason = reason
        self.properties = properties

    def __repr__(self):
        return '%s=%s %r' % (self.method, self.result, self.properties)


PAIR = re.compile(r'([\w.-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]+)')


def clauses(text):
    """What stands between the semicolons, comments left out; a quoted string
    hides both, a comment hides quotes."""
    parts, depth, quoted = [''], 0, False
    for piece in re.findall(r'\\.|.', text, re.S):
        if piece == '"' and depth == 0:
            quoted = not quoted
        if not quoted and piece in '()':
            depth += 1 if piece == '(' else -1
            parts[-1] += ' '
        elif piece == ';' and depth == 0 and not quoted:
            parts.append('')
        elif depth == 0:
            parts[-1] += piece
    return [p.strip() for p in parts]


def parse_auth_results(value):
    """(authserv-id, [AuthResult]) of one field, comments left out."""
    parts = clauses(unfold(value))
    results = []
    for part in parts[1:]:
        pairs = [(k, v.strip('"')) for k, v in PAIR.findall(part)]
        if pairs:
            method, result = pairs[0]
            properties = dict(pairs[1:])
            reason = properties.pop('reason', None)
            results.append(AuthResult(method.lower(), result.lower(), reason,
                                      properties))
    return (parts[0].split() or [''])[0].lower(), results
