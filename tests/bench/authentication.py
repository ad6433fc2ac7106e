#!/usr/bin/env python3
"""What it costs to know who asks: the benchmark's point query (Q1), without a token and with one, in turns.

    TOKEN=$(balai token issue --account EMAIL) tests/bench/authentication.py URL

The service at URL must run with BALAI_LIMIT_REQUESTS and BALAI_LIMIT_BUDGET lifted and BALAI_CACHE=0; a token is good for ten minutes. It prints
the median of the rounds' medians and rates, and the ratio."""

import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).parent
ROUNDS, SECONDS, THREADS, CONNECTIONS = 7, 4, 2, 32


def people(url):
    """The IDs of a hundred people."""
    body = json.dumps({"query": "{ policymakers(first: 100) { nodes { id } } }"}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return [node["id"] for node in json.load(answer)["data"]["policymakers"]["nodes"]]


def round_of(url, bodies, token):
    environment = {key: value for key, value in os.environ.items() if key not in ("TOKEN", "BENCH_TOKEN")}
    if token:
        environment["BENCH_TOKEN"] = token
    output = subprocess.run(
        ["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s", str(HERE / "load.lua"), url, "--", bodies],
        capture_output=True, text=True, check=True, env=environment).stdout
    found = json.loads(re.search(r"^RESULT (.*)$", output, re.M)[1])
    if found["wrong"] or found["failed"]:
        sys.exit(f"bench: some answers failed: {found}")
    return found["median"] / 1000, found["requests"] / (found["microseconds"] / 1e6)


def main():
    if len(sys.argv) != 2 or "TOKEN" not in os.environ:
        sys.exit(__doc__)
    url, token = sys.argv[1].rstrip("/"), os.environ["TOKEN"].strip()
    query = (HERE / "queries" / "q1.balai.graphql").read_text()
    with tempfile.NamedTemporaryFile("w", suffix=".bodies") as bodies:
        bodies.writelines(json.dumps({"query": query, "variables": {"id": key}}) + "\n" for key in people(url))
        bodies.flush()
        rounds = [(round_of(url, bodies.name, None), round_of(url, bodies.name, token)) for _ in range(ROUNDS)]
    (without, slow), (known, fast) = [
        [statistics.median(one[place][part] for one in rounds) for part in (0, 1)] for place in (0, 1)]
    print(f"without a token  {without:.2f} ms  {slow:.0f} requests/s")
    print(f"with a token     {known:.2f} ms  {fast:.0f} requests/s")
    print(f"ratio            {known / without:.3f}     {slow / fast:.3f}")


if __name__ == "__main__":
    main()
