/*
 * What a recorder does, whichever implementation of the milter protocol tells
 * it the events: it writes each as a line to standard output, and answers as
 * the event itself asks for. There are two doors: recorder_wire.c on wire/,
 * recorder_libmilter.c on libmilter. tests/suites/wire-differential says the
 * same to both.
 *
 * usage: recorder SOCKET ACTIONS STEPS [STAGE=MACROS...]: a unix socket; what
 * it wants, as hexadecimal numbers; the macros it wants by number of stage.
 *
 * A line is a word, the arguments, "|", and "name=value" of the macros it
 * looks for. What is not printable is "%" and two digits.
 *
 * The answer to an argument (for the end of the message: to the field X-End)
 * is CONTINUE unless it has one of "+reject", "+tempfail", "+discard", "+550",
 * "+450" (with words), "+980" (with as many as fit), "+misfit" (TEMPFAIL, with
 * words of a 550). At the end the fields X-Insert, X-Delete and X-Quarantine
 * are carried out; X-Early tries an edit at once.
 */
#ifndef SIGNET_TESTS_WIRE_RECORDER_H
#define SIGNET_TESTS_WIRE_RECORDER_H

#include "base/span.h"
#include "wire/milter.h"

struct door;

/* What the command line wants. */
struct wanted {
	const char	*socket;
	struct milter_terms terms;
	const char	*macros[MILTER_STAGES];	/* NULL: does not ask */
};

/* A connection as the recorder sees it. */
struct record {
	const struct door *door;
	void		*ctx;		/* the door's, of this connection */
	const struct wanted *wanted;
	unsigned	 n;
	struct {
		struct span	 name, value;	/* a copy, owned */
	}		 edit[16];	/* fields X-..., until the end */
};

/* What the recorder asks of its door. */
struct door {
	struct span	(*macro)(void *ctx, const char *name);
	void		(*refuse)(void *ctx, unsigned code,
			    const char *enhanced, const char *text);
	bool		(*insert)(void *ctx, uint32_t index, struct span name,
			    struct span value);
	bool		(*delete)(void *ctx, uint32_t nth, struct span name);
	bool		(*quarantine)(void *ctx, struct span reason);
};

/* False, with a message, where the command line is none. */
bool	 record_usage(struct wanted *w, int argc, char **argv);

/* NULL without memory. */
struct record	*record_new(const struct door *door, void *ctx,
		    const struct wanted *w);
void		 record_free(struct record *r);

/*
 * An event with one argument, or none (p NULL); `no_reply` is the step that
 * would spare it its reply: where that is wanted it is CONTINUE.
 */
enum milter_answer record_event(struct record *r, const char *word,
    struct span argument, uint32_t no_reply);
enum milter_answer record_connect(struct record *r, struct span name,
    struct span ip);
enum milter_answer record_header(struct record *r, struct span name,
    struct span value);
enum milter_answer record_end(struct record *r);

/* Nothing but a line; the message is forgotten. */
void	 record_abort(struct record *r);
void	 record_close(struct record *r);

#endif
