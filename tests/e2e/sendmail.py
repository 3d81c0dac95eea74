"""One Sendmail with a configuration and queue of its own, beside whatever MTA
the machine has.

It is looked for in $SENDMAIL_ROOT, a directory where Debian's packages
sendmail-bin, sendmail-base, sendmail-cf, libwrap0, libsasl2-2, liblockfile1 and
libnsl2 were unpacked with `dpkg -x`, else where they are installed.  It runs in
a namespace in which the host has a full name, since it would wait for one for a
minute.  What it accepts stays in its queue, where the test reads it.
"""

import glob
import os
import re
import shutil
import smtplib
import subprocess
import unittest

import lab as the_lab

ROOT = os.environ.get('SENDMAIL_ROOT', '')
PROGRAM = ROOT + '/usr/libexec/sendmail/sendmail'
MACROS = ROOT + '/usr/share/sendmail/cf/'
LIBRARIES = [ROOT + '/lib', ROOT + '/usr/lib'] if ROOT else []

CONFIGURATION = '''divert(-1)
define(`_CF_DIR_', `%(macros)s')
include(`%(macros)sm4/cf.m4')
divert(0)dnl
OSTYPE(`linux')
define(`QUEUE_DIR', `%(dir)s/queue')
define(`ALIAS_FILE', `')
define(`STATUS_FILE', `')
define(`HELP_FILE', `')
define(`confPID_FILE', `%(dir)s/pid')
define(`confDOMAIN_NAME', `%(hostname)s')
define(`confDELIVERY_MODE', `queueonly')
define(`confSERVICE_SWITCH_FILE', `%(dir)s/switch')
define(`confDONT_BLAME_SENDMAIL', `GroupWritableDirPathSafe')
define(`confTO_IDENT', `0')
FEATURE(`nocanonify')
FEATURE(`promiscuous_relay')
FEATURE(`accept_unresolvable_domains')
FEATURE(`accept_unqualified_senders')
FEATURE(`no_default_msa')
DAEMON_OPTIONS(`Port=%(port)d, Addr=127.0.0.1, Name=MTA')
INPUT_MAIL_FILTER(`signet', `S=%(milter)s, F=T, T=S:30s;R:60s;E:2m')
MAILER(`smtp')
'''

IN_A_NAMESPACE = '''
hostname %(hostname)s && mount --bind %(dir)s/hosts /etc/hosts &&
exec %(program)s -bD -C %(dir)s/sendmail.cf
'''


def needs_sendmail():
    """Skip where Sendmail is not there or cannot be put up."""
    for what in (PROGRAM, MACROS):
        if not os.path.exists(what):
            raise unittest.SkipTest('Sendmail is not there (SENDMAIL_ROOT)')
    for program in ('m4', 'unshare'):
        if not shutil.which(program):
            raise unittest.SkipTest('Sendmail needs ' + program)
    if os.geteuid() != 0 or subprocess.run(
            ['unshare', '-u', '-m', 'true'], capture_output=True,
            check=False).returncode != 0:
        raise unittest.SkipTest('Sendmail needs root and a namespace')


class Queued:
    """A message as it lies in the queue."""

    def __init__(self, path):
        self.quarantined = None
        self.fields = []
        with open(path, encoding='latin-1') as f:
            lines = f.read().split('\n')
        for line in lines:
            if line[:1] in (' ', '\t') and self.fields:
                self.fields[-1][1] += '\n' + line
            elif line.startswith('H'):
                name, _, value = re.sub(r'^H(\?[^?]*\?)?', '',
                                        line).partition(':')
                self.fields.append([name, value])
            elif line.startswith('q'):
                self.quarantined = line[1:]

    def all(self, name):
        return [v for n, v in self.fields
                if n.strip().lower() == name.lower()]


class Sendmail:
    def __init__(self, lab, milter, hostname='mx.home.example'):
        self.dir = lab.path('sendmail')
        self.port = the_lab.free_port()
        os.makedirs(self.dir + '/queue', mode=0o700)
        values = {'macros': MACROS, 'dir': self.dir, 'hostname': hostname,
                  'port': self.port, 'milter': milter, 'program': self.copy()}
        for name, text in (('switch', 'hosts files\n'),
                           ('hosts', '127.0.0.1 localhost %s\n' % hostname)):
            lab.write('sendmail/' + name, text)
        done = subprocess.run(['m4'], input=CONFIGURATION % values, text=True,
                              capture_output=True, check=True, timeout=60)
        lab.write('sendmail/sendmail.cf', done.stdout)
        lab.at_close(self.stop)
        with open(self.dir + '/log', 'wb') as log:
            self.process = subprocess.Popen(
                ['unshare', '-u', '-m', 'sh', '-c', IN_A_NAMESPACE % values],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env=dict(os.environ, LD_LIBRARY_PATH=':'.join(
                    d for where in LIBRARIES
                    for d in glob.glob(where + '/*-linux-gnu*'))))
        the_lab.wait_until(lambda: the_lab.accepts(('127.0.0.1', self.port)),
                           30, 'Sendmail')

    def copy(self):
        """The program without its set-group-id bit, with which it would not
        find its libraries."""
        where = self.dir + '/program'
        shutil.copyfile(PROGRAM, where)
        os.chmod(where, 0o755)
        return where

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def send(self, sender, recipient, message):
        """The reply to the message, and the message in the queue or None."""
        with smtplib.SMTP('127.0.0.1', self.port, 'client.example',
                          timeout=60) as smtp:
            smtp.ehlo()
            smtp.mail(sender)
            smtp.rcpt(recipient)
            code, text = smtp.data(message)
        reply = '%d %s' % (code, text.decode())
        if code != 250:
            return reply, None
        queue_id = reply.split()[2]
        for kind in 'qh':
            path = '%s/queue/%sf%s' % (self.dir, kind, queue_id)
            if os.path.exists(path):
                return reply, Queued(path)
        return reply, None
