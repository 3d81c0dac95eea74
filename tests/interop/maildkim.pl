#!/usr/bin/perl
# Mail::DKIM as a servant: requests on standard input, answers on standard
# output.  Argument: the port of a name server on 127.0.0.1.
#
#   verify SIZE\n MESSAGE     -> "N\n", then N lines "SELECTOR RESULT DETAIL"
#   sign SIZE SELECTOR DOMAIN CANON KEYFILE\n MESSAGE
#                             -> "1\n", then "SIZE\n" and a field without CRLF;
#                                or "0 why\n"
use strict;
use warnings;

use Mail::DKIM::DNS;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS::Resolver;

sub read_message {
	my $size = shift;
	my $message = '';
	while (length($message) < $size) {
		read(STDIN, $message, $size - length($message),
		    length($message)) or die "input ended\n";
	}
	return $message;
}

sub one_line {
	my $text = shift // '';
	$text =~ s/[\r\n]+/ /g;
	return $text;
}

sub verify {
	my $dkim = Mail::DKIM::Verifier->new();
	$dkim->PRINT(shift);
	$dkim->CLOSE;
	my @signatures = $dkim->signatures;
	print scalar(@signatures), "\n";
	for my $s (@signatures) {
		print one_line(join(' ', $s->selector // '-', $s->result,
		    $s->result_detail)), "\n";
	}
}

sub sign {
	my ($message, $selector, $domain, $canon, $file) = @_;
	my $dkim = Mail::DKIM::Signer->new(
		Algorithm => 'rsa-sha256', Method => $canon,
		Domain => $domain, Selector => $selector, KeyFile => $file);
	$dkim->PRINT($message);
	$dkim->CLOSE;
	my $field = $dkim->signature->as_string;
	print "1\n", length($field), "\n", $field;
}

binmode STDIN;
binmode STDOUT;
$| = 1;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(
	nameservers => ['127.0.0.1'], port => $ARGV[0], recurse => 1,
	defnames => 0, dnsrch => 0, udppacketsize => 1232));
while (defined(my $line = <STDIN>)) {
	my ($verb, $size, @rest) = split ' ', $line;
	my $message = read_message($size);
	if ($verb eq 'verify') {
		verify($message);
	} else {
		eval { sign($message, @rest); 1 }
		    or print '0 ', one_line($@), "\n";
	}
}
