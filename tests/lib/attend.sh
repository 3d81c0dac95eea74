# shellcheck shell=bash
# Running a long child so that stopping us stops it first.  For bash.

# attended COMMAND...: its exit status.  SIGINT, SIGTERM and SIGHUP are handed
# on, the child is waited for, and then we leave.
attended() {
	local child status signal=
	"$@" &
	child=$!
	trap 'signal=yes; kill -TERM "$child" 2>/dev/null' INT TERM HUP
	wait "$child"
	status=$?
	while kill -0 "$child" 2>/dev/null; do
		wait "$child"
		status=$?
	done
	trap - INT TERM HUP
	[ -z "$signal" ] || exit "$status"
	return "$status"
}
