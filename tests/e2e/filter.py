"""A content filter as Postfix knows them: takes mail by SMTP, marks it, and
injects it again by SMTP (the after-queue filter of FILTER_README)."""

import smtplib
import socketserver
import threading


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b'\r\n')

    def handle(self):
        sender, recipients = '', []
        self.say('220 filter')
        for line in self.rfile:
            verb = line[:4].upper()
            if verb in (b'EHLO', b'HELO'):
                self.say('250 filter')
            elif verb == b'MAIL':
                sender, recipients = address(line), []
                self.say('250 ok')
            elif verb == b'RCPT':
                recipients.append(address(line))
                self.say('250 ok')
            elif verb == b'DATA':
                self.say('354 go on')
                self.say(self.server.hand_on(sender, recipients, self.data()))
            elif verb == b'QUIT':
                self.say('221 bye')
                return
            else:
                self.say('250 ok')

    def data(self):
        lines = []
        for line in self.rfile:
            if line == b'.\r\n':
                break
            lines.append(line[1:] if line.startswith(b'.') else line)
        return b''.join(lines)


def address(line):
    return line.decode().partition('<')[2].partition('>')[0]


class Filter(socketserver.ThreadingTCPServer):
    """Listens on `port`; injects into 127.0.0.1:`target`, which is set
    before the first message."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(('127.0.0.1', 0), Session)
        self.port = self.server_address[1]
        self.target = None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()

    def hand_on(self, sender, recipients, message):
        with smtplib.SMTP('127.0.0.1', self.target, 'filter.home.example',
                          timeout=60) as smtp:
            smtp.ehlo()
            smtp.mail(sender)
            for recipient in recipients:
                smtp.rcpt(recipient)
            code, text = smtp.data(b'X-Filtered: yes\r\n' + message)
        return '%d %s' % (code, text.decode().replace('\n', ' '))
