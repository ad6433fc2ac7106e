"""Compares the answers of Balai, PostGraphile and plain SQL, then measures each in turn, and writes a table in Markdown.

Called by run.sh, which has made the database and says in the environment where everything is."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import processes
import questions

HERE = pathlib.Path(__file__).parent
SETTINGS = {key: os.environ[f"BENCH_{key.upper()}"] for key in (
    "scale", "database_url", "postmaster", "binary", "node", "pg_bin", "balai_settings")}
DURATION, WARMUP = int(os.environ["BENCH_DURATION"]), int(os.environ["BENCH_WARMUP"])
SYSTEMS = os.environ["BENCH_SYSTEMS"].split()
QUERIES = os.environ["BENCH_QUERIES"].split()
POSTMASTER = int(SETTINGS["postmaster"])
THREADS, CONNECTIONS = 2, 32
# What changes the data is asked when everything else has been measured, of all systems.
WRITES = ["m1"]
PUBLIC = "https://balai.example.org"
# A small data set has no hundred pages.
FAR = 100 if SETTINGS["scale"] == "L" else 5
TITLES = {
    "q1": "Q1 one person by ID", "q2": "Q2 page of 20 open calls, counted", "q3": "Q3 countries, three levels",
    "q4": "Q4 search, first 20", "q5": "Q5 100 changed people, appointments",
    "calls-1": "open calls, page 1", f"calls-{FAR}": f"open calls, page {FAR}",
    "people-1": "people, page 1", f"people-{FAR}": f"people, page {FAR}",
    "m1": "M1 one institution's city changed",
}
NAMES = {"balai": "Balai", "balai-anew": "Balai, nothing kept", "postgraphile": "PostGraphile", "sql": "SQL (pgbench)"}
OWN = [system for system in SYSTEMS if system.startswith("balai")]


def say(text):
    print(text, file=sys.stderr, flush=True)


def fail(text):
    sys.exit(f"bench: {text}")


def environment(folder=None):
    """That of a system. With a folder for its keys, Balai knows the tokens that are issued there."""
    # Balai refuses variables that look like settings and are none.
    found = {key: value for key, value in os.environ.items() if not key.startswith(("BALAI_", "BENCH_"))}
    found["DATABASE_URL"] = SETTINGS["database_url"]
    if folder:
        found.update(BALAI_DATA_DIR=str(folder), BALAI_PUBLIC_URL=PUBLIC)
    return found


def call(folder, *arguments):
    done = subprocess.run([SETTINGS["binary"], *arguments], env=environment(folder), capture_output=True, text=True)
    if done.returncode:
        fail(f"balai {' '.join(arguments)}: {done.stderr[-1000:]}")
    return done.stdout.strip()


def rows(statement):
    answer = subprocess.run(
        [f"{SETTINGS['pg_bin']}/psql", SETTINGS["database_url"], "-AtXq", "-F", "\x1f", "-R", "\x1e", "-v", "ON_ERROR_STOP=1",
         "-c", statement], capture_output=True, text=True, check=True).stdout
    return [row.split("\x1f") for row in answer.rstrip("\n").split("\x1e") if row]


def make_administrator():
    """Somebody who may write: `balai seed --demo` would put its own contacts among the benchmark's, and refuses to."""
    rows("WITH made AS (INSERT INTO account (id, email, email_key, name, status, version, created_at, updated_at)"
         " VALUES (gen_random_uuid(), 'admin@example.org', 'admin@example.org', 'Ada', 'ACTIVE', 1, now(), now())"
         " ON CONFLICT DO NOTHING RETURNING id)"
         " INSERT INTO role_grant (id, account_id, role, granted_at) SELECT gen_random_uuid(), id, 'ADMIN', now() FROM made")


class Server:
    """One of the two servers, as long as it is needed."""

    def __init__(self, system, folder=None):
        # A token is good for ten minutes.
        self.token = call(folder, "token", "issue", "--account", "admin@example.org") if folder and system in OWN else None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/graphql"
        settings = environment(folder)
        if system in OWN:
            command = [SETTINGS["binary"], "serve"]
            settings.update(BALAI_LISTEN=f"127.0.0.1:{port}", BALAI_WORKERS="2")
            settings.update(setting.split("=", 1) for setting in SETTINGS["balai_settings"].split())
            if system == "balai-anew":
                settings["BALAI_CACHE"] = "0"
        else:
            command = [SETTINGS["node"], str(HERE / "postgraphile" / "server.mjs")]
            settings.update(PORT=str(port), NODE_ENV="production", GRAPHILE_ENV="production")
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, env=settings, stdout=self.log, stderr=self.log, start_new_session=True)
        for _ in range(600):
            try:
                self.ask('{"query": "{ __typename }"}')
                return
            except OSError:
                time.sleep(0.1)
            if self.process.poll() is not None:
                break
        self.log.seek(0)
        self.stop()
        fail(f"{NAMES[system]} does not start: {self.log.read()[-2000:]}")

    def ask(self, body):
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        with urllib.request.urlopen(urllib.request.Request(self.url, body.encode(), headers), timeout=60) as answer:
            return json.load(answer)

    def data(self, body):
        answer = self.ask(body)
        if answer.get("errors") or not answer.get("data"):
            self.log.seek(0)
            fail(f"an answer has errors: {json.dumps(answer)[:1000]}\nto {body}\n{self.log.read()[-2000:]}")
        return answer["data"]

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def page_of(server, system, file, number):
    """The variables of a page of a list, found by walking there."""
    after, left = None, (number - 1) * 20
    while left:
        many = min(100, left)
        data = server.data(questions.request(system, file, {"first": many, "after": after}))
        (connection,) = data.values()
        if len(connection["nodes"]) < many:
            fail(f"{file} has no page {number}")
        after, left = connection["pageInfo"]["endCursor"], left - many
    return {"first": 20, "after": after}


def sql_page_of(file, number):
    """The key of the row before a page."""
    table, key, least = {
        "calls": ("opportunity WHERE status = 'PUBLISHED' AND published_at IS NOT NULL AND (opens_on IS NULL OR opens_on <= current_date)"
                  " AND (deadline IS NULL OR deadline > now())", "deadline", "-infinity"),
        "people": ("policymaker WHERE EXISTS (SELECT FROM appointment WHERE policymaker_id = policymaker.id AND public"
                   " AND (since IS NULL OR since <= current_date) AND (until IS NULL OR until >= current_date))", "sort_key", ""),
    }[file]
    if number == 1:
        return {key: least, "id": "00000000-0000-0000-0000-000000000000"}
    ((value, row),) = rows(f"SELECT {key}, id FROM {table} ORDER BY {key}, id OFFSET {(number - 1) * 20 - 1} LIMIT 1")
    return {key: value, "id": row}


def compare():
    """What each system is asked for each query, once their answers have been found to be the same."""
    asked, many = {}, {}
    servers = {system: Server(system) for system in SYSTEMS if system != "sql"}
    try:
        for query in QUERIES:
            if query in WRITES:
                continue
            file, _, number = query.partition("-")
            if number:
                variables = {system: [page_of(server, system, file, int(number))] for system, server in servers.items()}
                variables["sql"] = [sql_page_of(file, int(number))]
            else:
                variables = dict.fromkeys([*servers, "sql"], questions.variables(file, rows))
            asked[query] = variables
            size = len(variables["sql"])
            say(f"comparing answers to {query}, {size} variants")
            counts = []
            for place in range(0, size, max(1, size // 40)):
                answers = {
                    system: server.data(questions.request(system, file, variables[system][place]))
                    for system, server in servers.items()}
                if "sql" in SYSTEMS:
                    statement = questions.script(file, variables["sql"]).split("\n", 1)[1].replace(":n", str(place + 1))
                    answers["sql"] = json.loads(rows(statement)[0][0])
                forms = {system: questions.comparable(answer) for system, answer in answers.items()}
                first = next(iter(forms))
                for system, form in forms.items():
                    if form != forms[first]:
                        fail(f"{query} {variables[first][place]}: {first} and {system} answer differently:\n"
                             f"{difference(forms[first], form)}")
                counts.append(questions.nodes(forms[first]))
            if not any(counts):
                fail(f"{query}: every answer is empty")
            many[query] = sum(counts) / len(counts)
    finally:
        for server in servers.values():
            server.stop()
    return asked, many


def compare_writes(query, folder):
    """What each system is asked to write, once each has been found to tell the value that it wrote."""
    asked = questions.variables(query, rows)
    servers = {system: Server(system, folder) for system in SYSTEMS if system != "sql"}
    tried = range(0, len(asked), max(1, len(asked) // 40))
    say(f"comparing answers to {query}, {len(tried)} variants")
    try:
        for place in tried:
            for system in SYSTEMS:
                one = asked[place] | {"city": f"City of {system}"}
                if system == "sql":
                    statement = questions.script(query, [one]).split("\n", 1)[1].replace(":n", "1")
                    answer = json.loads(rows(statement)[0][0])
                else:
                    answer = servers[system].data(questions.request(system, query, questions.current([one], rows)[0]))
                written = questions.written(answer)
                stored = rows(f"SELECT city FROM institution WHERE id = '{one['id']}'")[0][0]
                if not written == {"id": one["id"], "city": one["city"]} or stored != one["city"]:
                    fail(f"{query} {one}: {system} answers {json.dumps(answer)[:500]}, and {stored} is stored")
    finally:
        for server in servers.values():
            server.stop()
    return asked


def difference(one, other, path=""):
    """The first place where two answers differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next((difference(one[key], other[key], f"{path}.{key}") for key in one if one[key] != other[key]), "")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return next((difference(a, b, f"{path}.{n}") for n, (a, b) in enumerate(zip(one, other)) if a != b), "")
    return f"{path}: {json.dumps(one)[:500]} and {json.dumps(other)[:500]}"


def wrk(url, bodies, seconds, *more, token=None):
    output = subprocess.run(
        ["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "60s", "--latency", "-s", str(HERE / "load.lua"), url,
         "--", bodies, *more], capture_output=True, text=True, check=True,
        env=os.environ | ({"BENCH_TOKEN": token} if token else {})).stdout
    found = json.loads(re.search(r"^RESULT (.*)$", output, re.M)[1])
    return {"requests": found["requests"], "seconds": found["microseconds"] / 1e6,
            "median": found["median"] / 1000, "p99": found["p99"] / 1000, "wrong": found["wrong"] + found["failed"]}


def pgbench(script, seconds, folder):
    for old in folder.glob("pgbench.*"):
        old.unlink()
    subprocess.run(
        [f"{SETTINGS['pg_bin']}/pgbench", "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", str(THREADS), "-T", str(seconds),
         "--random-seed=1", "--log", "--log-prefix", str(folder / "pgbench"), "-f", script, SETTINGS["database_url"]],
        capture_output=True, text=True, check=True)
    times = sorted(int(line.split()[2]) for log in folder.glob("pgbench.*") for line in log.open())
    return {"requests": len(times), "seconds": seconds, "median": times[len(times) // 2] / 1000,
            "p99": times[len(times) * 99 // 100] / 1000, "wrong": 0}


def settle():
    """Waits until the requests that the load generator has left behind are done."""
    for _ in range(600):
        ((busy,),) = rows("SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid()")
        if busy == "0":
            return
        time.sleep(0.1)
    fail("the database does not come to rest")


def measured(query, system, server, asked, folder):
    """What a query costs a system."""
    file = query.partition("-")[0]
    load = folder / "load"
    writes = query in WRITES

    def write_load():
        # Whoever writes says which version was seen: the warming up has made new ones.
        known = asked
        if writes:
            known = [one | {"city": f"City {one['version']}"} for one in questions.current(asked, rows)]
        load.write_text("\n".join(questions.request(system, file, one) for one in known))

    if server:
        write_load()
        warm = wrk(server.url, str(load), WARMUP, "write" if writes else "check", token=server.token)
    else:
        load.write_text(questions.script(file, asked))
        warm = pgbench(str(load), WARMUP, folder)
    settle()
    if writes and server:
        # A write that the load generator no longer waits for may still wait for a connection to the database.
        time.sleep(1)
        settle()
        write_load()
    rows("SELECT pg_stat_statements_reset()")
    root = server and server.process.pid
    if root:
        processes.forget_peaks(root)
    before = [processes.cpu_seconds(pid) if pid else 0 for pid in (root, POSTMASTER)]
    # Where answers are few, looking into each costs nothing to speak of; and that is where they may come too late.
    check = ["write"] if writes else ["check"] if warm["requests"] < 1000 * WARMUP else []
    found = wrk(server.url, str(load), DURATION, *check, token=server.token) if server else pgbench(str(load), DURATION, folder)
    after = [processes.cpu_seconds(pid) if pid else 0 for pid in (root, POSTMASTER)]
    requests = max(1, found["requests"])
    found["server"], found["database"] = [1000 * (b - a) / requests for a, b in zip(before, after)]
    found["memory"] = processes.peak_megabytes(root) if root else None
    calls = rows("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE toplevel AND query NOT LIKE '%pg_stat_statements%'")
    found["statements"] = int(calls[0][0]) / requests
    found["rate"] = requests / found["seconds"]
    found["wrong"] += warm["wrong"]
    if os.environ.get("BENCH_STATEMENTS"):
        print_statements(query, system)
    settle()
    return found


def print_statements(query, system):
    say(f"the slowest statements of {query} on {system}: mean ms, calls, text")
    for mean, calls, text in rows(
            "SELECT round(mean_exec_time::numeric, 3), calls, query FROM pg_stat_statements"
            " WHERE toplevel AND query NOT LIKE '%pg_stat_statements%' ORDER BY total_exec_time DESC LIMIT 8"):
        say(f"  {mean}  {calls}  {' '.join(text.split())}")


def number(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def table(results, many):
    lines = [
        "| Query | System | Requests/s | Median ms | p99 ms | CPU ms, server | CPU ms, database | Peak MB | Statements | Balai is … times as fast, and … with nothing kept |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for query in QUERIES:
        for system in SYSTEMS:
            found = results[query, system]
            ratios = [] if system in OWN else [
                "not valid" if results[query, own]["wrong"] else number(results[query, own]["rate"] / found["rate"]) for own in OWN]
            ratio = ", ".join(ratios)
            if found["wrong"]:
                ratio = f"not valid: {found['wrong']} of its answers have errors"
            title = f"{TITLES[query]} ({many[query]:.0f} nodes)" if system == SYSTEMS[0] else ""
            cells = [number(found[key]) for key in ("rate", "median", "p99", "server", "database", "memory", "statements")]
            if not found["server"]:
                cells[3] = "–"
            lines.append(f"| {title} | {NAMES[system]} | {' | '.join(cells)} | {ratio} |")
    return "\n".join(lines)


def main():
    unknown = [query for query in QUERIES if query not in TITLES] + [system for system in SYSTEMS if system not in NAMES]
    if unknown:
        fail(f"there is no {unknown[0]}; queries are {' '.join(TITLES)}; systems are {' '.join(NAMES)}")
    rows("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    asked, many = compare()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        keys = pathlib.Path(folder) / "keys"
        runs = [(None, system, [query for query in QUERIES if query not in WRITES]) for system in SYSTEMS]
        writes = [query for query in QUERIES if query in WRITES]
        if writes:
            runs += [(keys, system, writes) for system in SYSTEMS]
        for keys_of_run, system, queries in runs:
            if keys_of_run and writes[0] not in asked:
                make_administrator()
                for query in writes:
                    asked[query], many[query] = dict.fromkeys(SYSTEMS, compare_writes(query, keys)), 1
            server = None if system == "sql" or not queries else Server(system, keys_of_run)
            try:
                for query in queries:
                    found = measured(query, system, server, asked[query][system], pathlib.Path(folder))
                    results[query, system] = found
                    say(f"{NAMES[system]}: {TITLES[query]}: {found['rate']:.1f} requests a second")
            finally:
                if server:
                    server.stop()
    print(table(results, many))
    if any(found["wrong"] for found in results.values()):
        fail("some answers have errors or did not come: the table says which")


main()
