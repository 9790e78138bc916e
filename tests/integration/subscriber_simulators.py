"""Firewalls and other subscribers as they behave, product by product: how each asks, what it makes of the bytes, and what it does when
something goes wrong. One class a product. poll() is one turn of its own schedule; `listed` is what it blocks then.

What each does is taken from its documentation and, where it is open, its source. Nothing here is kinder than the product: a list is
replaced by what a 200 brings, whatever that is, unless the product itself looks closer."""

import base64
import contextlib
import gzip
import hashlib
import http.client
import io
import ipaddress
import itertools
import json
import re
import ssl
import tarfile

ANY = "any"  # what Windows makes of a rule without addresses
ADDRESS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:]+)(?:/\d+)?(?![\w.:])")


class Failed(Exception):
    """The poll got nothing that the product can use. `status` is that of the answer, 0 if there was none."""

    def __init__(self, why, status=0, is_tls=False):
        super().__init__(why)
        self.status, self.is_tls = status, is_tls


class Unreadable(AssertionError):
    """An answer of status 200 that the product rejects, or misreads: what a feed must never be."""


def networks(text):
    """A bare address, a network or a range, as a list of networks."""
    first, dash, last = text.partition("-")
    if dash:
        return list(ipaddress.summarize_address_range(ipaddress.ip_address(first), ipaddress.ip_address(last)))
    return [ipaddress.ip_network(text)]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("ascii")


class Server:
    """Where a simulator fetches: `port` may be a proxy's, `tls` the authority that it trusts (None: plain HTTP)."""

    def __init__(self, address, port, tls=None):
        self.address, self.port, self.tls = address, port, tls

    def connect(self, source, verifies, patience):
        if not self.tls:
            return http.client.HTTPConnection(self.address, self.port, patience, (source, 0))
        context = ssl.create_default_context(cafile=self.tls)
        if not verifies:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(self.address, self.port, timeout=patience, source_address=(source, 0), context=context)


class Subscriber:
    """What most do: one GET a turn, all of the body, and the list is replaced; on any error it stays."""

    FORMAT = "txt"
    FAMILIES = (4, 6)
    AGENT = None  # None: it sends none
    SHOWS = "basic"  # how it shows its token: basic, bearer, key
    VERIFIES = True  # the server's certificate
    PATIENCE = 5

    def __init__(self, server, source, feed, secret=None):
        self.server, self.source, self.feed, self.secret = server, source, feed, secret
        self.listed = frozenset()
        self.failure = None  # of the last turn

    @property
    def name(self):
        return type(self).__name__

    def path(self, behind=""):
        return f"/feed/{self.feed}.{self.FORMAT}{behind}"

    def credentials(self):
        if not self.secret:
            return {}
        if self.SHOWS == "basic":
            return {"Authorization": "Basic " + base64.b64encode(f"fw:{self.secret}".encode()).decode()}
        return {"Authorization": "Bearer " + self.secret} if self.SHOWS == "bearer" else {"X-Api-Key": self.secret}

    def connection(self, method, path, headers):
        connection = self.server.connect(self.source, self.VERIFIES, self.PATIENCE)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for field, value in {**({"User-Agent": self.AGENT} if self.AGENT else {}), **self.credentials(), **headers}.items():
            connection.putheader(field, value)
        connection.endheaders()
        return connection

    def body(self, answer):
        """All of it: http.client counts the bytes, as do curl and the others."""
        return answer.read()

    @contextlib.contextmanager
    def connected(self, method, path, headers):
        """A connection on which that was asked; what goes wrong with it is a poll that failed."""
        connection = None
        try:
            connection = self.connection(method, path, headers)
            yield connection
        except ssl.SSLError as error:
            raise Failed(str(error), is_tls=True) from error
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"{type(error).__name__}: {error}") from error
        finally:
            if connection:
                connection.close()

    def ask(self, path=None, method="GET", headers=None):
        """Whatever the answer is; Failed if there is none."""
        with self.connected(method, path or self.path(), headers or {}) as connection:
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, self.body(answer))

    def fetch(self, path=None, method="GET", headers=None, well=(200,)):
        """An answer of such a status."""
        answer = self.ask(path, method, headers)
        if answer.status not in well:
            raise Failed(f"{answer.status} {answer.body[:200]!r}", answer.status)
        return answer

    def poll(self):
        try:
            self.failure = None
            self.turn()
        except Failed as failure:
            self.failure = failure
            self.failed(failure)
        return self.listed

    def turn(self):
        self.replace(self.read(self.fetch().text))

    def failed(self, failure):
        """It keeps what it has."""

    def replace(self, found):
        self.listed = frozenset(found)

    def read(self, text):
        return [network for line in text.splitlines() for network in self.line(line)]

    def line(self, line):
        """One entry a line and nothing else: what cannot be read is an error that the product would show, or worse."""
        try:
            found = networks(line)
        except ValueError as error:
            raise Unreadable(f"{self.name}: {line!r}: {error}") from error
        if {network.version for network in found} - set(self.FAMILIES):
            raise Unreadable(f"{self.name} has no such addresses: {line!r}")
        return found


class Conditional(Subscriber):
    """With the tag of before, as curl --etag-compare sends it. What a 304 says is checked by whoever has the list beside it."""

    tag = modified = None
    not_modified = 0

    def turn(self):
        headers = {"If-None-Match": self.tag} if self.tag else {}
        if self.modified:
            headers["If-Modified-Since"] = self.modified
        answer = self.fetch(headers=headers, well=(200, 304))
        if answer.status == 304:
            if answer.headers["ETag"] != self.tag or answer.body:
                raise Unreadable(f"{self.name}: 304 with {answer.headers['ETag']} for {self.tag}")
            self.not_modified += 1
            return
        self.replace(self.read(answer.text))
        self.tag, self.modified = answer.headers["ETag"], answer.headers["Last-Modified"]


class PanOs(Conditional):
    """External dynamic list. It verifies the server, and stops enforcing when it is refused or the certificate is bad."""

    FORMAT = "panos"
    AGENT = "PAN-OS"

    def line(self, line):
        return super().line(line.partition(" ")[0])

    def failed(self, failure):
        if failure.is_tls or failure.status in (401, 403):
            self.replace(())
            self.tag = self.modified = None


class FortiGate(Conditional):
    """Threat feed. It keeps an .etag file beside the list, and does not verify the server unless it is told to."""

    FORMAT = "fortigate"
    AGENT = "FortiGate"
    VERIFIES = False


class CiscoSi(Subscriber):
    """Security Intelligence: the MD5 file first, the list if that is another; the list must be of that MD5. One address that it
    recognizes anywhere in an answer replaces the whole list, none keeps it. Several minutes lie between its turns, which the server
    may count on (a sidecar is that of the body that a client has for a minute); here each turn asks by an URL of its own instead."""

    FORMAT = "cisco"
    VERIFIES = False
    md5, number = None, 0
    TURNS = itertools.count(1)

    def path(self, behind=""):
        return super().path(behind) + f"?turn={self.number}"

    def turn(self):
        self.number = next(self.TURNS)
        sum_now = self.fetch(self.path(".md5")).text
        if not re.fullmatch(r"[0-9a-f]{32}\n", sum_now):
            raise Unreadable(f"Cisco: no MD5: {sum_now!r}")
        if sum_now == self.md5:
            return
        body = self.fetch().body
        if hashlib.md5(body).hexdigest() != sum_now.strip():
            raise Unreadable("Cisco: the list is of another MD5 than its file says")
        lines = [line for line in body.decode("ascii").splitlines() if not line.startswith("#")]
        found = [network for line in lines for word in ADDRESS.findall(line) for network in networks(word)]
        if not found:
            raise Failed("no address is recognized", 200)
        self.replace(found)
        self.md5 = sum_now


class CheckPointNetworkFeed(Subscriber):
    """A flat list, the first column of each line."""

    FORMAT = "checkpoint"
    SHOWS = "key"


class CheckPointCsv(Subscriber):
    """Indicators: each record with as many fields as the others, each name once."""

    FORMAT = "checkpoint.csv"
    FAMILIES = (4,)

    def read(self, text):
        records = [line.split(",") for line in text.splitlines() if not line.startswith("#")]
        if len({len(record) for record in records}) > 1 or len({record[0] for record in records}) != len(records):
            raise Unreadable("Check Point: fields are missing, or a name comes twice: " + text[:200])
        if {record[2] for record in records} - {"IP"}:
            raise Unreadable("Check Point: a type that is not IP")
        return [network for record in records for network in self.line(record[1])]


class PfSense(Subscriber):
    """URL table: fetched when its file is older than a period. After a failure it touches that file, and so waits another one. What
    is not an address is dropped without a word, and so are ranges; a body of no bytes is passed over."""

    FORMAT = "pfsense"
    AGENT = "pfSense"
    VERIFIES = False
    touched = None  # hours of its own clock
    now = 0
    PERIOD = 24

    def poll(self):
        self.now += self.PERIOD
        return self.cron()

    def cron(self):
        """What runs each hour."""
        if self.touched is None or self.now - self.touched >= self.PERIOD:
            super().poll()
        return self.listed

    def turn(self):
        try:
            text = re.sub(r"<[^>]*>?", "", self.fetch().text)
        finally:
            self.touched = self.now
        found = []
        for line in text.splitlines():
            entry = re.sub(r"[;#].*", "", line).partition(" ")[0]
            try:
                found.append(ipaddress.ip_network(entry))
            except ValueError:
                continue
        if text:
            self.replace(found)


class OpnSense(Subscriber):
    """Alias of type URL Table. Any word that is no address is taken for a host name, and asked for by DNS."""

    FORMAT = "opnsense"
    AGENT = "OPNsense"
    SHOWS = "bearer"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.asked_dns = []

    def turn(self):
        answer = self.fetch(headers={"Accept-Encoding": "gzip, deflate", "Accept": "*/*"})
        body = gzip.decompress(answer.body) if answer.headers["Content-Encoding"] == "gzip" else answer.body
        self.replace(self.read(body.decode()))

    def line(self, line):
        word = re.split(r"[\s,;|#]+", line)[0]
        if not word or word.startswith("//"):
            return []
        try:
            return networks(word)
        except ValueError:
            self.asked_dns.append(word)
            return []


class OpnSenseJson(OpnSense):
    """The same as URL Table in JSON format, of the path .entries[].cidr."""

    FORMAT = "json"

    def read(self, text):
        try:
            return [network for entry in json.loads(text)["entries"] for network in self.line(entry["cidr"])]
        except ValueError as error:
            raise Unreadable(f"OPNsense: {error}") from error


class JuniperSrx(Subscriber):
    """Feed server with a bundle: asks by HEAD, and fetches when the headers are others. After so many turns without success
    (hold-interval of 43200 s, every 300 s) it lets its entries go. It sends no User-Agent."""

    FORMAT = "srx.tgz"
    HOLDS = 144
    COMPARED = ("Last-Modified", "Content-Length", "ETag")
    seen, failures, fetched = None, 0, 0

    def turn(self):
        if self.seen:
            head = self.fetch(method="HEAD")
            if self.headers_of(head) == self.seen:
                self.failures = 0
                return
        answer = self.fetch()
        try:
            with tarfile.open(fileobj=io.BytesIO(answer.body), mode="r:gz") as bundle:
                texts = [bundle.extractfile(f"sinkfeed/{self.feed}{family}").read().decode("ascii") for family in (4, 6)]
        except (tarfile.TarError, KeyError) as error:
            raise Unreadable(f"SRX: {error}") from error
        self.replace(self.read("".join(texts)))
        self.seen, self.failures, self.fetched = self.headers_of(answer), 0, self.fetched + 1

    def headers_of(self, answer):
        if None in (found := [answer.headers[field] for field in self.COMPARED]):
            raise Unreadable(f"SRX: one of {self.COMPARED} is missing")
        return found

    def failed(self, failure):
        self.failures += 1
        if self.failures > self.HOLDS:
            self.replace(())


class Sophos(Subscriber):
    """Third-party threat feed: single IPv4 addresses, nothing else."""

    FORMAT = "sophos"
    FAMILIES = (4,)

    def line(self, line):
        if "/" in line or "-" in line:
            raise Unreadable(f"Sophos reads single addresses: {line!r}")
        return super().line(line)


class SonicWall(Subscriber):
    """Dynamic address group: addresses and networks of IPv4."""

    FORMAT = "sonicwall"
    FAMILIES = (4,)

    def line(self, line):
        if "-" in line:
            raise Unreadable(f"SonicWall reads no ranges: {line!r}")
        return super().line(line)


class VyOs(Subscriber):
    """Remote group: HEAD, and if that is well, GET, whose status and length it does not look at: what comes overwrites the file that
    the list is read from, and if it does not end in time, that file is empty. Words that are no address are passed over."""

    FORMAT = "vyos"
    AGENT = "VyOS/1.5"

    def body(self, answer):
        try:
            return answer.read(1 << 16)  # of a body that broke off, what there is
        except TimeoutError:
            return b""

    def turn(self):
        self.fetch(method="HEAD")
        self.saved = self.ask(headers={"Accept-Encoding": "identity"}).body.decode("ascii")
        self.replace(self.read(self.saved))

    def line(self, line):
        try:
            return networks(line.strip().partition(" ")[0])
        except ValueError:
            return []


class MikroTik(Subscriber):
    """/tool/fetch, then /import: the script is run line by line. An address that is in a list already ends the import, unless the
    line catches that."""

    FORMAT = "rsc"
    ADD = re.compile(r'(:do \{)?add list="([\w-]+)" address=([0-9a-f.:/]+)(\} on-error=\{\})?$')
    COUNT = re.compile(r':if \(\[:len \[(/\w+)/firewall/address-list/find where list="([\w-]+)"\]\] = (\d+)\) do=\{$')

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.lists, self.rules = {"/ip": {}, "/ipv6": {}}, {}

    def turn(self):
        self.run(self.fetch().text)

    def run(self, script):
        menu, is_so = None, None
        for line in script.splitlines():
            if line in ("/ip/firewall/address-list", "/ipv6/firewall/address-list"):
                menu = line.partition("/firewall")[0]
            elif add := self.ADD.match(line):
                here = self.lists[menu].setdefault(add[2], set())
                network = ipaddress.ip_network(add[3])
                if {"/ip": 4, "/ipv6": 6}[menu] != network.version:
                    raise Unreadable(f"RouterOS: {line!r} in {menu}")
                if network in here and not (add[1] and add[4]):
                    break
                here.add(network)
            elif count := self.COUNT.match(line):
                menu, name, is_so = count[1], count[2], len(self.lists[count[1]].get(count[2], ())) == int(count[3])
            elif line == "} else={":
                is_so = None  # it only logs
            elif is_so and "/filter/set " in line:
                self.rules[menu] = re.search(r'dst-address-list="([\w-]+)"', line)[1]
            elif is_so and "/address-list/remove " in line:
                self.lists[menu] = {name: self.lists[menu].get(name, set())}
        self.replace(network for menu, name in self.rules.items() for network in self.lists[menu].get(name, ()))


class Windows(Subscriber):
    """The script, run: half of it is a syntax error and does nothing. A rule without addresses would block everything."""

    FORMAT = "ps1"
    AGENT = "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1"

    def read(self, text):
        if text.count("{") != text.count("}") or text.count("(") != text.count(")") or not text.endswith("}\n"):
            raise Unreadable("PowerShell: a syntax error")
        values = re.search(r"\$addresses = @\(\n(.*?)  \)\n", text, re.S)[1]
        found = [network for word in re.findall(r'"([^"]*)"', values) for network in self.line(word)]
        return found or [ANY]


class Nftables(Conditional):
    """curl and nft -f: one transaction, all or nothing."""

    FORMAT = "nft"
    AGENT = "curl/7.88.1"

    def read(self, text):
        sets = {}
        for name, elements in re.findall(r"(?:flush set|add element) inet sinkfeed (v[46]_\w+)(?: \{([^}]*)\})?", text):
            if not elements:
                sets[name] = []
            else:
                sets[name] += [network for one in elements.split(",") for network in self.line(one.strip())]
        if len(sets) != 2:
            raise Unreadable("nft: not two sets: " + text[:200])
        return [network for elements in sets.values() for network in elements]


class Ipset(Conditional):
    """curl and ipset restore: line by line, what is filled is swapped in at the end."""

    FORMAT = "ipset"
    AGENT = "curl/7.88.1"

    def read(self, text):
        sets = {}
        for words in map(str.split, text.splitlines()):
            if words[0] in ("create", "flush"):
                sets[words[1]] = [] if words[0] == "flush" else sets.get(words[1], [])
            elif words[0] == "add":
                sets[words[1]] += self.line(words[2])
            elif words[0] == "swap":
                sets[words[1]], sets[words[2]] = sets[words[2]], sets[words[1]]
            elif words[0] == "destroy":
                del sets[words[1]]
        return [network for elements in sets.values() for network in elements]


class Squid(Conditional):
    """curl to a new file, which takes the place of the old one, and a reload. Full-line comments are passed over."""

    FORMAT = "squid"
    AGENT = "curl/7.88.1"

    def line(self, line):
        return [] if not line or line.startswith("#") else super().line(line)


class HaProxy(Squid):
    FORMAT = "haproxy"


class CrowdSec(Subscriber):
    """A bouncer at the local API: everything at first, then what is new and what has left."""

    AGENT = "crowdsec-firewall-bouncer/v0.0.31"
    SHOWS = "key"
    started = False

    def turn(self):
        told = json.loads(self.fetch(f"/feed/{self.feed}.crowdsec/v1/decisions/stream?startup={str(not self.started).lower()}").text)
        new, deleted = ({network for one in told[key] or () for network in self.line(one["value"])} for key in ("new", "deleted"))
        self.replace((self.listed - deleted) | new)
        self.started = True


class Taxii(Subscriber):
    """A TAXII 2.1 client: pages of what was added after what it has; the last version of an indicator counts."""

    AGENT = "taxii2-client"
    SHOWS = "bearer"
    PATTERN = re.compile(r"\[ipv[46]-addr:value = '([0-9a-f.:/]+)'\]")
    after = None

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.versions = {}

    def turn(self):
        query, versions, after = f"?added_after={self.after}" if self.after else "?", dict(self.versions), self.after
        following = ""
        while True:
            answer = self.fetch(f"/taxii2/feeds/collections/{self.feed}/objects/{query}&limit=10{following}",
                                headers={"Accept": "application/taxii+json;version=2.1"})
            page = json.loads(answer.text)
            for one in page.get("objects", ()):
                if one["type"] == "indicator" and one["modified"] >= versions.get(one["id"], one)["modified"]:
                    versions[one["id"]] = one
            after = answer.headers["X-TAXII-Date-Added-Last"] or after
            if not page["more"]:
                break
            following = f"&next={page['next']}"
        self.versions, self.after = versions, after
        self.replace(network for one in versions.values() if not one.get("revoked")
                     for network in self.line(self.PATTERN.fullmatch(one["pattern"])[1]))


class EventFollower(Subscriber):
    """A program that follows .events. Here each turn is a connection: it resumes, and leaves when it is told what is current."""

    AGENT = "follower"
    PATIENCE = 2
    has = None

    def events(self):
        with self.connected("GET", f"/feed/{self.feed}.events", {"Last-Event-ID": self.has} if self.has else {}) as connection:
            answer = connection.getresponse()
            if answer.status != 200:
                raise Failed(f"{answer.status}", answer.status)
            event = {}
            while line := answer.readline():
                if not line.endswith(b"\n"):
                    break  # half a line
                field, _, value = line.decode("ascii").rstrip("\n").partition(": ")
                if field:
                    event.setdefault(field, []).append(value)
                elif event:
                    yield {key: "\n".join(values) for key, values in event.items()}
                    event = {}
            raise Failed("the stream ended before it said what is current")

    @staticmethod
    def digest(listed):
        lines = [str(one.network_address) if one.prefixlen == one.max_prefixlen else str(one)
                 for one in sorted(listed, key=lambda one: (one.version, one))]
        return hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()

    def turn(self):
        listed = self.listed
        for event in self.events():
            told = [json.loads(line) for line in event.get("data", "").splitlines()]
            if event.get("event") == "delta":
                for one in told[1:-1]:
                    change = set(networks(one.get("add") or one["remove"]))
                    listed = listed | change if "add" in one else listed - change
            if event.get("event") != "edition":
                continue
            if self.digest(listed) != told[0]["full_sha256"]:
                listed = frozenset(self.read(self.fetch().text))
            if self.digest(listed) == told[0]["full_sha256"]:
                self.has = event["id"]
            self.replace(listed)
            return


PRODUCTS = (PanOs, FortiGate, CiscoSi, CheckPointNetworkFeed, CheckPointCsv, PfSense, OpnSense, OpnSenseJson, JuniperSrx, Sophos,
            SonicWall, VyOs, MikroTik, Windows, Nftables, Ipset, Squid, HaProxy, CrowdSec, Taxii, EventFollower)
