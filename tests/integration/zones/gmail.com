$ORIGIN gmail.com.
$TTL 300
@                   SOA   ns admin 1 3600 600 86400 60
@                   NS    ns
@                   A     74.125.10.17
ns                  A     127.0.0.1
_xmpp-client._tcp   SRV   5 0 5222 xmpp.l.google.com.
_xmpp-client._tcp   SRV   20 0 5222 alt1.xmpp.l.google.com.
