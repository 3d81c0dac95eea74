# shellcheck shell=bash disable=SC2034,SC2086 # used by others; lists of words
# Debian packages for quickstart and runtests: which are missing, and how they
# are put in place without starting a service or removing a package.
# To be sourced by bash; needs dpkg and apt-get.

BUILD_PACKAGES="gcc make autoconf automake libtool pkg-config libc6-dev
	libssl-dev libldns-dev libunbound-dev libidn2-dev libpsl-dev
	libopendmarc-dev libjansson-dev libsystemd-dev"
MAIL_PACKAGES="postfix libsasl2-modules python3"
TEST_PACKAGES="check libmilter-dev opendkim-tools libopendkim11
	libmail-dkim-perl python3-dkim libmail-spf-perl python3-spf
	python3-nacl python3-yaml openssl knot valgrind"

POLICY=/usr/sbin/policy-rc.d	# asked before a package starts a service
INSTALLED=			# what install_packages has put in place

# Those of the packages named that are not installed.
missing_packages() {
	local name
	for name; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" \
			2>/dev/null)" = installed ] || echo "$name"
	done
}

installed_now() {
	dpkg-query -W -f '${Package} ${db:Status-Status}\n' |
		sed -n 's/ installed$//p' | sort -u
}

# Stop where apt would have to remove a package to make room.
refuse_removals() {
	local plan gone
	plan=$(apt-get -s -y --no-install-recommends install "$@") || {
		echo "$0: apt-get cannot install: $*" >&2
		return 1
	}
	gone=$(sed -n 's/^Remv \([^ ]*\).*/\1/p' <<<"$plan")
	[ -z "$gone" ] && return 0
	echo "$0: stopped: to install $* apt would remove:" $gone >&2
	echo "Nothing was changed.  Use a machine or a container where these" \
		"are not needed." >&2
	return 1
}

# Install with services held down.  Runs in a subshell of its own, so that the
# policy file goes again however it ends.
install_quietly() (
	if [ -e "$POLICY" ]; then
		"$POLICY" postfix start >/dev/null 2>&1
		[ $? -eq 101 ] || {
			echo "$0: stopped: $POLICY is there and lets services" \
				"start; install these first: $*" >&2
			exit 1
		}
	else
		trap 'rm -f "$POLICY"' EXIT
		trap 'exit 130' INT TERM HUP
		printf '#!/bin/sh\nexit 101\n' >"$POLICY"
		chmod 755 "$POLICY"
	fi
	export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
	if [[ " $* " == *" postfix "* ]]; then
		# No main.cf: the unit then stays down at the next boot as well.
		echo "postfix postfix/main_mailer_type select No configuration" |
			debconf-set-selections || exit 1
	fi
	apt-get -y -q --no-install-recommends install "$@" </dev/null || {
		echo "$0: apt-get could not install: $*" >&2
		exit 1
	}
)

# What apt had to say is shown only when it failed.
install_with_log() {
	local log status
	log=$(mktemp) || return 1
	install_quietly "$@" >"$log" 2>&1
	status=$?
	[ $status -eq 0 ] || tail -n 30 "$log" >&2
	rm -f "$log"
	return $status
}

# Put in place what is missing of the packages named; false, with a message,
# where that cannot be.  INSTALLED then lists all that came with them.
install_packages() {
	local missing before
	command -v dpkg-query apt-get >/dev/null || {
		echo "$0: this is no Debian; install what these are there:" \
			"$*" >&2
		return 1
	}
	missing=$(missing_packages "$@")
	[ -z "$missing" ] && return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "$0: these packages are missing, and only root can install" \
			"them:" >&2
		echo "    apt-get install --no-install-recommends" $missing >&2
		return 1
	fi
	echo "Installing:" $missing
	before=$(installed_now)
	apt-get -q update >/dev/null || true
	refuse_removals $missing || return 1
	install_with_log $missing || return 1
	INSTALLED=$(comm -13 <(echo "$before") <(installed_now) | xargs)
}
