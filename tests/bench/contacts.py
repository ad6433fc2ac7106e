#!/usr/bin/env python3
"""What it costs an agency to follow contacts: how many a second come over HTTP, as pages of the feed and as files, beside how
many the database streams by itself; the service's memory meanwhile; how many pushed contacts are written a second; and how
long it takes from a change's commit until a webhook and a subscription tell of it.

    BALAI_BINARY=target/release/balai tests/bench/contacts.py

Variables of the environment:
  BALAI_BINARY        the program to measure
  BENCH_INSTITUTIONS  how many institutions there are (20,000)
  BENCH_PEOPLE        how many people, all of whom consented (280,000)
  BENCH_CHANGES       how many changes are told (500)
  BENCH_FOLDER        where the database is made, and removed (the folder for temporary files)
  BENCH_PG_BIN        the folder of PostgreSQL's programs (/usr/lib/postgresql/15/bin)

It needs PostgreSQL 15 or later with its programs and Python 3.11 or later, and prints tables."""

import http.client
import http.server
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import processes
from cluster import Cluster, fail

HERE = pathlib.Path(__file__).parent
PUBLIC = "https://balai.example.org"
PAGE = 500
FEED = """query($since: SyncToken) { contactChanges(since: $since, first: %d) { hasMore token
    changes { ... on ContactUpserted { contact { %s } } } } }"""
FIELDS = {
    "feed, names and addresses": "id displayName version updatedAt emails { address }",
    "feed, vCards": "id version card(format: VCARD_4)",
}
PUSH = """mutation($input: UpsertContactsInput!) { upsertContacts(input: $input) { created updated unchanged failed
    results { userErrors { message } } userErrors { message } } }"""
UPDATE = """mutation($input: UpdateInstitutionInput!) { updateInstitution(input: $input) {
    institution { id version } userErrors { message } } }"""

# What a page's statements ask for, of all contacts at once: those of the first row of the table.
STREAMED = """COPY (
    SELECT institution.id, names, version, updated_at, ARRAY(SELECT address FROM contact_email
        WHERE institution_id = institution.id AND visibility IN ('PUBLIC', 'MEMBERS') ORDER BY position)
    FROM institution WHERE listed ORDER BY id) TO STDOUT;
COPY (
    SELECT policymaker.id, honorific, given_name, family_name, version, updated_at, ARRAY(SELECT address
        FROM appointment JOIN contact_email ON appointment_id = appointment.id
        WHERE appointment.policymaker_id = policymaker.id AND visibility IN ('PUBLIC', 'MEMBERS') ORDER BY position)
    FROM policymaker WHERE EXISTS (SELECT FROM consent
        WHERE policymaker_id = policymaker.id AND share_with_agencies AND confirmed) ORDER BY id) TO STDOUT;"""


class Client:
    """A machine, over a connection that is kept."""

    def __init__(self, address, token):
        self.address, self.token = address, token
        self.connection = http.client.HTTPConnection(address, timeout=120)

    def send(self, method, path, body=None, **more):
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"} | more
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        if answer.status != 200:
            fail(f"{method} {path}: {answer.status} {answer.read()[:300]}")
        return answer

    def ask(self, query, **variables):
        answer = json.loads(self.send("POST", "/graphql", json.dumps({"query": query, "variables": variables})).read())
        if "errors" in answer:
            fail(f"an answer has errors: {answer['errors'][0]['message']}")
        return answer["data"]


def snapshot(client, fields):
    told, since = 0, None
    while True:
        page = client.ask(FEED % (PAGE, fields), since=since)["contactChanges"]
        told, since = told + len(page["changes"]), page["token"]
        if not page["hasMore"]:
            return told


def download(client, path):
    ends, answer = {"/contacts.vcf": b"END:VCARD", "/contacts.jsonl": b"\n"}[path], client.send("GET", path)
    told, kept = 0, b""
    while piece := answer.read(1 << 20):
        piece = kept + piece
        told += piece.count(ends)
        kept = piece[-len(ends) + 1:] if len(ends) > 1 else b""
    return told


def timed(work):
    begin = time.monotonic()
    told = work()
    return told, time.monotonic() - begin


def streamed(cluster):
    command = [*cluster.prefix, cluster.programs / "psql", "-qXAt", cluster.url, "-c", STREAMED]
    reader = subprocess.Popen(command, cwd="/", stdout=subprocess.PIPE)
    return sum(1 for _ in reader.stdout)


def read_all(client, process, cluster):
    print("| What | Contacts | Seconds | Contacts a second | Share of the database's | Peak of memory, MB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    streamed(cluster)
    # The better of two: other work on the machine makes it only slower.
    told, seconds = min((timed(lambda: streamed(cluster)) for _ in range(2)), key=lambda found: found[1])
    bare = told / seconds
    print(f"| the database by itself (`COPY`) | {told:,} | {seconds:.1f} | {bare:,.0f} | 1 | – |", flush=True)
    works = [(name, lambda fields=fields: snapshot(client, fields)) for name, fields in FIELDS.items()]
    works += [(path, lambda path=path: download(client, path)) for path in ("/contacts.vcf", "/contacts.jsonl")]
    for name, work in works:
        processes.forget_peaks(process.pid)
        told, seconds = timed(work)
        peak = processes.peak_megabytes(process.pid)
        print(f"| {name} | {told:,} | {seconds:.1f} | {told / seconds:,.0f} | {told / seconds / bare:.2f} | {peak:.0f} |", flush=True)


def syllables(number, many):
    """A name that is nobody's, as data.sql makes them."""
    known = "ba ce dol fir gu hax jo kel lu mir no pax qui rov su tze ul vim wo zyn".split()
    return "".join(known[(number // len(known) ** place) % len(known)] for place in range(many)).capitalize()


def contacts(client, many):
    found = client.ask("{ institutions(first: 1) { nodes { id } } }")["institutions"]["nodes"][0]["id"]
    return [{"policymaker": {
        "externalId": f"crm-{number}", "givenName": syllables(number, 2), "familyName": syllables(number * 7919, 3),
        "appointments": [{"institution": found, "title": "Officer", "emails": [
            {"address": f"pushed{number}@example.org", "visibility": "MEMBERS"}]}],
        "consent": {"shareWithAgencies": True, "basis": "invented"},
    }} for number in range(many)]


def push(client):
    many, batches = contacts(client, 10_000), 200
    print("\n| Push of 10,000 people, 200 at once | Seconds | People a second |")
    print("| --- | ---: | ---: |")
    for name, outcome in (("new ones", "created"), ("the same once more", "unchanged")):
        def work():
            done = 0
            for place in range(0, len(many), batches):
                answer = client.ask(PUSH, input={"contacts": many[place:place + batches]})["upsertContacts"]
                done += answer[outcome]
            return done
        done, seconds = timed(work)
        if done != len(many):
            fail(f"{len(many) - done} were not {outcome}")
        print(f"| {name} | {seconds:.1f} | {done / seconds:,.0f} |", flush=True)


class Told(http.server.BaseHTTPRequestHandler):
    """A receiver of webhooks, which notes when each came."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        at = time.time()
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.told.append((body["data"].get("contactId"), at))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def subscribed(address, token, told, ready):
    client = Client(address, token)
    query = "subscription { contactChanged { ... on ContactUpserted { contact { id } } } }"
    answer = client.send("POST", "/graphql", json.dumps({"query": query}), accept="text/event-stream")
    ready.set()
    while line := answer.readline():
        if line.startswith(b"data: {"):
            at = time.time()
            told.append((json.loads(line[6:])["data"]["contactChanged"]["contact"]["id"], at))


def delays(cluster, address, admin, agency, many):
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Told)
    receiver.told = by_webhook = []
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{receiver.server_port}/"
    create = "mutation($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } userErrors { message } } }"
    made = agency.ask(create, input={"url": url, "events": ["CONTACT_CHANGED"]})["createWebhook"]
    if made["userErrors"]:
        fail(made["userErrors"][0]["message"])
    by_subscription, ready = [], threading.Event()
    threading.Thread(target=subscribed, args=(address, agency.token, by_subscription, ready), daemon=True).start()
    ready.wait()
    nodes = []
    while len(nodes) < many:
        after = nodes[-1]["cursor"] if nodes else None
        page = admin.ask("query($after: String) { institutions(first: 100, after: $after) { edges { cursor node { id version } } } }",
                         after=after)["institutions"]["edges"]
        nodes += page
    nodes = [edge["node"] for edge in nodes[:many]]
    for place, node in enumerate(nodes):
        given = {"id": node["id"], "expectedVersion": node["version"], "city": f"City {time.time()}"}
        written = admin.ask(UPDATE, input=given)["updateInstitution"]
        if written["userErrors"]:
            fail(written["userErrors"][0]["message"])
        if place == 0:
            # Both are known to listen then: this change is not counted.
            wait(lambda: by_subscription and by_webhook)
        time.sleep(0.02)
    wait(lambda: len(by_subscription) >= many and len(by_webhook) >= many)
    # What is pushed afterwards would be sent there.
    remove = "mutation($input: DeleteInput!) { deleteWebhook(input: $input) { userErrors { message } } }"
    # Over a new connection: the service has ended the idle one.
    Client(address, agency.token).ask(remove, input={"id": made["webhook"]["id"]})
    receiver.shutdown()
    rows = cluster.run("psql", "-qXAt", cluster.url, "-c", f"""SELECT subject_id, extract(epoch FROM pg_xact_commit_timestamp(xmin))
        FROM change_log WHERE subject = 'INSTITUTION' ORDER BY sequence DESC LIMIT {many}""")
    committed = [float(line.split("|")[1]) for line in reversed(rows.split())]
    at = {node["id"]: when for node, when in zip(nodes, committed)}
    print(f"\n| From the commit of a change until it is told ({many} changes, one after the other) | Median ms | p99 ms |")
    print("| --- | ---: | ---: |")
    for name, told in (("by `contactChanged`", by_subscription), ("by a webhook", by_webhook)):
        waited = sorted(1000 * (when - at[key]) for key, when in told[1:] if key in at)
        print(f"| {name} | {statistics.median(waited):.0f} | {waited[int(len(waited) * 0.99)]:.0f} |", flush=True)


def wait(until):
    end = time.monotonic() + 60
    while not until():
        if time.monotonic() > end:
            fail("what was to be told did not come")
        time.sleep(0.01)


def main():
    if len(sys.argv) != 1 or "BALAI_BINARY" not in os.environ:
        sys.exit(__doc__)
    binary = pathlib.Path(os.environ["BALAI_BINARY"]).resolve()
    institutions, people, changes = (int(os.environ.get(f"BENCH_{name}", default)) for name, default in
                                     (("INSTITUTIONS", "20000"), ("PEOPLE", "280000"), ("CHANGES", "500")))
    programs = os.environ.get("BENCH_PG_BIN", "/usr/lib/postgresql/15/bin")
    options = "-c track_commit_timestamp=on -c shared_buffers=512MB -c max_wal_size=4GB"
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as made:
        folder = pathlib.Path(made)
        folder.chmod(0o755)
        with Cluster(programs, folder, options) as cluster:
            environment = {name: value for name, value in os.environ.items() if not name.startswith("BALAI_")}
            environment |= {"DATABASE_URL": cluster.url, "BALAI_DATA_DIR": str(folder / "data"), "BALAI_PUBLIC_URL": PUBLIC,
                            "BALAI_LISTEN": "127.0.0.1:0"}

            def call(*arguments):
                done = subprocess.run([binary, *arguments], env=environment, capture_output=True, text=True)
                if done.returncode:
                    fail(done.stderr[-600:])
                return done.stdout

            call("seed", "--demo")
            # Read as the one who runs this: PostgreSQL's own user may not read the project's folder.
            load = f"\\set institutions {institutions}\n\\set people {people}\n\\set opportunities 1000\n" + (HERE / "data.sql").read_text()
            script = folder / "load.sql"
            script.write_text(load + "\nINSERT INTO consent (id, policymaker_id, share_with_agencies, basis, confirmed, recorded_at)\n"
                              "SELECT gen_random_uuid(), id, true, 'invented', true, now() FROM policymaker ON CONFLICT DO NOTHING;\nVACUUM (ANALYZE);\n")
            script.chmod(0o644)
            cluster.run("psql", "-qX", cluster.url, "-f", script)
            admin = call("token", "issue", "--account", "admin@example.org").strip()
            agency = call("token", "issue", "--agency", "demo-agency").strip()
            lifted = {"BALAI_LIMIT_REQUESTS": "4000000000", "BALAI_LIMIT_BUDGET": "4000000000", "BALAI_WORKERS": "2",
                      "BALAI_LIMIT_SECONDS": "60", "BALAI_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1"}
            process = subprocess.Popen([binary, "serve"], env=environment | lifted, stdout=subprocess.PIPE, text=True)
            try:
                address = next(line.split("http://")[1].strip().rstrip("/") for line in process.stdout if line.startswith("  open "))
                delays(cluster, address, Client(address, admin), Client(address, agency), changes)
                push(Client(address, call("token", "issue", "--agency", "demo-agency").strip()))
                read_all(Client(address, call("token", "issue", "--agency", "demo-agency").strip()), process, cluster)
            finally:
                process.terminate()
                process.wait()


if __name__ == "__main__":
    main()
