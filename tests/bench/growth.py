#!/usr/bin/env python3
"""How what a request costs grows with the data: one subject at a time has 1,000, 10,000, 100,000 and 1,000,000 rows, each in a
fresh PostgreSQL, and each question is asked again and again over one connection.

    BALAI_BINARY=target/release/balai tests/bench/growth.py

Variables of the environment:
  BALAI_BINARY   the program to measure
  BENCH_SIZES    how many rows there are, in ascending order (1000 10000 100000 1000000)
  BENCH_REPEATS  how often each question is asked at least, after three of warming up, and for two seconds (30); the push a tenth
  BENCH_CHART    the file of the chart (target/bench/growth.svg)
  BENCH_FOLDER   where the databases are made, and removed (the folder for temporary files); 1,000,000 rows need some gigabytes
  BENCH_PG_BIN   the folder of PostgreSQL's programs (/usr/lib/postgresql/15/bin)

It needs PostgreSQL 15 or later with its programs and Python 3.11 or later. It prints a table, and draws the medians."""

import html
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import processes
import questions
from cluster import Cluster, fail
from contacts import FEED, FIELDS, PUBLIC, PUSH, Client, contacts

HERE = pathlib.Path(__file__).parent
BESIDE = 1000
PUSHED, AT_ONCE = 1000, 200
# For how many milliseconds a question is asked at least.
LEAST = 2000
# Each subject alone: how many of the others there are does not change.
SUBJECTS = {"people": "people", "opportunities": "calls"}
COLOURS = ["#2f7ed8", "#c0561a", "#2a9d5c", "#a04ec0", "#b8860b", "#d03a5b", "#1797a6", "#7a7a7a", "#5a6ee0", "#6a8f1d"]


class Database:
    """A cluster with the data, and the service on it."""

    def __init__(self, folder, binary, cluster, rows):
        self.binary, self.cluster, self.folder = binary, cluster, folder
        known = {name: value for name, value in os.environ.items() if not name.startswith(("BALAI_", "BENCH_"))}
        self.environment = known | {
            "DATABASE_URL": cluster.url, "BALAI_DATA_DIR": str(folder / "data"), "BALAI_PUBLIC_URL": PUBLIC,
            "BALAI_LISTEN": "127.0.0.1:0", "BALAI_LIMIT_REQUESTS": "4000000000", "BALAI_LIMIT_BUDGET": "4000000000",
            "BALAI_LIMIT_SECONDS": "120", "BALAI_WORKERS": "2", "BALAI_CACHE": "0"}
        self.call("seed", "--demo")
        # Read as the one who runs this: PostgreSQL's own user may not read the project's folder.
        script = folder / "load.sql"
        script.write_text("".join(f"\\set {name} {many}\n" for name, many in rows.items()) + (HERE / "data.sql").read_text() + """
            INSERT INTO consent (id, policymaker_id, share_with_agencies, basis, confirmed, recorded_at)
                SELECT gen_random_uuid(), id, true, 'invented', true, now() FROM policymaker ON CONFLICT DO NOTHING;
            VACUUM (ANALYZE);\n""")
        script.chmod(0o644)
        cluster.run("psql", "-qX", cluster.url, "-f", script)
        # What was loaded is written out now, not while it is measured.
        cluster.run("psql", "-qX", cluster.url, "-c", "CHECKPOINT")

    def call(self, *arguments):
        done = subprocess.run([self.binary, *arguments], env=self.environment, capture_output=True, text=True)
        if done.returncode:
            fail(f"balai {' '.join(arguments)}: {done.stderr[-600:]}")
        return done.stdout.strip()

    def rows(self, statement):
        told = self.cluster.run("psql", "-AtXq", "-F", "\x1f", "-R", "\x1e", "-v", "ON_ERROR_STOP=1", self.cluster.url, "-c", statement)
        return [row.split("\x1f") for row in told.rstrip("\n").split("\x1e") if row]

    def __enter__(self):
        self.process = subprocess.Popen([self.binary, "serve"], env=self.environment, stdout=subprocess.PIPE, text=True)
        self.address = next((line.split("http://")[1].strip().rstrip("/") for line in self.process.stdout if line.startswith("  open ")), None)
        if not self.address:
            fail("Balai does not start")
        self.roots = [self.process.pid, int((self.cluster.folder / "data" / "postmaster.pid").read_text().split()[0])]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def agency(self):
        # A token is good for ten minutes.
        return Client(self.address, self.call("token", "issue", "--agency", "demo-agency"))

    def anybody(self):
        return Anybody(self.address, "")


class Anybody(Client):
    """A visitor, who has no token."""

    def send(self, method, path, body=None, **more):
        self.connection.request(method, path, body, {"content-type": "application/json"} | more)
        answer = self.connection.getresponse()
        if answer.status != 200:
            fail(f"{method} {path}: {answer.status} {answer.read()[:300]}")
        return answer


def text_of(name):
    return (questions.FOLDER / f"{name}.balai.graphql").read_text()


def page_of(client, name, number):
    """The variables of a page of a list, found by walking there."""
    after, left = None, (number - 1) * 20
    while left:
        many = min(100, left)
        (connection,) = client.ask(text_of(name), first=many, after=after).values()
        if len(connection["nodes"]) < many:
            return None
        after, left = connection["pageInfo"]["endCursor"], left - many
    return {"first": 20, "after": after}


def asked(client, query, variants):
    """A question whose variants are asked in turn."""
    bodies = [json.dumps({"query": query, "variables": one}) for one in variants]

    def once(turn):
        answer = json.loads(client.send("POST", "/graphql", bodies[turn % len(bodies)]).read())
        if "errors" in answer:
            fail(f"an answer has errors: {answer['errors'][0]['message']}")
    return once


def middle_of_feed(agency, rows):
    """The token after half of the contacts."""
    told, since = 0, None
    while told * 2 < rows:
        # Only what it needs to go on.
        page = agency.ask(FEED.replace("%d", "1000") % "id", since=since)["contactChanges"]
        told, since = told + len(page["changes"]), page["token"]
        if not page["hasMore"]:
            break
    return since


def push(agency):
    """New contacts each time: what is there already is not written."""
    many = contacts(agency, PUSHED)

    def once(turn):
        for place in range(0, PUSHED, AT_ONCE):
            given = [{"policymaker": one["policymaker"] | {"externalId": f"growth-{turn}-{place}-{number}"}}
                     for number, one in enumerate(many[place:place + AT_ONCE])]
            told = agency.ask(PUSH, input={"contacts": given})["upsertContacts"]
            if told["created"] != len(given):
                fail(f"a push made {told['created']} of {len(given)}: {json.dumps(told)[:400]}")
    return once


def works(database, subject, size):
    """What is asked of a database in which one subject has so many rows: (what, how often at most, the question)."""
    client = database.anybody()
    title = {"people": "people", "calls": "open calls"}[SUBJECTS[subject]]
    file = SUBJECTS[subject]
    for number, name in ((1, "first page"), (100, "page 100")):
        variables = page_of(client, file, number)
        # A small list has no hundred pages.
        if variables:
            yield f"{title}, {name}", None, asked(client, text_of(file), [variables])
    if subject != "people":
        return
    yield "countries, institutions, people (q3)", None, asked(client, text_of("q3"), questions.variables("q3", database.rows))
    yield "search (q4)", None, asked(client, text_of("q4"), questions.variables("q4", database.rows))
    # The walk to the middle may take longer than a token is good for.
    since = middle_of_feed(database.agency(), size)
    agency = database.agency()
    yield "feed, 500 from the middle", None, asked(agency, FEED % (500, FIELDS["feed, names and addresses"]), [{"since": since}])
    # Last, as it writes.
    yield f"push of {PUSHED:,} new contacts", 10, push(database.agency())


def measured(database, work, repeats):
    """The median milliseconds of a question, and the milliseconds of CPU of the service and of the database for each."""
    for turn in range(min(3, repeats)):
        work(turn)
    times, before = [], [processes.cpu_seconds(pid) for pid in database.roots]
    # CPU time is told in hundredths of a second: what is fast is asked more often.
    while len(times) < repeats or sum(times) < LEAST:
        begin = time.perf_counter()
        work(3 + len(times))
        times.append(1000 * (time.perf_counter() - begin))
    after = [processes.cpu_seconds(pid) for pid in database.roots]
    return statistics.median(times), *(1000 * (b - a) / len(times) for a, b in zip(before, after))


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(found, sizes):
    lines = [f"| Median ms (CPU ms of server + database) | {' | '.join(f'{size:,}' for size in sizes)} | growth from first to last size |",
             "| --- |" + " ---: |" * (len(sizes) + 1)]
    for what, by_size in found.items():
        cells = [f"{number(by_size[size][0])} ({number(by_size[size][1])} + {number(by_size[size][2])})" if size in by_size else "–"
                 for size in sizes]
        there = [size for size in sizes if size in by_size]
        grown = f"{by_size[there[-1]][0] / by_size[there[0]][0]:.1f}" if len(there) > 1 else "–"
        if len(there) > 1 and there[0] != sizes[0]:
            grown += f" (from {there[0]:,})"
        lines.append(f"| {what} | {' | '.join(cells)} | {grown} |")
    return "\n".join(lines)


def chart(found, sizes):
    """Both axes are logarithmic: what grows as the data does is as steep as the dashed line."""
    left, top, width, height, legend = 70, 30, 460, 360, 290
    values = [cost[0] for by_size in found.values() for cost in by_size.values()]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])
    last = last if last > first else first + 1

    def x(size):
        return left + width * (math.log10(size) - first) / (last - first)

    def y(cost):
        return top + height * (high - math.log10(cost)) / (high - low)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + legend} {top + height + 60}" role="img">',
             "<title>How the time of a request grows with the data</title>",
             "<style>text{font:13px sans-serif;fill:#333}.grid{stroke:#8884}.axis{stroke:#888}.even{stroke:#888;stroke-dasharray:4 4}"
             "@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>"]
    for power in range(low, high + 1):
        at = y(10 ** power)
        parts.append(f'<line class="grid" x1="{left}" x2="{left + width}" y1="{at:.1f}" y2="{at:.1f}"/>'
                     f'<text x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{10 ** power:g}</text>')
    for size in sizes:
        parts.append(f'<line class="grid" x1="{x(size):.1f}" x2="{x(size):.1f}" y1="{top}" y2="{top + height}"/>'
                     f'<text x="{x(size):.1f}" y="{top + height + 20}" text-anchor="middle">{size:,}</text>')
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 45}" text-anchor="middle">rows</text>'
                 f'<text x="{left}" y="{top - 12}" text-anchor="middle">median ms</text>')
    decades = min(last - first, high - low)
    parts.append(f'<line class="even" x1="{left}" y1="{top + height}" x2="{x(10 ** (first + decades)):.1f}" y2="{y(10 ** (low + decades)):.1f}"/>')
    for place, (what, by_size) in enumerate(found.items()):
        colour = COLOURS[place % len(COLOURS)]
        points = [(x(size), y(cost[0])) for size, cost in sorted(by_size.items())]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in points]
        at = top + 10 + 22 * place
        parts.append(f'<line x1="{left + width + 20}" x2="{left + width + 44}" y1="{at}" y2="{at}" stroke="{colour}" stroke-width="3"/>'
                     f'<text x="{left + width + 52}" y="{at + 4}">{html.escape(what)}</text>')
    at = top + 10 + 22 * len(found)
    parts.append(f'<line class="even" x1="{left + width + 20}" x2="{left + width + 44}" y1="{at}" y2="{at}"/>'
                 f'<text x="{left + width + 52}" y="{at + 4}">grows as the rows do</text></svg>')
    return "\n".join(parts) + "\n"


def main():
    if len(sys.argv) != 1 or "BALAI_BINARY" not in os.environ:
        sys.exit(__doc__)
    binary = pathlib.Path(os.environ["BALAI_BINARY"]).resolve()
    sizes = sorted(int(size) for size in os.environ.get("BENCH_SIZES", "1000 10000 100000 1000000").split())
    repeats = int(os.environ.get("BENCH_REPEATS", "30"))
    file = pathlib.Path(os.environ.get("BENCH_CHART", HERE.parent.parent / "target" / "bench" / "growth.svg"))
    programs = os.environ.get("BENCH_PG_BIN", "/usr/lib/postgresql/15/bin")
    # What is committed lasts a crash of the machine or not: that costs the same at each size.
    options = "-c shared_buffers=1GB -c max_wal_size=8GB -c work_mem=16MB -c random_page_cost=1.1 -c jit=off -c fsync=off"
    found = {}
    for subject in SUBJECTS:
        for size in sizes:
            with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as made:
                folder = pathlib.Path(made)
                folder.chmod(0o755)
                with Cluster(programs, folder, options) as cluster:
                    rows = {"institutions": BESIDE, "people": BESIDE, "opportunities": BESIDE} | {subject: size}
                    begin = time.monotonic()
                    with Database(folder, binary, cluster, rows) as database:
                        print(f"{size:,} {subject}, made in {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
                        for what, share, work in works(database, subject, size):
                            times = max(1, repeats // share) if share else repeats
                            found.setdefault(what, {})[size] = cost = measured(database, work, times)
                            print(f"  {what}: {number(cost[0])} ms", file=sys.stderr, flush=True)
    print(table(found, sizes))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(chart(found, sizes))
    print(f"the chart is in {file}", file=sys.stderr)


if __name__ == "__main__":
    main()
