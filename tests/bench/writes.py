#!/usr/bin/env python3
"""How many writes a second one instance does on each database, beside how many bare transactions of the same statements the
database does by itself, on the same machine and disk, with what makes writes last a loss of power switched on.

    BALAI_BINARY=target/release/balai tests/bench/writes.py

Variables of the environment:
  BALAI_BINARY     the program to measure
  BENCH_DATABASES  which databases, of sqlite postgres
  BENCH_DURATION   seconds for which each write is measured (10)
  BENCH_FOLDER     where the databases are made, and removed: a folder on the disk that is meant (the one for temporary files)
  BENCH_PG_BIN     the folder of PostgreSQL's programs (/usr/lib/postgresql/15/bin)

It needs PostgreSQL 15 or later with its programs and Python 3.11 or later, and prints a table. Sixteen connections change an
institution each (`updateInstitution`, one field), and then make new ones (`createInstitution`). PostgreSQL's bare transactions
come from pgbench, over as many connections; those of SQLite, which has one writer at a time, from one connection in Python,
with `synchronous=FULL` as the service has it, and with `NORMAL`, which may lose the last ones at a loss of power."""

import json
import multiprocessing
import os
import pathlib
import re
import selectors
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid

from cluster import Cluster, fail

CONNECTIONS, PROCESSES, WARM_UP = 16, 2, 2
PUBLIC = "https://balai.example.org"
UPDATE = """mutation($input: UpdateInstitutionInput!) { updateInstitution(input: $input) {
    institution { version } userErrors { code } } }"""
CREATE = """mutation($input: CreateInstitutionInput!) { createInstitution(input: $input) {
    institution { id } userErrors { code } } }"""

INSTITUTION = """institution (id, slug, names, sort_key, kind, descriptions, country_id, city, website, policy_areas, parent_id,
    source, source_url, verified, note, version, created_at, updated_at, listed)"""
NAMES = '[{"language": "en", "text": "Bench"}]'
SEARCH = "search_entry (subject_id, kind, names, content)"
LOG = """change_log (id, epoch, transaction_id, at, account_id, agency_client_id, subject, subject_id, operation, version,
    fields, reason)"""
UPDATED = '[{"name": "city", "old": "City of before", "new": "City of now"}, {"name": "verified", "old": true, "new": false}]'
CREATED = """[{"name": "slug", "old": null, "new": "bench"}, {"name": "kind", "old": null, "new": "FUND"},
    {"name": "names", "old": null, "new": [{"language": "en", "text": "Bench"}]}, {"name": "city", "old": null, "new": "City"}]"""

# The key of the institution that a client of pgbench changes.
OWN = "('00000000-0000-4000-8000-' || lpad(:client_id::text, 12, '0'))::uuid"


def logged(key, operation, fields):
    return f"""INSERT INTO {LOG} VALUES (gen_random_uuid(), (SELECT epoch FROM change_epoch), pg_current_xact_id()::text::bigint,
        now(), gen_random_uuid(), NULL, 'INSTITUTION', {key}, '{operation}', 2, '{fields}', NULL);"""


def searchable(key):
    return f"""DELETE FROM search_entry WHERE subject_id = {key};
        INSERT INTO {SEARCH} VALUES ({key}, 'INSTITUTION', 'bench', 'bench');"""


POSTGRES_UPDATE = f"""BEGIN;
SELECT * FROM institution WHERE id = {OWN} FOR UPDATE;
SELECT * FROM contact_email WHERE institution_id = {OWN} ORDER BY position;
SELECT * FROM contact_phone WHERE institution_id = {OWN} ORDER BY position;
UPDATE institution SET names = '{NAMES}', city = 'City ' || version, version = version + 1, updated_at = now(), verified = false
    WHERE id = {OWN} RETURNING *;
{searchable(OWN)}
{logged(OWN, "UPDATED", UPDATED)}
COMMIT;
"""

POSTGRES_CREATE = f"""BEGIN;
SELECT pg_advisory_xact_lock(hashtext('readable keys'));
SELECT 'bench-' || gen_random_uuid() AS slug \\gset
SELECT * FROM institution WHERE slug = :slug;
INSERT INTO {INSTITUTION} VALUES (gen_random_uuid(), :slug, '{NAMES}', 'bench', 'FUND', '[]', NULL, 'City', NULL, 0, NULL,
    NULL, NULL, false, NULL, 1, now(), now(), true) RETURNING id AS key \\gset
{searchable(":key::uuid")}
{logged(":key::uuid", "CREATED", CREATED)}
COMMIT;
"""


class Connection:
    """HTTP, with as little work as there can be: the load generator shares the machine."""

    def __init__(self, address, token):
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = (f"POST /graphql HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n"
                     "content-type: application/json\r\ncontent-length: ").encode()

    def send(self, query, given):
        body = json.dumps({"query": query, "variables": {"input": given}}).encode()
        self.socket.sendall(self.head + str(len(body)).encode() + b"\r\n\r\n" + body)

    def receive(self):
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += self.more()
        head, _, body = heard.partition(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head, re.I)[1])
        while len(body) < length:
            body += self.more()
        data = json.loads(body).get("data")
        written = next(iter(data.values())) if data else None
        if not written or written["userErrors"]:
            fail(f"a write was refused: {body.decode()[:300]}")
        return written["institution"]

    def more(self):
        heard = self.socket.recv(65536)
        if not heard:
            fail("the service hung up")
        return heard

    def ask(self, query, given):
        self.send(query, given)
        return self.receive()


def new(city):
    return {"slug": f"bench-{uuid.uuid4().hex}", "kind": "FUND", "city": city, "names": [{"language": "en", "text": "Bench"}]}


def load(address, token, update, seconds, connections, counted):
    """Keeps connections busy, one request each: how many were acknowledged after the warming up."""
    waiting = selectors.DefaultSelector()
    numbers = {}
    for _ in range(connections):
        connection = Connection(address, token)
        state = {"id": connection.ask(CREATE, new("City"))["id"], "version": 1}
        numbers[connection] = state
        waiting.register(connection.socket, selectors.EVENT_READ, connection)

    def send(connection):
        state = numbers[connection]
        if update:
            given = {"id": state["id"], "expectedVersion": state["version"], "city": f"City {state['version']}"}
            connection.send(UPDATE, given)
        else:
            connection.send(CREATE, new("City"))

    for connection in numbers:
        send(connection)
    acknowledged, begin = 0, time.monotonic() + WARM_UP
    while (now := time.monotonic()) < begin + seconds:
        for key, _ in waiting.select(1):
            connection = key.data
            numbers[connection]["version"] = connection.receive().get("version", 0)
            acknowledged += now >= begin
            send(connection)
    counted.put(acknowledged)


def acknowledged(address, token, update, seconds):
    counted = multiprocessing.Queue()
    share = CONNECTIONS // PROCESSES
    workers = [multiprocessing.Process(target=load, args=(address, token, update, seconds, share, counted))
               for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        fail("the load ended early")
    return sum(counted.get() for _ in workers) / seconds


def service(binary, folder, settings, seconds):
    """The service's updates and new institutions a second."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BALAI_")}
    environment |= {"BALAI_DATA_DIR": str(folder), "BALAI_PUBLIC_URL": PUBLIC, "BALAI_LISTEN": "127.0.0.1:0"} | settings
    call = lambda *arguments: subprocess.run(
        [binary, *arguments], env=environment, check=True, capture_output=True, text=True).stdout
    call("seed", "--demo")
    token = call("token", "issue", "--account", "admin@example.org").strip()
    lifted = {"BALAI_LIMIT_REQUESTS": "4000000000", "BALAI_LIMIT_BUDGET": "4000000000", "BALAI_WORKERS": "2"}
    process = subprocess.Popen([binary, "serve"], env=environment | lifted, stdout=subprocess.PIPE, text=True)
    try:
        address = next(line.split("http://")[1].strip().rstrip("/") for line in process.stdout if line.startswith("  open "))
        return [acknowledged(address, token, update, seconds) for update in (True, False)]
    finally:
        process.terminate()
        process.wait()


def bare_sqlite(file, synchronous, seconds):
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA synchronous = {synchronous}")
    db.execute("PRAGMA secure_delete = ON")
    # Python's SQLite may be older than 3.42, which knows no `secure-delete` in its index: it is made anew without.
    db.execute("UPDATE search_trigrams_config SET v = 4 WHERE k = 'version'")
    db.execute("INSERT INTO search_trigrams (search_trigrams) VALUES ('rebuild')")
    now = "2026-01-01T00:00:00+00:00"

    def logged(key, operation, fields):
        db.execute(f"INSERT INTO {LOG} VALUES (?, (SELECT epoch FROM change_epoch), 0, ?, ?, NULL, 'INSTITUTION', ?, ?, 2, ?, NULL)",
                   (uuid.uuid4().bytes, now, uuid.uuid4().bytes, key, operation, fields))

    def searchable(key):
        db.execute("DELETE FROM search_entry WHERE subject_id = ?", (key,))
        db.execute(f"INSERT INTO {SEARCH} VALUES (?, 'INSTITUTION', 'bench', 'bench')", (key,))

    def create():
        key, slug = uuid.uuid4().bytes, f"bench-{uuid.uuid4().hex}"
        db.execute("BEGIN IMMEDIATE")
        db.execute("SELECT * FROM institution WHERE slug = ?", (slug,)).fetchall()
        db.execute(f"""INSERT INTO {INSTITUTION} VALUES (?, ?, ?, 'bench', 'FUND', '[]', NULL, 'City', NULL, 0, NULL, NULL, NULL,
            0, NULL, 1, ?, ?, 1) RETURNING *""", (key, slug, NAMES, now, now)).fetchall()
        searchable(key)
        logged(key, "CREATED", CREATED)
        db.execute("COMMIT")
        return key

    key = create()

    def update():
        db.execute("BEGIN IMMEDIATE")
        db.execute("SELECT * FROM institution WHERE id = ?", (key,)).fetchall()
        db.execute("SELECT * FROM contact_email WHERE institution_id = ? ORDER BY position", (key,)).fetchall()
        db.execute("SELECT * FROM contact_phone WHERE institution_id = ? ORDER BY position", (key,)).fetchall()
        db.execute("""UPDATE institution SET names = ?, city = 'City ' || version, version = version + 1, updated_at = ?,
            verified = 0 WHERE id = ? RETURNING *""", (NAMES, now, key)).fetchall()
        searchable(key)
        logged(key, "UPDATED", UPDATED)
        db.execute("COMMIT")

    def rate(write):
        begin = time.monotonic() + WARM_UP
        while time.monotonic() < begin:
            write()
        written, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            write()
            written += 1
        return written / seconds

    try:
        return [rate(update), rate(create)]
    finally:
        db.close()


def bare_postgres(cluster, script, seconds):
    file = cluster.folder / "script.sql"
    # One statement a line, as pgbench reads them.
    file.write_text(script)
    file.chmod(0o644)
    rates = [float(re.search(r"tps = ([\d.]+)", cluster.run(
        "pgbench", "-n", "-M", "prepared", "-c", CONNECTIONS, "-j", PROCESSES, "-T", duration, "-f", file, cluster.url))[1])
        for duration in (WARM_UP, seconds)]
    return rates[-1]


def on_postgres(binary, folder, programs, seconds):
    with Cluster(programs, folder) as cluster:
        by_service = service(binary, folder / "data", {"DATABASE_URL": cluster.url}, seconds)
        own = OWN.replace(":client_id", "client")
        cluster.run("psql", "-qX", "-v", "ON_ERROR_STOP=1", cluster.url, "-c", f"""INSERT INTO {INSTITUTION}
            SELECT {own}, 'bench-' || client, '{NAMES}', 'bench', 'FUND', '[]', NULL, 'City', NULL, 0, NULL, NULL, NULL, false,
                NULL, 1, now(), now(), true FROM generate_series(0, {CONNECTIONS - 1}) AS client""")
        bare = [bare_postgres(cluster, script, seconds) for script in (POSTGRES_UPDATE, POSTGRES_CREATE)]
    return [("PostgreSQL", by_service, bare)]


def on_sqlite(binary, folder, _, seconds):
    by_service = service(binary, folder / "data", {}, seconds)
    file = folder / "data" / "balai.db"
    return [("SQLite", by_service, bare_sqlite(file, "FULL", seconds)),
            ("SQLite, `synchronous=NORMAL`", None, bare_sqlite(file, "NORMAL", seconds))]


def main():
    if len(sys.argv) != 1 or "BALAI_BINARY" not in os.environ:
        sys.exit(__doc__)
    binary = pathlib.Path(os.environ["BALAI_BINARY"]).resolve()
    seconds = int(os.environ.get("BENCH_DURATION", "10"))
    programs = os.environ.get("BENCH_PG_BIN", "/usr/lib/postgresql/15/bin")
    known = {"sqlite": on_sqlite, "postgres": on_postgres}
    print("| Database | Write | Balai, a second | Bare transactions, a second | Balai is … of it |")
    print("| --- | --- | ---: | ---: | ---: |")
    for name in os.environ.get("BENCH_DATABASES", "sqlite postgres").split():
        with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as made:
            folder = pathlib.Path(made)
            folder.chmod(0o755)
            for database, by_service, bare in known[name](binary, folder, programs, seconds):
                for place, write in enumerate(["updateInstitution", "createInstitution"]):
                    ours = f"{by_service[place]:,.0f}" if by_service else "–"
                    share = f"{by_service[place] / bare[place]:.2f}" if by_service else "–"
                    print(f"| {database} | `{write}` | {ours} | {bare[place]:,.0f} | {share} |", flush=True)


if __name__ == "__main__":
    main()
