/* Options that name a list: of hosts, of names, of header fields. */
#ifndef SIGNET_CONFIG_LISTS_H
#define SIGNET_CONFIG_LISTS_H

#include "config/dataset.h"
#include "config/option.h"
#include "policy/override.h"
#include "policy/settings.h"

/*
 * Load the data set that option `id` names; its rows live in `a`, and
 * dataset_free must be called. NULL when that cannot be: reported.
 */
struct dataset	*list_dataset(struct arena *a,
		    const struct option_values *vals, enum option_id id,
		    bool fold, struct report *report);

/*
 * A list of hosts, the caller's to free; NULL where the option is not set, and
 * after an error, which is reported. In a refile *.example.com stands for
 * .example.com, a star alone for every host, and 192.0.* for the network;
 * other patterns are errors.
 */
struct hostlist	*list_hosts(struct arena *a, const struct option_values *vals,
		    enum option_id id, struct report *report);

/*
 * OverrideTable, the caller's to free; NULL where it is not set, and after an
 * error, which is reported.
 */
struct override_table *list_overrides(struct arena *a,
		    const struct option_values *vals, struct report *report);

/* The names of a data set, in `a`. Empty where it is not set. */
struct name_list list_names(struct arena *a, const struct option_values *vals,
		    enum option_id id, struct report *report);

/* The row of a name or address, in lower case, as list_set looks it up. */
size_t		 list_find(const struct dataset *d, struct span name);

/*
 * A set of addresses or domains: what is looked up is there itself, or an
 * address by its domain, or a domain by ".parent" of any of its parents, or by
 * "*". In a refile by its patterns alone. Empty where the option is not set,
 * and after an error, which is reported. The caller frees *rows_out.
 */
struct name_set	 list_set(struct arena *a, const struct option_values *vals,
		    enum option_id id, struct report *report,
		    struct dataset **rows_out);

/*
 * SenderLogin: does `login` own `address` (in lower case its rows say so)?
 * For sign_rules.login_owns; `logins` is a struct dataset.
 */
bool		 list_login_owns(struct arena *a, const void *logins,
		    struct span address, struct span login);

/* MacroList, in `a`. */
struct macro_list list_macros(struct arena *a,
		    const struct option_values *vals, struct report *report);

/*
 * Names of header fields: "*" stands for `standard`, "+X" adds, "-X" takes
 * away, "." names none.
 */
struct name_list list_fields(struct arena *a,
		    const struct option_values *vals, enum option_id id,
		    struct name_list standard, struct report *report);

#endif
