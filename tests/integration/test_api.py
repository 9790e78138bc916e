"""The API beside its description, feed/openapi.json: every operation is called, rightly and wrongly, and what it answers is validated
against the schema that the description has for that status. A call that is not described, or described and not called, is a failure."""

import base64
import http.client
import json
import unittest
from datetime import datetime
from urllib.parse import urlencode

from jsonschema import Draft202012Validator, FormatChecker

from lab import SOURCE, LabTest, free_port, run, wait_for

API = "/api/v1/"
DESCRIPTION = json.loads((SOURCE / "feed" / "openapi.json").read_text())
COMPONENTS = DESCRIPTION["components"]
OWN, SHARED, STRANGER = "74.125.140.125", "74.125.141.125", "198.41.0.77"
SCOPES = {"observe": {"observe"}, "feed": {"feed"}, "read": {"read", "feed"}, "admin": {"observe", "read", "feed", "admin"}}
# What no pattern says of a parameter: a value that is wrong.
WRONG = {"name": "a..b", "q": "a..b", "subject": "a..b", "type": "nonsense", "rcode": "nonsense", "cursor": "nonsense", "answer": "a..b"}


def resolved(part):
    while "$ref" in part:
        kind, name = part["$ref"].split("/")[2:]
        part = {**COMPONENTS[kind][name], **{key: value for key, value in part.items() if key != "$ref"}}
    return part


def operations():
    """(method, what stands behind /api/v1/) and the operation."""
    return {(method.upper(), path[len(API):]): operation
            for path, item in DESCRIPTION["paths"].items() for method, operation in item.items()}


OPERATIONS = operations()
GETS = {path: operation for (method, path), operation in OPERATIONS.items() if method == "GET"}
POSTS = {path: operation for (method, path), operation in OPERATIONS.items() if method == "POST"}


def parameters(operation):
    return [resolved(parameter) for parameter in operation.get("parameters", [])]


def body_schema(operation):
    return resolved(operation["requestBody"]["content"]["application/json"]["schema"]) if "requestBody" in operation else None


def faults(schema, value):
    """Sentences."""
    validator = Draft202012Validator({**schema, "components": COMPONENTS}, format_checker=FormatChecker())
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(value)]


def wrong_values(parameter):
    schema = resolved(parameter["schema"])
    if parameter["name"] in WRONG:
        return [WRONG[parameter["name"]]]
    if schema.get("type") == "integer":
        beyond = [schema[end] + step for end, step in (("minimum", -1), ("maximum", 1)) if end in schema]
        return ["nonsense", "1.5", *beyond]
    return ["no such thing"]


class Description(unittest.TestCase):
    """What can be said of it without a daemon."""

    def each(self, part, place=""):
        yield place, part
        for key, value in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
            yield from self.each(value, f"{place}/{key}")

    def test_references_lead_somewhere_and_no_component_is_left_over(self):
        used = {part["$ref"] for _, part in self.each(DESCRIPTION) if isinstance(part, dict) and isinstance(part.get("$ref"), str)}
        there = {f"#/components/{kind}/{name}" for kind in ("parameters", "responses", "schemas") for name in COMPONENTS[kind]}
        self.assertEqual(used, there)

    def test_each_operation_has_what_a_reader_looks_for(self):
        names, tags = [operation["operationId"] for operation in OPERATIONS.values()], {tag["name"] for tag in DESCRIPTION["tags"]}
        self.assertEqual(len(set(names)), len(names))
        for (method, path), operation in OPERATIONS.items():
            with self.subTest(f"{method} {path}"):
                self.assertTrue(operation["summary"])
                self.assertTrue(operation["description"].endswith("."))
                self.assertLessEqual(set(operation["tags"]), tags)
                self.assertIn(operation.get("x-scope"), (None, "any", *SCOPES))
                self.assertLessEqual({"200", "400", "401", "403", "503"}, set(operation["responses"]))
                for parameter in parameters(operation):
                    self.assertTrue(parameter["description"].endswith("."), parameter["name"])
                    self.assertEqual(faults(parameter["schema"], parameter["example"]), [], parameter["name"])
                    if "default" in parameter["schema"]:
                        self.assertEqual(faults(parameter["schema"], parameter["schema"]["default"]), [], parameter["name"])
                if body := operation.get("requestBody"):
                    content = body["content"]["application/json"]
                    self.assertEqual(faults(content["schema"], content["example"]), [])

    def test_schemas_are_right_and_objects_are_closed(self):
        for name, schema in COMPONENTS["schemas"].items():
            Draft202012Validator.check_schema(schema)
            for place, part in self.each(schema, name):
                if isinstance(part, dict) and part.get("type") == "object" and name not in ("Counters", "Pool"):
                    self.assertIn("additionalProperties", part, place)
            for example in schema.get("examples", []):
                self.assertEqual(faults(schema, example), [], name)


class Api(LabTest):
    """One daemon with something of everything."""

    def setUp(self):
        self.sinkfeed = self.daemon(listen="0.0.0.0", upstream__servers=[f"127.0.0.1:{self.lab.upstream_port}", f"127.0.0.1:{free_port()}"])
        self.tokens = {}

    # Calls.

    def send(self, method, target, body=None, headers=()):
        """Status, fields, bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.sinkfeed.http_port, timeout=20)
        try:
            connection.request(method, target, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def validate(self, method, path, status, fields, body):
        """That this is an answer that the description knows. What is in it."""
        operation = OPERATIONS[method, path]
        self.assertIn(str(status), operation["responses"], (method, path, body[:500]))
        content = resolved(operation["responses"][str(status)])["content"]
        media_type = fields["Content-Type"].split(";")[0]
        self.assertIn(media_type, content)
        self.assertEqual(fields["Cache-Control"], "no-store")
        kind = content[media_type]
        if "x-line" in kind:
            found = [json.loads(line) for line in body.splitlines()]
            for line in found:
                self.assertEqual(faults(kind["x-line"], line), [], line)
            return found
        if not media_type.endswith("json"):
            return body
        found = json.loads(body)
        self.assertEqual(faults(kind["schema"], found), [], (method, path, body[:2000]))
        if status >= 400:
            self.assertEqual((media_type, found["status"]), ("application/problem+json", status))
        return found

    def get(self, path, expected=200, headers=(), **query):
        operation = GETS[path]
        status, fields, body = self.send("GET", API + path + ("?" + urlencode(query) if query else ""), headers=headers)
        self.assertIn(status, expected if isinstance(expected, tuple) else (expected,), (operation["operationId"], query, body[:500]))
        return self.validate("GET", path, status, fields, body)

    def post(self, path, body=None, expected=200, headers=()):
        fields = {"Content-Type": "application/json"} if body is not None else {}
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        status, got, answer = self.send("POST", API + path, sent, {**fields, **dict(headers)})
        self.assertEqual(status, expected, (path, body, answer[:500]))
        return self.validate("POST", path, status, got, answer)

    def events(self, count, headers=()):
        """The first events of the live stream, name and data; or the problem."""
        connection = http.client.HTTPConnection("127.0.0.1", self.sinkfeed.http_port, timeout=20)
        try:
            connection.request("GET", API + "live", headers=dict(headers))
            answer = connection.getresponse()
            if answer.status != 200:
                return self.validate("GET", "live", answer.status, answer.headers, answer.read())
            self.assertEqual(answer.headers["Content-Type"].split(";")[0], "text/event-stream")
            found = []
            while len(found) < count:
                event = {}
                while line := answer.readline().decode().rstrip("\n"):
                    name, _, value = line.partition(":")
                    event[name] = value.removeprefix(" ")
                if "data" in event:
                    found.append((event["event"], json.loads(event["data"])))
            return found
        finally:
            connection.close()

    # What there is to be told of.

    def ask(self, client, name, kind="A", *options):
        run("dig", "@127.0.0.1", "-p", self.sinkfeed.port, "-b", client, name, kind, "+time=2", "+tries=1", *options)

    def fill(self):
        """Queries of each verdict, an address that is shared, decisions, subscribers, tokens, holds, a receiver that is not there."""
        with self.sinkfeed.settings.open("a") as file:
            file.write(f'[[history.sink]]\ntype = "syslog"\naddress = "tcp://127.0.0.1:{free_port()}"\nformat = "ecs"\n')
        self.assertIn("history", " ".join(self.post("reload")["changed"]))
        for number, name in enumerate(("talk.google.com", "docs.google.com", "mtalk.google.com", "nothing.google.com", "localhost")):
            self.ask(f"127.0.0.{2 + number % 3}", name)
            self.ask("127.0.0.2", name, "AAAA", "+tcp")
        wait_for(lambda: any(entry["sharing"] == "shared" for entry in self.get("ips")["entries"]), what="a shared address")
        self.sinkfeed.wait_for_a_quiet_feed()
        for feed in ("google-talk.txt", "google-talk.json?family=4"):
            self.send("GET", "/feed/" + feed, headers={"User-Agent": "firewall"})
        for scope in SCOPES:
            self.tokens[scope] = self.post("tokens/create", {"name": f"of-{scope}", "scopes": [scope], "expires": "1d"})["token"]
        self.post("tokens/rotate", {"name": "of-observe"})
        self.post("ips/hold", {"addresses": [OWN], "for": "2h", "reason": "a call from sales"})
        self.post("ips/allow", {"addresses": [STRANGER], "profile": "google-talk", "reason": "it is ours"})
        self.post("history/hold", {"since": "1h", "reason": "case 7"})
        self.post("history/hold", {"until": "2000-01-01", "reason": "case 1"})
        self.post("history/checkpoint")

    def shown(self, scope):
        return {"Authorization": "Bearer " + self.tokens[scope]}

    def right_value(self, path, parameter):
        """One that finds something."""
        name = parameter["name"]
        if name == "cursor":
            # Nothing waits, so that its list has no second page.
            return self.get(path)["cursor"] if path == "history/verify" else self.get(path, limit=1).get("next", parameter["example"])
        own = {("diff", "from"): 1, ("diff", "to"): self.sinkfeed.generation(), ("generation-at", "time"): "0s", ("why", "subject"): SHARED,
               ("decisions", "address"): OWN, ("timeline", "until"): "0s", ("history/links", "after"): 1, ("history/tail", "after"): 1}
        return own.get((path, name), parameter["example"])

    # What is called.

    def test_each_get_with_and_without_its_parameters(self):
        self.fill()
        for path, operation in GETS.items():
            if path == "live":
                continue
            needed = {one["name"]: self.right_value(path, one) for one in parameters(operation) if one.get("required")}
            with self.subTest(path):
                self.get(path, **needed)
                self.get(path, 400, **needed, nonsense=1)
            for parameter in parameters(operation):
                name = parameter["name"]
                with self.subTest(f"{path}?{name}"):
                    self.get(path, **{**needed, name: self.right_value(path, parameter)})
                    for value in resolved(parameter["schema"]).get("enum", []):
                        self.get(path, **{**needed, name: value})
                    for wrong in wrong_values(parameter):
                        # A name that is well-formed, or nearly so, is that of nothing.
                        self.get(path, (400, 404) if name in ("profile", "feed") else 400, **{**needed, name: wrong})
                    if name in needed:
                        self.get(path, (400, 404), **{key: value for key, value in needed.items() if key != name})

    def test_answers_hold_what_was_made(self):
        self.fill()
        state = self.get("status")
        self.assertEqual((state["running"], state["ready"], len(state["sinks"])), (True, True, 1))
        self.assertGreater(state["counters"]["queries"]["sinkhole"], 0)
        self.assertEqual(self.get("whoami")["how"], "machine")
        self.assertEqual(set(self.get("whoami", headers=self.shown("read"))["scopes"]), SCOPES["read"])
        entries = {entry["address"]: entry for entry in self.get("ips")["entries"]}
        self.assertEqual(entries[OWN]["decision"]["kind"], "hold")
        self.assertEqual([entry["address"] for entry in self.get("ips", network=OWN)["entries"]], [OWN])
        self.assertIn(SHARED, [entry["address"] for entry in self.get("ips", name="talk.google.com")["entries"]])
        self.assertEqual(self.get("ips", name="*.talk.google.com")["entries"], [])
        self.assertEqual([change["change"] for change in self.get("why", subject=OWN)["changes"]], ["removed", "added"])
        self.assertEqual(self.get("why", subject=SHARED)["needed_by"][0]["name"], "docs.google.com")
        for subject, kind in (("talk.google.com", "target"), ("mtalk.google.com", "never"), ("host.example", "none")):
            self.assertEqual(self.get("why", subject=subject)["coverage"]["kind"], kind)
        self.assertTrue(self.get("why", subject="10.1.2.3")["special_purpose"])
        self.assertTrue(self.get("estimates")["targets"])
        tops = self.get("history/top", by="client,name,type,verdict,rcode,time")["tops"]
        self.assertEqual({top["queries"] for top in tops}, {self.get("history", count="1")["count"]})
        self.assertEqual({record["rdata"] for record in self.get("passive-dns", q=OWN)}, {OWN})
        self.assertIn(OWN, {record["rdata"] for record in self.get("passive-dns", q="*.google.com")})
        self.assertEqual(self.get("passive-dns", q=STRANGER), [])
        self.assertEqual({feed["name"] for feed in self.get("feeds")["feeds"]}, {"google-talk", "google-talk-all"})
        formats = {one["format"]: one for one in self.get("formats")["formats"]}
        self.assertTrue(formats["nft"]["says_ports"])
        self.assertEqual({f"/feed/google-talk.{one}" for one in formats}, set(self.get("feeds")["feeds"][0]["paths"]))
        # The daemon looks every five seconds what the feeds hold.
        behind = wait_for(lambda: [one for one in self.get("subscribers")["subscribers"] if one["behind"]], what="one that is behind")
        self.assertEqual(behind[0]["user_agent"], "firewall")
        self.assertEqual(len(self.get("tokens")["tokens"]), len(SCOPES))
        self.assertEqual([hold["reason"] for hold in self.get("history/holds")["holds"]], ["case 7", "case 1"])
        points = wait_for(lambda: [point for point in self.get("timeline", since="1h")["points"] if point["queries"]["sinkhole"]],
                          what="a point of time with queries")
        self.assertIn("latency_us", points[0])
        servers = {one["server"]: one for one in self.get("upstreams")["upstreams"]}
        self.assertEqual(set(servers), set(state["upstream"]))
        self.assertEqual(servers[state["upstream"][0]]["state"], "ok")
        self.assertTrue(self.get("openapi.json") == DESCRIPTION, "what is served is feed/openapi.json")

    def test_the_live_stream_tells_each_second(self):
        self.fill()
        told = self.events(3)
        for name, data in told:
            self.assertEqual(name, "status")
            self.assertEqual(faults({"$ref": "#/components/schemas/Live"}, data), [])
        times = [datetime.fromisoformat(data["now"]) for _, data in told]
        self.assertAlmostEqual((times[2] - times[0]).total_seconds(), 2, delta=1)

    def test_lists_go_on_where_a_page_ended(self):
        self.fill()
        everything = [(entry["profile"], entry["address"]) for entry in self.get("ips")["entries"]]
        pages, query = [], {"limit": 2}
        while True:
            page = self.get("ips", **query)
            self.assertLessEqual(len(page["entries"]), 2)
            pages += [(entry["profile"], entry["address"]) for entry in page["entries"]]
            if "next" not in page:
                break
            query["cursor"] = page["next"]
        self.assertEqual(pages, everything)
        self.assertGreater(len(everything), 4)

        newest = self.get("generations", limit=1)
        before = self.get("generations", limit=1, cursor=newest["next"])
        self.assertEqual(before["generations"][0]["number"], newest["generations"][0]["number"] - 1)

        links = self.get("history/links")
        self.assertEqual([link["number"] for link in links["links"]], list(range(links["length"], 0, -1)))
        self.assertEqual([link["number"] for link in self.get("history/links", after=2, limit=2)["links"]], [3, 4])
        self.assertEqual([link["number"] for link in self.get("history/links", numbers="2,1")["links"]], [2, 1])

        tail = self.get("history/tail")
        self.ask("127.0.0.9", "talk.google.com")
        came = wait_for(lambda: self.get("history/tail", after=tail["position"])["records"], what="the query")
        self.assertEqual(came[-1]["client"], "127.0.0.9")

        step = self.get("history/verify")
        while "cursor" in step:
            step = self.get("history/verify", cursor=step["cursor"])
        self.assertEqual((step["done"], step.get("finding")), (1, None))

    def test_each_action_with_a_right_body_and_wrong_ones(self):
        self.fill()
        reason = {"reason": "a test"}
        hold = self.get("history/holds")["holds"][0]["hold"]
        right = {
            "reload": None,
            "backup": None,
            "ips/observed": {"profile": "google-talk", "vantage": "hand", "detail": "on a client", "reason": "seen by hand",
                             "addresses": [{"address": "74.125.204.1", "port": 5222}]},
            "ips/hold": {"addresses": [OWN, SHARED], "profile": "google-talk", "for": "2h", **reason},
            "ips/release": {"addresses": [SHARED], **reason},
            "ips/allow": {"addresses": [STRANGER], **reason},
            "ips/undo": {"addresses": [STRANGER, "198.41.0.78"], **reason},
            "ips/forget": {"addresses": [SHARED], "for": "1h", **reason},
            "subscribers/forget": {"address": "127.0.0.1", "feed": "google-talk.txt"},
            "feeds/rollback": {"generation": 1, **reason},
            "feeds/release": reason,
            "history/hold": {"since": "2h", "until": "1h", **reason},
            "history/release": {"hold": hold, **reason},
            "history/erase": {"client": "127.0.0.3", **reason},
            "history/attest": {"name": "*.google.com", "verdict": "sinkhole", "since": "1h"},
            "history/checkpoint": None,
            "tokens/create": {"name": "fw-north", "scopes": ["feed", "observe"], "expires": "365d"},
            "tokens/rotate": {"name": "fw-north", "overlap": "1h"},
            "tokens/revoke": {"name": "fw-north"},
        }
        self.assertEqual(set(right), set(POSTS))
        for path, body in right.items():
            with self.subTest(path):
                if body is None:
                    self.post(path)
                    continue
                schema = body_schema(POSTS[path])
                self.assertEqual(faults(schema, body), [])
                for wrong in self.wrong_bodies(schema, body):
                    self.post(path, wrong, 400)
                self.post(path, body, 415, {"Content-Type": "text/plain"})
                answer = self.post(path, body)
                if path == "feeds/rollback":
                    self.assertEqual(self.get("waiting")["pin"]["to"], 1)
                if path == "ips/undo":
                    self.assertIn("problem", answer["results"][1])

    @staticmethod
    def wrong_bodies(schema, body):
        yield b"nonsense"
        yield []
        for member in schema.get("required", []):
            yield {name: value for name, value in body.items() if name != member}
        for member, value in body.items():
            yield {**body, member: 1.5 if isinstance(value, (str, list)) else "nonsense"}
        yield {**body, "nonsense": "x"}

    def test_what_is_not_there_or_cannot_be_done_is_said(self):
        self.fill()
        reason = {"reason": "a test"}
        for path, query, status in (
            ("ips", {"profile": "nothing"}, 404), ("estimates", {"profile": "nothing"}, 404), ("plan", {"profile": "nothing"}, 404),
            ("diff", {"feed": "nothing", "from": 1}, 404), ("diff", {"feed": "google-talk", "from": 999}, 410),
            ("editions", {"feed": "nothing"}, 404), ("generation-at", {"time": "2000-01-01"}, 404),
            ("timeline", {"since": "1h", "until": "2h"}, 400),
        ):
            self.get(path, status, **query)
        for path, body, status in (
            ("ips/release", {"addresses": ["192.0.2.9"], **reason}, 409), ("ips/undo", {"addresses": ["192.0.2.9"], **reason}, 409),
            ("feeds/release", reason, 409), ("feeds/rollback", {"generation": 999, **reason}, 409),
            ("history/release", {"hold": 999, **reason}, 404), ("subscribers/forget", {"address": "192.0.2.9"}, 404),
            ("tokens/create", {"name": "of-read", "scopes": ["read"]}, 409), ("tokens/rotate", {"name": "nobody"}, 404),
            ("tokens/revoke", {"name": "nobody"}, 404),
        ):
            self.post(path, body, status)
        self.post("ips/hold", b" " * (2 << 20), 413)
        self.post("backup", {}, 413)
        (self.sinkfeed.state / "backups").write_text("in the way")
        self.post("backup", expected=507)
        self.sinkfeed.settings.write_text(self.sinkfeed.settings.read_text() + "[nonsense]\n")
        self.post("reload", expected=409)

    def test_other_methods_and_calls_are_refused(self):
        for method, target, status, allowed in (("GET", "nonsense", 404, None), ("POST", "status", 405, "GET, HEAD"),
                                                ("DELETE", "status", 405, "GET, HEAD"), ("GET", "reload", 405, "POST")):
            got, fields, body = self.send(method, API + target)
            self.assertEqual((got, fields["Content-Type"], fields["Allow"]), (status, "application/problem+json", allowed), target)
            self.assertEqual(faults(COMPONENTS["schemas"]["Problem"], json.loads(body)), [])
            self.assertEqual(json.loads(body)["status"], status)
        status, fields, body = self.send("HEAD", API + "status")
        self.assertEqual((status, fields["Content-Type"], body), (200, "application/json", b""))

    def test_scopes_are_those_of_the_description(self):
        self.fill()
        for (method, path), operation in OPERATIONS.items():
            needed = operation.get("x-scope")
            for scope, opens in SCOPES.items():
                may = needed == "any" or needed in opens
                with self.subTest(f"{method} {path} with {scope}"):
                    if path == "live":
                        found = self.events(1, self.shown(scope))
                        self.assertEqual(200 if isinstance(found, list) else found["status"], 200 if may else 403)
                    elif method == "GET":
                        self.get(path, (200, 400, 404) if may else 403, self.shown(scope))
                    elif "requestBody" in operation:
                        self.post(path, {"nonsense": True}, 400 if may else 403, self.shown(scope))
                    else:
                        self.post(path, None, 200 if may else 403, self.shown(scope))
            with self.subTest(f"{method} {path} with a token of nobody"):
                if path == "live":
                    self.assertEqual(self.events(1, {"X-Api-Key": "sf_wrong"})["status"], 401)
                elif method == "GET":
                    self.get(path, 401, {"X-Api-Key": "sf_wrong"})
                else:
                    self.post(path, {} if "requestBody" in operation else None, 401, {"X-Api-Key": "sf_wrong"})

    def test_a_token_is_shown_in_each_of_the_ways_and_no_page_of_another_site_acts(self):
        self.fill()
        secret = self.tokens["admin"]
        shown = {"bearer": {"Authorization": f"Bearer {secret}"}, "key": {"X-Api-Key": secret},
                 "basic": {"Authorization": "Basic " + base64.b64encode(f"anybody:{secret}".encode()).decode()}}
        self.assertEqual({*shown, "certificate"}, set(COMPONENTS["securitySchemes"]))
        for headers in shown.values():
            self.assertEqual(self.get("whoami", headers=headers)["how"], "token")
        self.assertIn("Bearer", self.send("GET", API + "status", headers={"X-Api-Key": "sf_wrong"})[1]["WWW-Authenticate"])
        self.post("reload", None, 403, {"Origin": "http://elsewhere.example"})


if __name__ == "__main__":
    unittest.main()
