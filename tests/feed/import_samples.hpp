// What the programs write whose lists are imported, as they write it.
#pragma once

#include <string>
#include <string_view>

namespace sinkfeed::test {

inline constexpr std::string_view kNetstat = R"(
Active Connections

  Proto  Local Address          Foreign Address        State           PID
  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       948
  TCP    10.0.0.7:139           0.0.0.0:0              LISTENING       4
  TCP    10.0.0.7:49712         74.125.140.125:5222    ESTABLISHED     1234
  TCP    10.0.0.7:49713         74.125.133.125:5222    CLOSE_WAIT      1234
  TCP    10.0.0.7:49714         142.250.74.206:443     ESTABLISHED     4711
  TCP    10.0.0.7:49720         216.239.37.125:443     SYN_SENT        1234
  TCP    10.0.0.7:49721         10.0.0.5:443           ESTABLISHED     1234
  TCP    10.0.0.7:49722         74.125.1.1:5228        ESTABLISHED     1234
  TCP    10.0.0.7:49723         74.125.1.2:5222        TIME_WAIT       0
  TCP    127.0.0.1:49724        127.0.0.1:5222         ESTABLISHED     1234
  TCP    [::]:135               [::]:0                 LISTENING       948
  TCP    [2001:4860:1::7]:49725 [2a00:1450:400c:c06::7d]:5222 ESTABLISHED 1234
  TCP    [fe80::1%4]:49726      [fe80::2%4]:5222       ESTABLISHED     1234
  UDP    0.0.0.0:123            *:*                                    1024
  UDP    [fe80::1%4]:1900       *:*                                    1234
)";

inline constexpr std::string_view kGermanNetstatWithNames = R"(
Aktive Verbindungen

  Proto  Lokale Adresse         Remoteadresse          Status           PID
  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN         948
  RpcSs
 [svchost.exe]
  TCP    10.0.0.7:49712         74.125.140.125:5222    HERGESTELLT     1234
 [googletalk.exe]
  TCP    10.0.0.7:49713         142.250.74.206:443     SCHLIESSEN_WARTEN 4711
 [chrome.exe]
  TCP    10.0.0.7:49714         142.250.74.207:443     HERGESTELLT     4
 Es konnten keine Besitzerinformationen abgerufen werden.
  UDP    0.0.0.0:123            *:*                                    1024
  W32Time
 [svchost.exe]
)";

inline constexpr std::string_view kFrenchNetstat =
    "\r\nConnexions actives\r\n\r\n"
    "  Proto  Adresse locale         Adresse distante       \xC9tat\r\n"  // a code page, not UTF-8
    "  TCP\t10.0.0.7:49712\t74.125.140.125:5222\tESTABLISHED\t1234\r\n";

inline constexpr std::string_view kRussianNetstat = R"(
Активные подключения

  Имя    Локальный адрес        Внешний адрес          Состояние       PID
  TCP    10.0.0.7:49712         74.125.140.125:5222    ESTABLISHED     1234
)";

inline constexpr std::string_view kJapaneseNetstat = R"(
アクティブな接続

  プロトコル  ローカル アドレス          外部アドレス        状態           PID
  TCP         10.0.0.7:49712         74.125.140.125:5222    ESTABLISHED     1234
)";

inline constexpr std::string_view kTasklist = R"(
Image Name                     PID Session Name        Session#    Mem Usage
========================= ======== ================ =========== ============
System Idle Process              0 Services                   0          8 K
System                           4 Services                   0      2,112 K
googletalk.exe                1234 Console                    1     14,884 K
a program 2 of mine.exe       2345 Console                    1      1,024 K
AVeryLongProgramNameIndee     3456 Console                    1      1,024 K
)";

inline constexpr std::string_view kGermanTasklistCsv =
    "\"Abbildname\",\"PID\",\"Sitzungsname\",\"Sitz.-Nr.\",\"Speichernutzung\"\r\n"
    "\"System Idle Process\",\"0\",\"Services\",\"0\",\"8 K\"\r\n"
    "\"googletalk.exe\",\"1234\",\"Console\",\"1\",\"14.884 K\"\r\n";

inline constexpr std::string_view kFrenchTasklistList =
    "\r\nNom de l\xE2\x80\x99image:               System Idle Process\r\nPID:                        0\r\n"
    "Nom de la session:          Services\r\n\r\n"
    "Nom de l\xE2\x80\x99image:               googletalk.exe\r\nPID:                        1234\r\n"
    "Nom de la session:          Console\r\n";

inline constexpr std::string_view kPowerShell =
    "#TYPE Microsoft.Management.Infrastructure.CimInstance#root/standardcimv2/MSFT_NetTCPConnection\r\n"
    "\"State\",\"AppliedSetting\",\"OwningProcess\",\"Caption\",\"LocalAddress\",\"LocalPort\",\"RemoteAddress\","
    "\"RemotePort\"\r\n"
    "\"Listen\",,\"948\",,\"::\",\"135\",\"::\",\"0\"\r\n"
    "\"Bound\",,\"1234\",,\"0.0.0.0\",\"49712\",\"0.0.0.0\",\"0\"\r\n"
    "\"Established\",\"Internet\",\"1234\",,\"10.0.0.7\",\"49712\",\"74.125.140.125\",\"5222\"\r\n"
    "\"SynReceived\",,\"4\",,\"10.0.0.7\",\"445\",\"74.125.1.1\",\"5222\"\r\n"
    "\"Established\",\"Internet\",\"1234\",,\"fe80::1%4\",\"49713\",\"2a00:1450:400c:c06::7d\",\"5222\"\r\n";

inline constexpr std::string_view kPowerShellSelected =
    "\"RemoteAddress\";\"RemotePort\";\"OwningProcess\"\n"
    "\"74.125.140.125\";\"5222\";\"1234\"\n";

inline constexpr std::string_view kSocketStatistics =
    R"(State      Recv-Q Send-Q Local Address:Port        Peer Address:Port Process
ESTAB      0      0           10.0.0.7:51234    74.125.140.125:5222  users:(("pidgin",pid=1234,fd=12),("helper",pid=1235,fd=12))
SYN-SENT   0      1           10.0.0.7:51235    74.125.133.125:5222  users:(("pidgin",pid=1234,fd=13))
TIME-WAIT  0      0           10.0.0.7:51236    142.250.74.206:443
ESTAB      0      0      [::ffff:10.0.0.7]:51237 [::ffff:74.125.1.1]:5222 users:(("java",pid=77,fd=3)) timer:(keepalive,30sec,0)
ESTAB      0      0      [fe80::1]%eth0:51238 [fe80::2]%eth0:5222
)";

inline constexpr std::string_view kLinuxNetstat =
    R"(Active Internet connections (w/o servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        0      0 10.0.0.7:51234          74.125.140.125:5222     ESTABLISHED 1234/pidgin
tcp        0      0 10.0.0.7:22             10.0.0.9:50112          ESTABLISHED 812/sshd: alice [pr
tcp        0      0 10.0.0.7:51236          142.250.74.206:443      TIME_WAIT   -
tcp6       0      0 ::1:631                 ::1:40000               ESTABLISHED 900/cupsd
tcp6       0      0 2001:4860:1::7:51238    2a00:1450::7d:5222      ESTABLISHED 1234/pidgin
tcp6       0      0 2001:4860:1:::51239     2a00:1450:4001:81::5222 ESTABLISHED 1234/pidgin
)";

inline constexpr std::string_view kConntrack =
    "tcp      6 431999 ESTABLISHED src=10.0.0.7 dst=74.125.140.125 sport=51234 dport=5222 src=74.125.140.125 "
    "dst=62.1.2.3 sport=5222 dport=51234 [ASSURED] mark=0 use=1\n"
    "tcp      6 118 SYN_SENT src=10.0.0.8 dst=74.125.133.125 sport=51235 dport=5222 [UNREPLIED] src=74.125.133.125 "
    "dst=62.1.2.3 sport=5222 dport=51235 mark=0 use=1\n"
    "ipv4     2 tcp      6 59 SYN_RECV src=10.0.0.8 dst=74.125.1.3 sport=51236 dport=5222 src=74.125.1.3 dst=62.1.2.3 "
    "sport=5222 dport=51236 use=1\n"
    "udp      17 29 src=10.0.0.7 dst=10.0.0.1 sport=5353 dport=53 src=10.0.0.1 dst=10.0.0.7 sport=53 dport=5353 use=1\n"
    "icmp     1 29 src=10.0.0.7 dst=10.0.0.1 type=8 code=0 id=1 src=10.0.0.1 dst=10.0.0.7 type=0 code=0 id=1 use=1\n"
    "conntrack v1.4.7 (conntrack-tools): 5 flow entries have been shown.\n";

// As PowerShell 5 redirects what a program writes.
inline std::string utf16(std::string_view text, bool is_big_endian = false) {
  std::string bytes = is_big_endian ? "\xfe\xff" : "\xff\xfe";
  for (const char c : text) {
    if (is_big_endian) bytes += '\0';
    bytes += c;
    if (!is_big_endian) bytes += '\0';
  }
  return bytes;
}

}  // namespace sinkfeed::test
