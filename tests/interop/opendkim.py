"""OpenDKIM's engine, libopendkim, called in this process.

    lib = OpenDkim({'sel._domainkey.example.com': 'v=DKIM1; ...'}, directory)
    lib.verify(message)     {selector: None, or why it did not pass}
    lib.sign(message, key_pem, domain, selector, 'rsa-sha256', 'relaxed',
             'simple')      the value of a DKIM-Signature field

Messages are as on the wire.  It raises OSError where the library is missing.
"""

import ctypes as c
import os

from messages import fields

LIBRARY = 'libopendkim.so.11'

# dkim.h
STAT_OK = 0
OP_SETOPT, OPT_FLAGS, OPT_QUERYMETHOD, OPT_QUERYINFO, OPT_OVERSIGN = \
    1, 0, 6, 7, 5
QUERY_FILE = 1
FLAG_PASSED, BH_MATCH = 0x04, 0
CANON = {'simple': 0, 'relaxed': 1}
ALGORITHM = {'rsa-sha256': 1, 'ed25519-sha256': 2}


class OpenDkimError(Exception):
    pass


def load():
    lib = c.CDLL(LIBRARY)
    for name, result, *arguments in (
            ('dkim_init', c.c_void_p, c.c_void_p, c.c_void_p),
            ('dkim_close', None, c.c_void_p),
            ('dkim_options', c.c_int, c.c_void_p, c.c_int, c.c_int,
             c.c_void_p, c.c_size_t),
            ('dkim_sign', c.c_void_p, c.c_void_p, c.c_char_p, c.c_void_p,
             c.c_char_p, c.c_char_p, c.c_char_p, c.c_int, c.c_int, c.c_int,
             c.c_long, c.POINTER(c.c_int)),
            ('dkim_verify', c.c_void_p, c.c_void_p, c.c_char_p, c.c_void_p,
             c.POINTER(c.c_int)),
            ('dkim_header', c.c_int, c.c_void_p, c.c_char_p, c.c_size_t),
            ('dkim_eoh', c.c_int, c.c_void_p),
            ('dkim_body', c.c_int, c.c_void_p, c.c_char_p, c.c_size_t),
            ('dkim_eom', c.c_int, c.c_void_p, c.c_void_p),
            ('dkim_getsighdr_d', c.c_int, c.c_void_p, c.c_size_t,
             c.POINTER(c.c_void_p), c.POINTER(c.c_size_t)),
            ('dkim_getsiglist', c.c_int, c.c_void_p,
             c.POINTER(c.POINTER(c.c_void_p)), c.POINTER(c.c_int)),
            ('dkim_sig_process', c.c_int, c.c_void_p, c.c_void_p),
            ('dkim_sig_getflags', c.c_uint, c.c_void_p),
            ('dkim_sig_getbh', c.c_int, c.c_void_p),
            ('dkim_sig_getselector', c.c_char_p, c.c_void_p),
            ('dkim_sig_geterror', c.c_int, c.c_void_p),
            ('dkim_sig_geterrorstr', c.c_char_p, c.c_int),
            ('dkim_getresultstr', c.c_char_p, c.c_int),
            ('dkim_geterror', c.c_char_p, c.c_void_p),
            ('dkim_free', c.c_int, c.c_void_p)):
        function = getattr(lib, name)
        function.restype = result
        function.argtypes = arguments
    return lib


class OpenDkim:
    def __init__(self, records, directory):
        self.lib = load()
        self.handle = self.lib.dkim_init(None, None)
        if not self.handle:
            raise OpenDkimError('dkim_init failed')
        path = os.path.join(directory, 'opendkim.keys')
        with open(path, 'w') as f:
            f.writelines('%s %s\n' % r for r in sorted(records.items()))
        method = c.c_int(QUERY_FILE)
        self._set(OPT_QUERYMETHOD, c.byref(method), c.sizeof(method))
        name = c.create_string_buffer(path.encode())
        self._set(OPT_QUERYINFO, name, len(name) - 1)

    def _set(self, option, data, size):
        status = self.lib.dkim_options(self.handle, OP_SETOPT, option, data,
                                       size)
        if status != STAT_OK:
            raise OpenDkimError('option %d: %s' % (option, self._text(status)))

    def _text(self, status):
        return self.lib.dkim_getresultstr(status).decode()

    def close(self):
        self.lib.dkim_close(self.handle)

    def _feed(self, dkim, message):
        """Header and body; the status that stopped it, or STAT_OK."""
        header, body = fields(message)
        for field in header:
            status = self.lib.dkim_header(dkim, field, len(field))
            if status != STAT_OK:
                return status
        status = self.lib.dkim_eoh(dkim)
        if status == STAT_OK and body:
            status = self.lib.dkim_body(dkim, body, len(body))
        return status

    def _why(self, dkim, status):
        text = self.lib.dkim_geterror(dkim)
        return '%s: %s' % (self._text(status), text.decode('latin-1')
                           if text else '')

    def verify(self, message):
        status = c.c_int()
        dkim = self.lib.dkim_verify(self.handle, b'test', None,
                                    c.byref(status))
        if not dkim:
            raise OpenDkimError(self._text(status.value))
        try:
            stopped = self._feed(dkim, message)
            if stopped != STAT_OK:
                raise OpenDkimError(self._why(dkim, stopped))
            self.lib.dkim_eom(dkim, None)
            return self._results(dkim)
        finally:
            self.lib.dkim_free(dkim)

    def _results(self, dkim):
        signatures, n = c.POINTER(c.c_void_p)(), c.c_int()
        if self.lib.dkim_getsiglist(dkim, c.byref(signatures),
                                    c.byref(n)) != STAT_OK:
            return {}
        results = {}
        for sig in signatures[:n.value]:
            self.lib.dkim_sig_process(dkim, sig)
            selector = self.lib.dkim_sig_getselector(sig).decode()
            results[selector] = self._verdict(sig)
        return results

    def _verdict(self, sig):
        if not self.lib.dkim_sig_getflags(sig) & FLAG_PASSED:
            return self.lib.dkim_sig_geterrorstr(
                self.lib.dkim_sig_geterror(sig)).decode()
        if self.lib.dkim_sig_getbh(sig) != BH_MATCH:
            return 'body hash does not match'
        return None

    def sign(self, message, key, domain, selector, algorithm, header_canon,
             body_canon):
        status = c.c_int()
        dkim = self.lib.dkim_sign(
            self.handle, b'test', None, key, selector.encode(),
            domain.encode(), CANON[header_canon], CANON[body_canon],
            ALGORITHM[algorithm], -1, c.byref(status))
        if not dkim:
            raise OpenDkimError(self._text(status.value))
        try:
            stopped = self._feed(dkim, message)
            if stopped == STAT_OK:
                stopped = self.lib.dkim_eom(dkim, None)
            value, size = c.c_void_p(), c.c_size_t()
            if stopped == STAT_OK:
                stopped = self.lib.dkim_getsighdr_d(
                    dkim, len('DKIM-Signature: '), c.byref(value),
                    c.byref(size))
            if stopped != STAT_OK:
                raise OpenDkimError(self._why(dkim, stopped))
            return c.string_at(value.value, size.value)
        finally:
            self.lib.dkim_free(dkim)
