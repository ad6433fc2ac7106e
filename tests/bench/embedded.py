#!/usr/bin/env python3
"""What the questions q1 to q5 cost Balai on its embedded SQLite, beside what statements that ask for the same cost in the
`sqlite3` shell, on the same file.

    BALAI_BINARY=target/release/balai tests/bench/embedded.py S   # or L

Variables of the environment:
  BALAI_BINARY     the program to measure
  BENCH_QUERIES    which queries (q1 q2 q3 q4 q5)
  BENCH_DURATION   seconds for which each is measured (10)
  BENCH_WARMUP     seconds for which it is asked before (3)
  BENCH_QUESTIONS  how many questions' statements one run of `sqlite3` gets (500)
  BENCH_FOLDER     where the databases are made, and removed (the folder for temporary files)
  BENCH_PG_BIN     the folder of PostgreSQL's programs (/usr/lib/postgresql/15/bin)

It needs PostgreSQL 15 or later with its programs, wrk, `sqlite3` and Python 3.11 or later, and prints a table. The rows are made
in PostgreSQL by data.sql, and copied."""

import json
import os
import pathlib
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile

import processes
import questions
from cluster import Cluster, fail

HERE = pathlib.Path(__file__).parent
PUBLIC = "https://balai.example.org"
SCALES = {"S": {"institutions": 200, "people": 2000, "opportunities": 1000},
          "L": {"institutions": 20000, "people": 300000, "opportunities": 100000}}
# What data.sql makes, and what it refers to, in the order in which it may be inserted.
TABLES = ["country", "country_group", "group_membership", "institution", "policymaker", "appointment", "contact_email",
          "opportunity", "opportunity_country", "opportunity_group", "opportunity_host", "opportunity_partner", "search_entry"]


def settings(folder, **more):
    known = {name: value for name, value in os.environ.items() if not name.startswith(("BALAI_", "BENCH_")) and name != "DATABASE_URL"}
    return known | {"BALAI_DATA_DIR": str(folder), "BALAI_PUBLIC_URL": PUBLIC, "BALAI_LISTEN": "127.0.0.1:0"} | more


def seed(binary, environment):
    done = subprocess.run([binary, "seed"], env=environment, capture_output=True, text=True)
    if done.returncode:
        fail(f"balai seed: {done.stderr[-600:]}")


def psql(cluster, statement):
    command = [*cluster.prefix, cluster.programs / "psql", "-qXAt", "-v", "ON_ERROR_STOP=1", cluster.url, "-c", statement]
    return subprocess.Popen(command, cwd="/", stdout=subprocess.PIPE, text=True)


def stored(kind, value):
    """A value of PostgreSQL's JSON as Balai writes it into a column of SQLite."""
    if value is None:
        return None
    if kind == "uuid_text":
        return bytes.fromhex(value.replace("-", ""))
    if kind == "boolean":
        return int(value)
    if kind == "jsonb_text":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if kind == "timestamp_with_timezone_text":
        return value.replace(" ", "T")
    return value


def copy(cluster, file):
    """Puts PostgreSQL's rows where those of the seed were: with other keys, they would be there twice."""
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("PRAGMA foreign_keys = OFF")
    # Python's SQLite may be older than 3.42, which knows no `secure-delete` in its index: it is made anew without.
    db.execute("UPDATE search_trigrams_config SET v = 4 WHERE k = 'version'")
    db.execute("INSERT INTO search_trigrams (search_trigrams) VALUES ('rebuild')")
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    db.execute("BEGIN")
    db.execute("DELETE FROM search_entry")
    for table in reversed(TABLES):
        db.execute(f"DELETE FROM {table}")
    others = referring(cluster, tables)
    for table in others:
        db.execute(f"DELETE FROM {table}")
    for table in TABLES + others:
        # What is generated is not written.
        kinds = {row[1]: row[2] for row in db.execute(f"PRAGMA table_xinfo({table})") if row[6] == 0}
        reader = psql(cluster, f"COPY (SELECT row_to_json(one) FROM {table} AS one) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')")
        statement = f"INSERT INTO {table} ({', '.join(kinds)}) VALUES ({', '.join('?' * len(kinds))})"
        db.executemany(statement, ([stored(kind, row[name]) for name, kind in kinds.items()] for row in map(json.loads, reader.stdout)))
        if reader.wait():
            fail(f"{table} cannot be read")
    db.execute("COMMIT")
    wrong = db.execute("PRAGMA foreign_key_check").fetchone()
    if wrong:
        fail(f"a row of {wrong[0]} refers to one of {wrong[2]} that is not there")
    db.execute("INSERT INTO search_trigrams (search_trigrams) VALUES ('optimize')")
    # No ANALYZE: Balai does not do it either.
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def referring(cluster, tables):
    """The other tables that hold rows of the seed, which refer to those that are replaced."""
    names = [name for name in psql(cluster, """SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        ORDER BY relname""").stdout.read().split()]
    own = ("seaql_migrations", "signing_key", "change_epoch", "change_log", "change_log_archive", "duplicate_contact", "name_key", *TABLES)
    return [name for name in names if name in tables and name not in own]


class Server:
    def __init__(self, binary, environment):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([binary, "serve"], env=environment, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.address = next((line.split("http://")[1].strip().rstrip("/") for line in self.process.stdout if line.startswith("  open ")), None)
        if not self.address:
            fail("Balai does not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def wrk(address, file, seconds):
    output = subprocess.run(
        ["wrk", "-t2", "-c32", f"-d{seconds}s", "--timeout", "60s", "--latency", "-s", HERE / "load.lua", f"http://{address}/graphql",
         "--", file, "check"], capture_output=True, text=True, check=True).stdout
    found = json.loads(re.search(r"^RESULT (.*)$", output, re.M)[1])
    if found["wrong"] or found["failed"]:
        fail(f"{found['wrong'] + found['failed']} answers have errors or did not come")
    return found["requests"], found["requests"] / (found["microseconds"] / 1e6)


def literal(value):
    return "'" + value.replace("'", "''") + "'"


def statements(query, one, now):
    """The SQL of one question, with its values in their places."""
    values = {"now": literal(now), "today": literal(now[:10])}
    for name, value in one.items():
        if name == "id":
            values[name] = f"X'{value.replace('-', '')}'"
        elif name == "codes":
            values[name] = f"({', '.join(map(literal, value))})"
        elif name == "since":
            # Times are compared as text there.
            values[name] = literal(value.replace("Z", "+00:00"))
        else:
            values[name] = literal(value)
    if query == "q4":
        words = one["query"].split()
        values["first"], values["second"] = [literal(word) for word in (words + [""])[:2]]
        values["match"] = literal(" AND ".join(f'"{word}"' for word in words))
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], (questions.FOLDER / f"{query}.sqlite.sql").read_text())


def by_shell(file, query, asked, many, folder, now):
    """The CPU milliseconds of `sqlite3` for a question."""
    script = folder / "script.sql"
    head = "PRAGMA temp_store = MEMORY;\n"
    script.write_text(head + "\n".join(statements(query, asked[turn % len(asked)], now) for turn in range(many)))
    begin = resource.getrusage(resource.RUSAGE_CHILDREN)
    with script.open() as given:
        done = subprocess.run(["sqlite3", "-bail", file], stdin=given, capture_output=True)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode or done.stderr:
        fail(f"sqlite3, {query}: {done.stderr[:600].decode()}")
    if done.stdout.count(b"\n") < many:
        fail(f"sqlite3 told fewer rows than there were questions of {query}")
    return 1000 * (end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime) / many


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in SCALES or "BALAI_BINARY" not in os.environ:
        sys.exit(__doc__)
    binary = pathlib.Path(os.environ["BALAI_BINARY"]).resolve()
    duration, warm_up, many = (int(os.environ.get(f"BENCH_{name}", default)) for name, default in
                               (("DURATION", "10"), ("WARMUP", "3"), ("QUESTIONS", "500")))
    queries = os.environ.get("BENCH_QUERIES", "q1 q2 q3 q4 q5").split()
    programs = os.environ.get("BENCH_PG_BIN", "/usr/lib/postgresql/15/bin")
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as made:
        folder = pathlib.Path(made)
        folder.chmod(0o755)
        embedded = settings(folder / "embedded", BALAI_WORKERS="2", BALAI_CACHE="0",
                            BALAI_LIMIT_REQUESTS="4000000000", BALAI_LIMIT_BUDGET="4000000000")
        seed(binary, embedded)
        file = folder / "embedded" / "balai.db"
        with Cluster(programs, folder, "-c fsync=off -c shared_buffers=512MB -c max_wal_size=4GB -c timezone=UTC") as cluster:
            seed(binary, settings(folder / "other", DATABASE_URL=cluster.url))
            # Read as the one who runs this: PostgreSQL's own user may not read the project's folder.
            script = folder / "load.sql"
            rows = "".join(f"\\set {name} {count}\n" for name, count in SCALES[sys.argv[1]].items())
            script.write_text(rows + (HERE / "data.sql").read_text())
            script.chmod(0o644)
            cluster.run("psql", "-qX", cluster.url, "-f", script)

            def told(statement):
                return [row.split("\x1f") for row in cluster.run(
                    "psql", "-AtXq", "-F", "\x1f", cluster.url, "-c", statement).splitlines()]

            asked = {query: questions.variables(query, told) for query in queries}
            ((now,),) = told("SELECT to_char(now(), 'YYYY-MM-DD\"T\"HH24:MI:SS\"+00:00\"')")
            copy(cluster, file)
        print("| Query | Balai, requests/s | Balai, CPU ms | `sqlite3`, CPU ms | Balai's CPU is … times as much |")
        print("| --- | ---: | ---: | ---: | ---: |")
        for query in queries:
            with Server(binary, embedded) as server:
                load = folder / "load"
                load.write_text("\n".join(questions.request("balai", query, one) for one in asked[query]))
                wrk(server.address, load, warm_up)
                before = processes.cpu_seconds(server.process.pid)
                requests, rate = wrk(server.address, load, duration)
                cost = 1000 * (processes.cpu_seconds(server.process.pid) - before) / requests
            bare = by_shell(file, query, asked[query], many, folder, now)
            print(f"| {query} | {number(rate)} | {number(cost)} | {number(bare)} | {cost / bare:.1f} |", flush=True)


if __name__ == "__main__":
    main()
