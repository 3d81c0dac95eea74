"""Show the main job to a person: each message, and what became of it.

Run by `quickstart`: show.py SIGNETD SIGNET
"""

import sys
import textwrap

from lab import Interrupted, Lab, LabError, close_all, leave_on_signals
from scenarios import SHOWN, Sites

RULE = '-' * 72


def indent(text):
    return textwrap.indent(text.strip('\n'), '    ')


def heading(text):
    print('\n%s\n%s\n%s' % (RULE, text, RULE), flush=True)


def sender_line(scenario):
    who = scenario.who
    if scenario.by == 'sendmail':
        return 'handed to sendmail -t by a program on this host'
    return 'from %s%s%s, MAIL FROM:<%s>' % (
        who.get('addr', '127.0.0.1'),
        ' (%s)' % who['name'] if 'name' in who else '',
        ', logged in as %s' % who['login'] if 'login' in who else '',
        scenario.sender)


def show(number, scenario, sites):
    """Send one message and print what happened; was it as it should be?"""
    heading('%d. %s' % (number, scenario.title))
    print(sender_line(scenario))
    if scenario.brings:
        print('\nSent with these fields on top:\n' + indent(
            scenario.brings.replace('\r\n', '\n')))
    reply, delivered = sites.run(scenario)
    if reply is not None:
        print('\nReply:\n' + indent(str(reply)))
    if delivered is not None:
        where = sites.far if scenario.to == 'far.example' else sites.home
        print('\nDelivered on %s with this header:' % where.hostname)
        print(indent(''.join('%s:%s\n' % f for f in delivered.fields)))
        if scenario.by == 'sendmail':
            print('\nsignet verify says of it:')
            print(indent(sites.verify(delivered)))
    wrong = sites.differences(scenario, reply, delivered)
    for sentence in wrong:
        print('NOT AS IT SHOULD BE: ' + sentence)
    return not wrong


def introduce(sites):
    heading('The DNS of this lab, served on %s' % sites.lab.nameserver)
    print(indent(sites.world.zone_text))
    heading('signetd on %s: its configuration' % sites.daemon.socket)
    with open(sites.daemon.config_path, encoding='utf-8') as f:
        print(indent(f.read()))
    heading('Postfix as %s: what joins it to signetd' % sites.home.hostname)
    print(indent('smtpd_milters = %s\nnon_smtpd_milters = %s'
                 % (sites.daemon.socket, sites.daemon.socket)))


def main(signetd, signet):
    with Lab(signetd, signet) as lab:
        sites = Sites(lab)
        introduce(sites)
        good = sum([show(n, s, sites) for n, s in enumerate(SHOWN, 1)])
        heading('What signetd logged')
        print(indent(sites.daemon.log()))
    print('\n%d of %d messages as they should be.' % (good, len(SHOWN)))
    return 0 if good == len(SHOWN) else 1


if __name__ == '__main__':
    leave_on_signals()
    try:
        sys.exit(main(*sys.argv[1:3]))
    except LabError as e:
        sys.exit('quickstart: %s' % e)
    except KeyboardInterrupt:
        sys.exit('quickstart: stopped')
    finally:
        close_all()
