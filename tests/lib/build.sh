# shellcheck shell=bash disable=SC2154 # $top comes from outside
# Building for quickstart and runtests.  To be sourced by bash; $top is the
# root of the source tree.

# The places a build is made in that are there already.
build_places() {
	[ -x "$top/configure" ] && [ -d "$top/build" ] || echo "$top"
	find "$top/build" -maxdepth 1 -type d 2>/dev/null
}

# May we build here?  Else one line that says where not, and false.
may_build() {
	local place
	while read -r place; do
		[ ! -w "$place" ] || continue
		echo "$0: $(id -un) may not write in $place (it belongs to" \
			"$(stat -c %U "$place")), where the build is made:" \
			"run this as its owner, or in a copy of your own" >&2
		return 1
	done < <(build_places)
}

# Make the configure script where it is not there or out of date.
prepare_source() {
	local newer
	newer=$(find "$top/configure.ac" "$top/Makefile.am" "$top/m4" \
		"$top"/*/local.mk -newer "$top/configure" 2>/dev/null | head -n 1)
	[ -x "$top/configure" ] && [ -z "$newer" ] && return 0
	(cd "$top" && autoreconf -i)
}

# build_in DIRECTORY LOG MAKE-TARGET CONFIGURE-ARGUMENT...: quiet when all is
# well; else the end of the log.
build_in() {
	local directory=$1 log=$2 target=$3
	shift 3
	mkdir -p "$directory"
	(
		prepare_source &&
			cd "$directory" &&
			{ configured "$@" || "$top/configure" -q "$@"; } &&
			echo "$*" >.configured &&
			make -s -j"$(nproc)" "$target"
	) >"$log" 2>&1 && return 0
	tail -n 30 "$log" >&2
	echo "$0: the build failed; all of it is in $log" >&2
	return 1
}

# Was this directory configured with the same arguments?  Make sees to
# everything else that may have changed.
configured() {
	[ -f Makefile ] && [ "$(cat .configured 2>/dev/null)" = "$*" ]
}
