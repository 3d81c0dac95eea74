/* The option table as text: for programs, and for the manual page. */
#ifndef SIGNET_TOOLS_OPTION_PAGE_H
#define SIGNET_TOOLS_OPTION_PAGE_H

/*
 * A line an option, fields separated by tabs: name, type, what becomes of it
 * (honoured, no-effect, not-yet, obsolete), default ("-": none), origin, help.
 */
void	option_page_table(void);

/* The lists of options for signet.conf(5), in mdoc. */
void	option_page_man(void);

#endif
