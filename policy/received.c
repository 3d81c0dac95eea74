#include "config.h"
#include "policy/received.h"

#include "message/ip.h"

/* The next word of *rest; a comment in parentheses is one word, nested. */
static bool
next_word(struct span *rest, struct span *word)
{
	size_t len = 0, depth = 0;

	*rest = span_trim(*rest);
	for (; len < rest->len; len++) {
		unsigned char c = (unsigned char)rest->p[len];

		if (c == '(')
			depth++;
		else if (c == ')' && depth > 0 && --depth == 0) {
			len++;
			break;
		} else if (depth == 0 && ascii_isfws(c))
			break;
	}
	*word = span_head(*rest, len);
	*rest = span_skip(*rest, len);
	return word->len > 0;
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" somewhere in `s`. */
static bool
bracketed_ip(struct span s, struct in6_addr *out)
{
	size_t open = span_find(s, '['), close;
	struct span in;

	if (open == s.len)
		return false;
	in = span_skip(s, open + 1);
	close = span_find(in, ']');
	if (close == in.len)
		return false;
	in = span_head(in, close);
	if (span_starts_nocase(in, "IPv6:"))
		in = span_skip(in, 5);
	return ip_parse(in, out);
}

/* Exim's "helo=NAME" within a comment. */
static struct span
exim_helo(struct span comment)
{
	struct span rest = comment, word;

	if (rest.len > 1 && rest.p[0] == '(')
		rest = (struct span){ rest.p + 1, rest.len - 2 };
	while (next_word(&rest, &word))
		if (span_starts_nocase(word, "helo="))
			return span_skip(word, 5);
	return (struct span){ NULL, 0 };
}

bool
received_parse(struct span value, struct received_client *out)
{
	struct span rest = value, word, helo;
	bool found = false;

	if (!next_word(&rest, &word) || !span_is_nocase(word, "from") ||
	    !next_word(&rest, &out->helo))
		return false;
	if (out->helo.p[0] == '[')
		found = bracketed_ip(out->helo, &out->ip);
	while (next_word(&rest, &word) && word.p[0] == '(') {
		helo = exim_helo(word);
		if (helo.len > 0)
			out->helo = helo;
		if (!found)
			found = bracketed_ip(word, &out->ip);
	}
	return found;
}
