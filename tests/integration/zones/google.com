$ORIGIN google.com.
$TTL 300
@                        SOA   ns admin 1 3600 600 86400 60
@                        NS    ns
ns                       A     127.0.0.1
talk                     CNAME talk.l
talk.l                   A     74.125.140.125
talk.l                   A     74.125.141.125
talk.l                   AAAA  2a00:1450:400c:c06::7d
talkx.l                  A     74.125.142.125
xmpp.l                   A     74.125.143.125
alt1.xmpp.l              A     74.125.144.125
_xmpp-client._tcp        SRV   5 0 5222 xmpp.l
_xmpp-client._tcp        SRV   20 0 5222 alt1.xmpp.l
mtalk                    A     74.125.10.188
mail                     A     74.125.10.17
; A switch of the web client on the mail servers' own address: it must stay out of every feed.
chatenabled.mail         A     74.125.10.17
www                      A     74.125.10.100
hosts                    A     74.125.10.101
; What the office needs, on an address of the messenger.
docs                     A     74.125.141.125
short                    2     A     74.125.10.102
text                     TXT   "some text"
; Addresses that no feed may hold, whatever a covered name says.
xmppx.l                  A     10.1.2.3
xmppx.l                  A     127.0.0.1
xmppx.l                  A     192.0.2.1
