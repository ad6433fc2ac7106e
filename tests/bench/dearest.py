#!/usr/bin/env python3
"""Asks for as much of each list as the limits let through, and prints what took longest.

    python3 tests/bench/dearest.py http://127.0.0.1:8000/graphql [SECONDS]

For each list: the whole list counted, its last page, filters that look for words; under 100, 40 and 10 entries of a root
list: its counts, its pages, its pages filtered by words; each under as many names as the cost allows. A query is asked
twice, and the shorter time counts. It ends with 1 if one took longer than SECONDS (2).

Start the server with BALAI_LIMIT_REQUESTS and BALAI_LIMIT_BUDGET raised, BALAI_CACHE=0, and nothing else beside it.
"""
import json
import sys
import time
import urllib.error
import urllib.request

ADDRESS = sys.argv[1]
LONGEST = float(sys.argv[2]) if len(sys.argv) > 2 else 2.0
# One letter, two words, what nothing has, what some have.
TEXTS = ["a", "e i", "zq", "film"]
TYPES = "{ __schema { types { name fields { name args { name } type { ...T ofType { ...T ofType { ...T ofType { ...T } } } } } } } } fragment T on __Type { name kind }"


def ask(query):
    """The answer's code, and the seconds it took."""
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(ADDRESS, json.dumps({"query": query}).encode(), headers)
    started = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        answer = json.load(error)
    errors = answer.get("errors") or []
    return answer, (errors[0]["extensions"]["code"] if errors else "ok"), time.monotonic() - started


def named(kind):
    while kind.get("ofType"):
        kind = kind["ofType"]
    return kind["name"]


def lists(fields):
    return [field for field in fields if named(field["type"]).endswith("Connection")]


def aliases(number, field):
    return " ".join(f"a{place}: {field}" for place in range(number))


def questions(types):
    """A name for each question, how to ask it so many times at once, and how many times at most."""
    for root in lists(types["Query"]):
        arguments = {argument["name"] for argument in root["args"]}
        if "filter" not in arguments and "orderBy" not in arguments:
            continue
        name = root["name"]
        yield f"{name}: counted", lambda n: "{ %s }" % aliases(n, f"{name}(first: 1) {{ totalCount }}"), 15
        last = f"{name}(last: 100) {{ nodes {{ id }} pageInfo {{ hasNextPage }} }}"
        yield f"{name}: last page", lambda n: "{ %s }" % aliases(n, last), 15
        for text in TEXTS if "filter" in arguments else []:
            found = f'{name}(first: 20, filter: {{text: "{text}"}}) {{ totalCount nodes {{ id }} }}'
            yield f"{name}: with {text!r}", lambda n: "{ %s }" % aliases(n, found), 15
            without = '{not: {text: "%s"}} ' % text
            none = "{ %s(first: 20, filter: {and: [%s]}) { totalCount nodes { id } } }"
            yield f"{name}: without {text!r}", lambda n: none % (name, without * n), 60
        node = next(field for field in types[named(root["type"])] if field["name"] == "nodes")
        for field in lists(types[named(node["type"])] or []):
            asked = [("counted", "first: 1", "totalCount"), ("first", "first: 1", "nodes { id }"), ("20", "first: 20", "nodes { id }")]
            if "filter" in {argument["name"] for argument in field["args"]}:
                asked += [(f"with {text!r}", f'first: 5, filter: {{text: "{text}"}}', "totalCount nodes { id }") for text in TEXTS]
            for what, how, selection in asked:
                for parents in (100, 40, 10):
                    below = f"{field['name']}({how}) {{ {selection} }}"
                    outer = "{ %s(first: %d) { nodes { %s } } }"
                    yield (
                        f"{name} {parents}, {field['name']}: {what}",
                        lambda n: outer % (name, parents, aliases(n, below)),
                        30,
                    )
    for text in TEXTS:
        for also in ("", ', country: "KH"', ", kinds: [POLICYMAKER]"):
            found = f'search(query: "{text}", first: 100{also}) {{ totalCount nodes {{ __typename }} }}'
            yield f"search {text!r}{also}", lambda n: "{ %s }" % aliases(n, found), 15
    between = 'cooperation(between: ["KH", "KR", "FR", "VN", "TH"])'
    pairs = "{ pairs { openOpportunities agreements { id } } competentAuthorities { id } opportunities(first: 1) { totalCount } }"
    yield "cooperation", lambda n: "{ %s }" % aliases(n, f"{between} {pairs}"), 15


def main():
    answer, _, _ = ask(TYPES)
    types = {kind["name"]: kind["fields"] for kind in answer["data"]["__schema"]["types"]}
    taken = []
    for name, question, most in questions(types):
        for number in range(most, 0, -1):
            _, code, seconds = ask(question(number))
            if code == "COST_EXCEEDED":
                continue
            taken.append((min(seconds, ask(question(number))[2]), name, number, code))
            break
    taken.sort(reverse=True)
    print(f"{len(taken)} questions; the slowest, in seconds:")
    for seconds, name, number, code in taken[:20]:
        print(f"{seconds:6.2f}  {number:2} × {name}" + ("" if code == "ok" else f"  {code}"))
    sys.exit(taken[0][0] > LONGEST)


main()
