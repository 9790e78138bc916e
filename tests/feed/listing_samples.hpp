// What firewalls print of their sets, as they print it. Each lists 192.0.2.1, 198.51.100.0/28 and 203.0.113.4 to
// 203.0.113.9, and those that can 2001:db8::1 too.
#pragma once

#include <string_view>

namespace sinkfeed::test {

inline constexpr std::string_view kNftRuleset = R"(table inet sinkfeed {
	set ports_google_talk {
		type inet_service
		elements = { 80, 443, 5222 }
	}

	set v4_google_talk {
		type ipv4_addr
		flags interval,timeout
		auto-merge
		comment "} elements = { 10.0.0.1 }"
		elements = { 192.0.2.1 timeout 2d expires 1d23h59m comment "a, b # c",
			     198.51.100.0/28, 203.0.113.4-203.0.113.9 counter packets 3 bytes 180 }
	}

	set v6_google_talk {
		type ipv6_addr
		flags interval
		elements = { 2001:db8::1 }
	}

	set pairs {
		type ipv4_addr . inet_service
		flags interval
		elements = { 192.0.2.7 . 5222-5223,
			     192.0.2.8 . 443 }
	}

	chain forward {
		type filter hook forward priority filter; policy accept;
		ip daddr { 10.1.1.1, 10.1.1.2 } tcp dport 22 accept
		ip daddr @v4_google_talk tcp dport @ports_google_talk counter packets 0 bytes 0 reject with tcp reset
	}
}
)";

inline constexpr std::string_view kNftJson =
    R"({"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}},
{"table": {"family": "inet", "name": "sinkfeed", "handle": 1}},
{"set": {"family": "inet", "name": "ports", "table": "sinkfeed", "type": "inet_service", "handle": 2, "elem": [80]}},
{"set": {"family": "inet", "name": "v4_google_talk", "table": "sinkfeed", "type": "ipv4_addr", "handle": 3,
"flags": ["interval"], "elem": [{"elem": {"val": "192.0.2.1", "timeout": 172800, "expires": 172799}},
{"prefix": {"addr": "198.51.100.0", "len": 28}}, {"range": ["203.0.113.4", "203.0.113.9"]}]}},
{"set": {"family": "inet", "name": "v6_google_talk", "table": "sinkfeed", "type": "ipv6_addr", "handle": 4,
"elem": ["2001:db8::1"]}},
{"set": {"family": "inet", "name": "empty", "table": "sinkfeed", "type": "ipv4_addr", "handle": 5}}]})";

inline constexpr std::string_view kIpsetSave =
    R"(create sf4-google-talk hash:net family inet hashsize 1024 maxelem 1048576 bucketsize 12 initval 0x2a
add sf4-google-talk 192.0.2.1 timeout 300
add sf4-google-talk 198.51.100.0/28
add sf4-google-talk 203.0.113.4/30
add sf4-google-talk 203.0.113.8/31
create sf6-google-talk hash:net family inet6 hashsize 1024 maxelem 1048576 bucketsize 12 initval 0x2b
add sf6-google-talk 2001:db8::1
create all list:set size 8
add all sf4-google-talk
create pairs hash:ip,port family inet hashsize 1024 maxelem 65536
add pairs 192.0.2.7,tcp:5222
)";

inline constexpr std::string_view kIpsetList = R"(Name: sf4-google-talk
Type: hash:net
Revision: 7
Header: family inet hashsize 1024 maxelem 1048576 bucketsize 12 initval 0x2a
Size in memory: 1240
References: 1
Number of entries: 4
Members:
198.51.100.0/28
203.0.113.4/30
192.0.2.1
203.0.113.8/31

Name: sf6-google-talk
Type: hash:net
Revision: 7
Header: family inet6 hashsize 1024 maxelem 1048576 bucketsize 12 initval 0x2b
Size in memory: 1240
References: 0
Number of entries: 1
Members:
2001:db8::1

Name: all
Type: list:set
Revision: 3
Header: size 8
Size in memory: 80
References: 0
Number of entries: 1
Members:
sf4-google-talk
)";

inline constexpr std::string_view kPanos = R"(
vsys1/google-talk:
	Next update at        : Thu Nov 26 05:00:00 2026
	Source                : http://192.0.2.53:8053/feed/google-talk.panos
	Referenced            : Yes
	Valid                 : Yes
	Auth-Valid            : Yes

Total valid entries       : 4
Total ignored entries     : 0
Total invalid entries     : 0
Total displayed entries   : 4
Valid ips:
	192.0.2.1
	198.51.100.0/28
	203.0.113.4-203.0.113.9
	2001:db8::1

admin@fw>
)";

inline constexpr std::string_view kFortios = R"(# diagnose firewall dynamic list
List all dynamic addresses:
IP dynamic addresses in VDOM root(vfid: 0):
CMDB name: google-talk
TAG name: google-talk
google-talk: ID(44)
    ADDR(192.0.2.1)
    SUBNET(198.51.100.0/28)
    RANGE(203.0.113.4-203.0.113.9)
    ADDR(2001:db8::1)
Total IP dynamic range blocks: 1.
Total IP dynamic addresses: 3.
)";

inline constexpr std::string_view kFortiosExternal = R"(# diagnose sys external-address-resource list google-talk
IP addresses of google-talk:
  192.0.2.1
  198.51.100.0/28,
  203.0.113.4-203.0.113.9
  2001:db8::1
)";

inline constexpr std::string_view kRouteros = R"([admin@MikroTik] > /ip/firewall/address-list/print
Flags: X - DISABLED; D - DYNAMIC
Columns: LIST, ADDRESS, CREATION-TIME
 #   LIST                                   ADDRESS                  CREATION-TIME
 0   sinkfeed_google-talk_0123456789abcdef  192.0.2.1                2026-11-26 03:50:18
 1 D sinkfeed_google-talk_0123456789abcdef  198.51.100.0/28          2026-11-26 03:50:18
;;; from 10.0.0.1
 2   sinkfeed_google-talk_0123456789abcdef  203.0.113.4-203.0.113.9  2026-11-26 03:50:18
 3   D                                      10.0.0.9                 2026-11-26 03:50:18
)";

inline constexpr std::string_view kRouterosTerse =
    R"(0 list=sinkfeed_google-talk_0123456789abcdef address=192.0.2.1 creation-time=2026-11-26 03:50:18
1 D list=sinkfeed_google-talk_0123456789abcdef address=198.51.100.0/28 timeout=1d dynamic=yes
2 comment=of 10.0.0.1 list=sinkfeed_google-talk_0123456789abcdef address=203.0.113.4-203.0.113.9
)";

inline constexpr std::string_view kRouterosExport = R"(# 2026-11-26 03:50:18 by RouterOS 7.12
/ip firewall address-list
add address=192.0.2.1 list=sinkfeed_google-talk_0123456789abcdef
add address=198.51.100.0/28 list="sinkfeed_google-talk_0123456789abcdef"
add address=203.0.113.4-203.0.113.9 comment=x list=sinkfeed_google-talk_0123456789abcdef
)";

inline constexpr std::string_view kAsa = R"(object-group network sinkfeed-google-talk-01234567 (hitcnt=12)
 description what sinkfeed publishes
 network-object host 192.0.2.1 (hitcnt=3)
 network-object 198.51.100.0 255.255.255.240
 network-object 203.0.113.4 255.255.255.252
 network-object 203.0.113.8 255.255.255.254
 network-object host 2001:db8::1
object-group service ports tcp
 port-object eq 5222
)";

inline constexpr std::string_view kPfctl = R"(   192.0.2.1
	Cleared:     Thu Nov 26 03:50:18 2026
	In/Block:    [ Packets: 0        Bytes: 0        ]
   198.51.100.0/28
   203.0.113.4/30
   203.0.113.8/31
   2001:db8::1
)";

}  // namespace sinkfeed::test
