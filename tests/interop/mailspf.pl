#!/usr/bin/perl
# Mail::SPF as a servant: "IP HELO SENDER" lines on standard input, a result
# with its reason a line on standard output.  Argument: the port of a name
# server on 127.0.0.1.
use strict;
use warnings;

use Mail::SPF;
use Net::DNS::Resolver;

$| = 1;
my $server = Mail::SPF::Server->new(
	hostname => 'mx.home.example',
	dns_resolver => Net::DNS::Resolver->new(nameservers => ['127.0.0.1'],
	    port => $ARGV[0], recurse => 1, udp_timeout => 2, retry => 1));
while (my $line = <STDIN>) {
	chomp $line;
	my ($ip, $helo, $sender) = split / /, $line;
	my $result = eval {
		$server->process(Mail::SPF::Request->new(
		    versions => [1], scope => 'mfrom', identity => $sender,
		    ip_address => $ip, helo_identity => $helo));
	};
	my $text = $result ? $result->code . ' ' . ($result->text // '') :
	    "exception $@";
	$text =~ s/\s+/ /g;
	print "$text\n";
}
