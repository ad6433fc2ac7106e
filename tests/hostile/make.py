#!/usr/bin/env python3
"""Makes the hostile documents and requests that are too large or too regular to write by hand.

    python3 tests/hostile/make.py

writes them into `documents/` and `requests/` beside this file, over what is there. The files that are not made here
were written by hand and are left alone. Nothing is random: the same files come out each time.

A document whose first line is `# operationName: NAME` is meant to be sent with that `operationName`. A request is, byte
for byte, what is written to the socket; after it the writing side is closed.
"""
import gzip
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOCUMENTS = HERE / "documents"
REQUESTS = HERE / "requests"

# A hundred words of one letter each: as many as fit into the 200 characters that a search may have.
WORDS = " ".join(chr(0x4E00 + n) for n in range(100))
ALPHABET = [chr(97 + n) for n in range(26)]


def document(name, text):
    data = text.encode("utf-8")
    assert len(data) <= 256 * 1024, name
    (DOCUMENTS / f"{name}.graphql").write_bytes(data)


def doubling(kind, times, selection, name="F"):
    """Fragments each of which spreads the next one twice: `times` of them make 2^times selections."""
    chain = [f"fragment {name}{n} on {kind} {{ ...{name}{n + 1} ...{name}{n + 1} }}" for n in range(times)]
    return "\n".join([*chain, f"fragment {name}{times} on {kind} {{ {selection} }}"]) + "\n"


def subsets(levels):
    """Each level's two names choose whether a tail is merged in: validating field merging then meets a different set
    of fields for each of the 2^levels paths, so that remembering sets does not help."""
    parts = ['{ institution(by: {slug: "x"}) { ...A0 } }']
    for n in range(levels):
        parts.append(
            f"fragment A{n} on Institution {{ a: parent {{ ...A{n + 1} ...B0 }} b: parent {{ ...A{n + 1} }} }}"
        )
    parts.append(f"fragment A{levels} on Institution {{ id }}")
    for n in range(levels):
        parts.append(
            f"fragment B{n} on Institution {{ a: parent {{ ...B{n + 1} }} b: parent {{ ...B{n + 1} }} }}"
        )
    parts.append(f"fragment B{levels} on Institution {{ slug }}")
    return "\n".join(parts) + "\n"


def roots(count, field):
    return "{\n" + "".join(f"  a{n}: {field}\n" for n in range(count)) + "}\n"


def nested(opening, inside, closing, times):
    return opening * times + inside + closing * times


def tokens_and_brackets():
    # The brackets of values, of types and of selections each have a recursion of their own in a parser.
    document("list-values-nested-2500-deep", "{ nodes(ids: " + nested("[", "", "]", 2500) + ") { id } }\n")
    document("list-values-nested-60-deep", "{ nodes(ids: " + nested("[", '"x"', "]", 60) + ") { id } }\n")
    document("list-values-never-closed", "{ nodes(ids: " + "[" * 10_000)
    document("object-values-nested-2000-deep", "{ countries(filter: " + nested("{not: ", "{}", "}", 2000) + ") { totalCount } }\n")
    document("deep-type-reference-of-1900-lists", "query ($a: " + nested("[", "Int", "]", 1900) + ") { __typename }\n")
    document("deep-type-reference-of-62-lists", "query ($a: " + nested("[", "Int", "]", 62) + ") { nodes(ids: $a) { id } }\n")
    document("selections-nested-2000-deep", nested("{ a ", "", "}", 2000) + "\n")
    document("inline-fragments-nested-61-deep", "{ " + nested("... { ", "__typename", " }", 61) + " }\n")
    document("inline-fragments-nested-900-deep", "{ " + nested("... { ", "__typename", " }", 900) + " }\n")
    document("closing-brackets-only", "}" * 1500 + ")" * 200 + "]" * 200 + "\n")
    # A string that a scanner may think goes on, and a parser may think has ended, with brackets behind it.
    document("brackets-behind-a-backslash-at-the-end-of-a-line", '{ a(b: "\\\n' + "[" * 8_000 + '") }\n')
    document("brackets-behind-a-string-ended-by-a-carriage-return", '{ a(b: "x\r' + "[" * 8_000 + '") }\n')
    document("brackets-between-escaped-quotes-of-a-block-string", '{ a(b: """\\"""' + "[" * 3000 + '""") }\n')
    document("brackets-behind-seven-quotes", '{ a(b: """""""' + "[" * 3000 + ") }\n")
    document("brackets-behind-a-line-separator-in-a-comment", "{ __typename # \u2028" + "[" * 3000 + "\n}\n")
    document("commas-20-kb", "{ __typename " + "," * 20_000 + " }\n")
    document("comments-only", "# nothing is asked here\n" * 200)
    document("comment-of-10-kb", "#" + "x" * 10_000 + "\n{ __typename }\n")
    document("numbers-with-1900-digits", "{ countries(first: " + "9" * 1900 + ") { totalCount } }\n")
    document("number-with-10000-digits", "{ countries(first: " + "9" * 10_000 + ") { totalCount } }\n")
    document("number-with-an-exponent-of-1000-digits", "{ countries(first: 1e" + "9" * 1000 + ") { totalCount } }\n")
    document("name-of-100-kb", "{ " + "n" * 100_000 + " }\n")
    document("signs-that-begin-no-token", "{ " + "§?;%" * 300 + " }\n")


def operations_and_fragments():
    document("operations-1000", "\n".join(f"query Q{n}{{a}}" for n in range(1000)) + "\n")
    document("operations-390-with-the-first-one-asked-for", "# operationName: Q0\n" + "\n".join(f"query Q{n} {{ __typename }}" for n in range(390)) + "\n")
    document("operations-of-one-name", "\n".join("query Q { __typename }" for _ in range(300)) + "\n")
    document("fragments-that-double-20-times", "{ ...F0 }\n" + doubling("Query", 20, "__typename"))
    document("fragments-that-double-100-times", "{ ...F0 }\n" + doubling("Query", 100, "__typename"))
    # Each operation is planned on its own, also those that nobody asked for.
    many = "".join(f"query Q{n} {{ ...F0 }}\n" for n in range(290))
    document("operations-290-of-16384-fields-each", "# operationName: Q0\n" + many + doubling("Query", 14, "__typename"))
    some = "".join(f"query Q{n} {{ ...F0 }}\n" for n in range(50))
    document(
        "within-limits-one-field-beside-50-operations-of-16384-fields",
        "# operationName: Small\nquery Small { __typename }\n" + some + doubling("Query", 14, "__typename"),
    )
    document("overlapping-fields-with-2-to-the-8-sets", subsets(8))
    document("overlapping-fields-with-2-to-the-45-sets", subsets(45))
    document("overlapping-fields-900-times-the-same", "{ countries { nodes { " + "code " * 900 + "} } }\n")
    document("overlapping-fields-with-other-arguments", "{ countries { nodes { " + " ".join(f'name(language: "a{chr(97 + n % 26)}")' for n in range(250)) + " } } }\n")
    document(
        "overlapping-fields-in-60-levels-side-by-side",
        "{ institutions { nodes { " + nested("parent { id parent { slug } ", "id", " }", 55) + " } } }\n",
    )
    chain = "".join(f"fragment F{n} on Country {{ ...F{n + 1} code }}\n" for n in range(200))
    document("fragment-chain-of-200", '{ country(code: "KH") { ...F0 } }\n' + chain + "fragment F200 on Country { code }\n")
    short = "".join(f"fragment F{n} on Query {{ ...F{n + 1} }}\n" for n in range(40))
    document("fragment-chain-of-40", "{ ...F0 }\n" + short + "fragment F40 on Query { __typename }\n")
    ring = "".join(f"fragment F{n} on Country {{ groups {{ country {{ ...F{(n + 1) % 130} }} }} }}\n" for n in range(130))
    document("fragment-cycle-of-130", '{ country(code: "KH") { ...F0 } }\n' + ring)
    every = "".join(f"fragment F{n} on Country {{ {' '.join(f'...F{m}' for m in range(30))} }}\n" for n in range(30))
    document("fragment-cycles-of-30-that-all-spread-each-other", '{ country(code: "KH") { ...F0 } }\n' + every)
    onward = "".join(f"fragment F{n} on Country {{ {' '.join(f'...F{m}' for m in range(n + 1, 41))} code }}\n" for n in range(41))
    document("fragments-40-that-spread-all-later-ones", '{ country(code: "KH") { ...F0 } }\n' + onward)
    document("fragments-never-used", "{ __typename }\n" + "".join(f"fragment F{n} on Country {{ code }}\n" for n in range(280)))
    document("fragments-never-defined", "{ " + " ".join(f"...F{n}" for n in range(900)) + " }\n")
    kinds = ["Country", "CountryGroup", "Convention", "Institution", "Policymaker", "Agreement", "Opportunity"]
    spreads = " ".join(f"... on {kind} {{ id ... on Node {{ id ... on {kind} {{ id }} }} }}" for kind in kinds * 15)
    document("possible-spreads-on-interfaces-and-unions", '{ search(query: "film") { nodes { ' + spreads + " } } }\n")
    document("impossible-spreads-of-every-kind", "{ countries { nodes { " + " ".join(f"... on {kind} {{ id }}" for kind in kinds * 35) + " } } }\n")


def variables():
    names = [f"$v{n}: String" for n in range(70)]
    document("variables-70-in-a-chain-of-fragments", "query (" + " ".join(names) + ") { ...F0 }\n" + "".join(
        f"fragment F{n} on Query {{ a{n}: countryGroup(code: $v{n}) {{ code }} ...F{n + 1} }}\n" for n in range(70)) + "fragment F70 on Query { __typename }\n")
    document("variables-390-never-used", "query (" + " ".join(f"$v{n}: Int" for n in range(390)) + ") { __typename }\n")
    document("variables-never-declared", "{ " + " ".join(f"a{n}: countryGroup(code: $v{n}) {{ code }}" for n in range(150)) + " }\n")
    document("variables-of-one-name", "query (" + "$v: Int = 1 " * 280 + ") { countries(first: $v) { totalCount } }\n")
    document("variables-default-nested-58-deep", "query ($f: CountryFilter = " + nested("{not: ", "{}", "}", 58) + ") { countries(filter: $f) { totalCount } }\n")
    document("variables-default-that-is-a-variable", "query ($a: Int = $b, $b: Int = $a) { countries(first: $a, last: $b) { totalCount } }\n")
    # One variable's name in every message about it.
    document("variable-name-of-10-kb-in-its-own-faults", "query ($" + "v" * 10_000 + ": Strin" + ") { __typename }\n")


def directives():
    document("directives-280-on-one-field", "{ __typename " + "@include(if: true) " * 280 + "}\n")
    document("directives-500-unknown", "{ __typename " + "@d " * 500 + "}\n")
    chain = "".join(f"fragment F{n} on Query {{ ...F{n + 1} @skip(if: $a) @include(if: $b) ...F{n + 1} }}\n" for n in range(14))
    # Each of the 16384 fields has the conditions of all the spreads above it.
    document("conditions-that-add-up-along-fragments", "query ($a: Boolean! = false, $b: Boolean! = true) { ...F0 }\n" + chain + "fragment F14 on Query { __typename }\n")
    document("skip-and-include-that-contradict", "query ($a: Boolean! = true) { countries @skip(if: $a) @include(if: $a) { nodes { code @skip(if: $a) } } " + " ".join(f"... @include(if: {str(n % 2 == 0).lower()}) {{ __typename @skip(if: $a) }}" for n in range(14)) + " }\n")


def arguments():
    ids = " ".join(f'"inst_{n:026}"' for n in range(101))
    document("ids-101", "{ nodes(ids: [" + ids + "]) { id } }\n")
    document("ids-1900-of-nothing", '{ nodes(ids: [' + '"" ' * 1900 + ']) { id } }\n')
    document("id-of-10-kb", '{ node(id: "inst_' + "0" * 10_000 + '") { id } }\n')
    document("filter-of-101-filters", "{ countries(filter: {or: [" + '{code: ["KH"]} ' * 100 + "]}) { totalCount } }\n")
    document("filter-with-1800-codes", '{ countries(filter: {code: [' + '"KH" ' * 1800 + "]}) { totalCount } }\n")
    document("filter-with-one-field-300-times", "{ countries(filter: {" + 'region: "Asia" ' * 300 + "}) { totalCount } }\n")
    document("filter-with-600-fields-that-there-are-not", "{ countries(filter: {" + " ".join(f"x{n}: 1" for n in range(600)) + "}) { totalCount } }\n")
    document("search-text-of-10-kb", '{ search(query: "' + "film " * 2_000 + '") { totalCount } }\n')
    document("search-text-of-200-combining-marks", '{ search(query: "a' + "\u0301\u0327" * 99 + '") { totalCount } }\n')
    document("text-filter-of-200-letters-that-fold-into-many", '{ institutions(filter: {text: "' + "\ufdfa" * 200 + '"}) { totalCount } }\n')
    document("language-tag-of-10-kb", '{ country(code: "KH") { name(language: "' + "aa-" * 3_500 + 'aa") } }\n')
    document("cursor-of-10-kb", '{ countries(after: "' + "QUFB" * 2_500 + '") { totalCount } }\n')
    document("aliases-of-totalCount", "{ countries { " + " ".join(f"a{n}: totalCount" for n in range(31)) + " } }\n")
    document("arguments-600-on-one-field", "{ countries(" + "first: 1 " * 600 + ") { totalCount } }\n")


def introspection():
    document("introspection-types-in-types", "{ __schema { types { " + nested("fields { type { ", "name", " } }", 12) + " } } }\n")
    document("introspection-of-types-50-deep", '{ __type(name: "Query") { ' + nested("ofType { ", "name", " }", 50) + " } }\n")
    # The executor has a depth of its own, which counts what the service's limit does not.
    document("introspection-of-types-32-deep", '{ __type(name: "Query") { ' + nested("ofType { ", "name", " }", 32) + " } }\n")
    document("inline-fragments-nested-33-deep", "{ " + nested("... { ", "__typename", " }", 33) + " }\n")
    # A value of an introspection costs nothing, however often it is asked for.
    document("within-limits-introspection-of-18000-names-in-each-type", "{ __schema { types { ...F0 } } }\n" + doubling("__Type", 10, "__typename " * 18))
    inside = "fields { name description args { name description type { name inputFields { name description type { kind name } } } } }"
    document("within-limits-introspection-of-all-arguments", "{ __schema { types { name description " + inside + " } } }\n")
    document("within-limits-introspection-15-times", "{ " + " ".join(f"a{n}: __schema {{ types {{ name fields {{ name type {{ name ofType {{ name }} }} }} }} }}" for n in range(15)) + " }\n")


def within_limits():
    letters = ALPHABET[:3]
    document("within-limits-3-searches-for-a-letter", "{\n" + "".join(f'  {one}: search(query: "{one}", first: 100) {{ totalCount nodes {{ __typename }} }}\n' for one in letters) + "}\n")
    document("within-limits-3-searches-for-100-words", roots(3, f'search(query: "{WORDS}", first: 100) {{ totalCount nodes {{ __typename }} }}'))
    document("within-limits-3-searches-of-a-country", roots(3, 'search(query: "a", country: "KH", first: 100) { totalCount nodes { __typename } }'))
    lists = ["countries", "institutions", "policymakers", "agreements", "opportunities"]
    document("within-limits-totalCount-in-15-root-fields", "{\n" + "".join(f"  {one}{n}: {one}(last: 100) {{ totalCount pageInfo {{ endCursor }} }}\n" for n in range(3) for one in lists) + "}\n")
    document("within-limits-15-cooperations", roots(15, 'cooperation(between: ["KH", "KR", "FR", "VN", "TH"]) { countries { code } pairs { openOpportunities bothPartyToConvention countries { code } agreements { id } } competentAuthorities { id } agreements(first: 1) { totalCount } opportunities(first: 1) { totalCount } }'))
    # The same text a hundred times in one filter, each text of a hundred words: ten thousand comparisons for a row.
    text = f'{{text: "{WORDS}"}} '
    document("cost-filter-of-100-texts-of-100-words", "{ opportunities(filter: {and: [" + text * 99 + "]}) { totalCount nodes { id } } }\n")
    document("cost-3-filters-of-100-texts-of-26-words", "{\n" + "".join(f"  {one}(filter: {{or: [" + f'{{text: "{" ".join(ALPHABET)}"}} ' * 99 + "]}) { totalCount nodes { id } }\n" for one in lists[1:4]) + "}\n")
    document("within-limits-filter-not-nested-58-deep", '{ opportunities(filter: ' + nested('{openTo: "KH" medium: [FILM] not: ', nested('{text: "a b c d e f" not: ', "{}", "}", 4), "}", 54) + ") { totalCount nodes { id } } }\n")
    document("within-limits-filter-or-and-nested-29-deep", '{ agreements(filter: ' + nested('{party: "KH" or: [', "{}", "]}", 29) + ") { totalCount nodes { id } } }\n")
    # 5,000 points buy 100,000 values.
    document("within-limits-950-values-of-100-nodes", "{ countries(first: 100) { nodes { " + "code " * 950 + "} } }\n")
    document("within-limits-960-names-of-100-nodes", "{ countries(first: 100) { nodes { ...F0 } } }\n" + doubling("Country", 6, 'name(language: "km-Khmr-KH") ' * 15))
    document("within-limits-12-levels-of-parents", "{ institutions(first: 100) { nodes { " + nested("parent { id name ", "id", "}", 9) + " } } }\n")
    document("within-limits-30-aliases-of-summaries", "{ opportunities(first: 100) { nodes { " + " ".join(f'a{n}: description(language: "x{one}-Latn-KH-x-{one * 8}")' for n, one in enumerate(ALPHABET + ALPHABET[:4])) + " } } }\n")
    document("within-limits-pages-in-pages", "{ countries(first: 30) { nodes { code agreements(first: 8) { totalCount nodes { id parties { party { ... on Country { code } } } } } opportunities(first: 8) { totalCount nodes { id title } } institutions(first: 8) { totalCount nodes { id } } } } }\n")
    document("within-limits-lists-under-100-parents", "{ institutions(first: 100) { nodes { " + " ".join(f'a{n}: policymakers(first: 1, filter: {{level: [{one}]}}) {{ totalCount }}' for n, one in enumerate(["MINISTER", "DIRECTOR", "OFFICER", "EXPERT"])) + " } } }\n")
    document("within-limits-accessions-of-a-convention", '{ convention(code: "UNESCO-2005") { accessions { party { ... on Country { id name groups { role } } ... on CountryGroup { id } } provenance { note source url } } } }\n')
    document("within-limits-one-root-field-4-times", "{\n" + "  countries(first: 100) { nodes { code name groups { role since } } }\n" * 4 + "}\n")
    document("within-limits-conditions-on-every-field", "query ($a: Boolean! = true) { countries(first: 100) { nodes { " + " ".join(f"a{n}: code @include(if: $a)" for n in range(28)) + " } } }\n")


def weird_values():
    document("argument-first-over-32-bits", "{ countries(first: 2147483648) { totalCount } }\n")
    document("numbers-at-the-edges", "{ a: countries(first: -1) { totalCount } b: countries(first: 0) { totalCount } c: countries(first: -2147483649) { totalCount } d: countries(first: 100, last: 100) { totalCount } e: countries(first: 1.0) { totalCount } }\n")
    document("byte-order-mark", "\ufeff{ __typename }\n")
    document("byte-order-marks-in-the-middle", "{ __typename\ufeff }\n")
    document("null-bytes", "{ __typename \0 }\n\0\0")
    document("null-byte-in-a-string", '{ search(query: "a\0b") { totalCount } }\n')
    document("null-byte-escaped-in-keys", '{ countryGroup(code: "A\\u0000") { code } institution(by: {slug: "\\u0000"}) { id } search(query: "a\\u0000b") { totalCount } countries(filter: {region: "\\u0000", partyTo: "\\u0000"}) { totalCount } }\n')
    document("control-characters-in-a-string", '{ search(query: "\x01\x02\x1b[2J\x7f") { totalCount } }\n')
    document("unicode-names", "{ pays: __typename é ｎａｍｅ 名前 }\n")
    document("right-to-left-override", '{ search(query: "\u202egnp.exe") { totalCount } } # \u202e}\n')
    document("noncharacters-and-the-last-code-point", '{ search(query: "\ufffe\uffff\U0010ffff a") { totalCount } }\n')
    document("like-wildcards-in-texts", "{ search(query: \"%_\\\\'\\\";--\") { totalCount } institutions(filter: {text: \"a%'; DROP TABLE country; --\"}) { totalCount } countryGroup(code: \"%\") { code } }\n")


def head(method="POST", target="/graphql", *lines, version="HTTP/1.1", host=True, close=True):
    first = [f"{method} {target} {version}"]
    first += ["Host: 127.0.0.1"] if host else []
    first += list(lines)
    first += ["Connection: close"] if close else []
    return ("\r\n".join(first) + "\r\n\r\n").encode("utf-8")


JSON = "Content-Type: application/json"
ASK = b'{"query":"{ __typename }"}'


def request(name, data):
    (REQUESTS / f"{name}.http").write_bytes(data)


def post(name, body, *lines, kind=JSON):
    body = body if isinstance(body, bytes) else body.encode("utf-8")
    request(name, head("POST", "/graphql", kind, f"Content-Length: {len(body)}", *lines) + body)


def get(name, target, *lines, **more):
    request(name, head("GET", target, *lines, **more))


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def framing():
    request("content-length-huge-and-no-body", head("POST", "/graphql", JSON, "Content-Length: 9999999999999"))
    request("content-length-beyond-64-bits", head("POST", "/graphql", JSON, "Content-Length: 99999999999999999999999") + ASK)
    request("content-length-negative", head("POST", "/graphql", JSON, "Content-Length: -1") + ASK)
    request("content-length-with-a-plus", head("POST", "/graphql", JSON, f"Content-Length: +{len(ASK)}") + ASK)
    request("content-length-too-long", head("POST", "/graphql", JSON, "Content-Length: 1000") + ASK)
    request("content-length-too-short", head("POST", "/graphql", JSON, "Content-Length: 10") + ASK)
    request("content-length-twice-alike", head("POST", "/graphql", JSON, *[f"Content-Length: {len(ASK)}"] * 2) + ASK)
    request("content-length-twice-different", head("POST", "/graphql", JSON, f"Content-Length: {len(ASK)}", "Content-Length: 3") + ASK)
    chunk = b"400\r\n" + b" " * 1024 + b"\r\n"
    chunked = head("POST", "/graphql", JSON, "Transfer-Encoding: chunked")
    request("chunked-body-past-256-kb", chunked + chunk * 260 + b"0\r\n\r\n")
    request("chunked-body-of-single-bytes", chunked + b"".join(b"1\r\n%c\r\n" % byte for byte in ASK) + b"0\r\n\r\n")
    request("chunk-with-a-bad-size", chunked + b"zz\r\n" + ASK + b"\r\n0\r\n\r\n")
    request("chunk-with-a-size-beyond-64-bits", chunked + b"fffffffffffffffff\r\n" + ASK + b"\r\n0\r\n\r\n")
    request("chunk-with-a-negative-size", chunked + b"-1\r\n" + ASK + b"\r\n0\r\n\r\n")
    request("chunk-with-an-extension-of-10-kb", chunked + b"1a;" + b"x" * 10_000 + b"\r\n" + ASK + b"\r\n0\r\n\r\n")
    request("chunked-body-that-does-not-end", chunked + b"1a\r\n" + ASK + b"\r\n")
    request("chunked-with-trailers", chunked + b"1a\r\n" + ASK + b"\r\n0\r\nContent-Length: 5\r\nX: y\r\n\r\n")
    request("transfer-encoding-and-content-length", head("POST", "/graphql", JSON, f"Content-Length: {len(ASK)}", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + head("GET", "/smuggled"))
    request("transfer-encoding-unknown", head("POST", "/graphql", JSON, "Transfer-Encoding: cow") + ASK)
    request("transfer-encoding-twice", head("POST", "/graphql", JSON, "Transfer-Encoding: chunked", "Transfer-Encoding: identity") + b"0\r\n\r\n")
    request("transfer-encoding-chunked-with-a-tab", head("POST", "/graphql", JSON, "Transfer-Encoding:\tchunked") + b"0\r\n\r\n")
    request("expect-100-continue", head("POST", "/graphql", JSON, f"Content-Length: {len(ASK)}", "Expect: 100-continue") + ASK)
    request("expect-the-impossible", head("POST", "/graphql", JSON, f"Content-Length: {len(ASK)}", "Expect: the-moon") + ASK)
    request("get-with-a-body", head("GET", "/graphql?query=%7B__typename%7D", JSON, f"Content-Length: {len(ASK)}") + ASK)
    one = head("GET", "/graphql?query=%7B__typename%7D", close=False)
    request("pipelined-requests-100", one * 99 + head("GET", "/graphql?query=%7B__typename%7D"))
    request("pipelined-after-a-refusal", head("POST", "/graphql", "Content-Type: text/plain", "Content-Length: 10000", close=False) + b"x" * 10_000 + head("GET", "/graphql?query=%7B__typename%7D"))


def lines():
    request("http-1.0", head("POST", "/graphql", JSON, f"Content-Length: {len(ASK)}", version="HTTP/1.0", host=False) + ASK)
    request("http-0.9", b"GET /graphql\r\n\r\n")
    request("http-version-unknown", head("GET", "/graphql", version="HTTP/7.3"))
    request("http-2-preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
    request("http-2-upgrade", head("GET", "/graphql?query=%7B__typename%7D", "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__", close=False))
    request("tls-client-hello", bytes.fromhex("16030100a5010000a10303") + bytes(range(32)) + bytes.fromhex("20") + bytes(32) + bytes.fromhex("0004130113020100004c"))
    request("garbage-bytes", bytes((n * 73 + 41) % 256 for n in range(4096)))
    request("empty-lines-before-the-request", b"\r\n" * 500 + head("GET", "/graphql?query=%7B__typename%7D"))
    request("bare-line-feeds", head("GET", "/graphql?query=%7B__typename%7D").replace(b"\r\n", b"\n"))
    request("host-missing", head("GET", "/graphql?query=%7B__typename%7D", host=False))
    request("host-twice", head("GET", "/graphql?query=%7B__typename%7D", "Host: elsewhere.example"))
    request("host-that-is-none", head("GET", "/graphql?query=%7B__typename%7D", "Host: [::::]:99999999", host=False))
    request("method-unknown", head("FOO", "/graphql"))
    request("method-of-10-kb", head("G" * 10_000, "/graphql"))
    request("method-trace", head("TRACE", "/graphql"))
    request("method-head", head("HEAD", "/graphql?query=%7B__typename%7D"))
    request("method-connect", head("CONNECT", "127.0.0.1:443"))
    request("options-star", head("OPTIONS", "*"))
    request("options-as-browsers-ask", head("OPTIONS", "/graphql", "Origin: https://elsewhere.example", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: " + ",".join(["x"] * 1000)))
    request("websocket-upgrade", head("GET", "/graphql", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: graphql-transport-ws", close=False))
    get("target-in-absolute-form", "http://elsewhere.example/graphql?query=%7B__typename%7D")
    get("target-with-null-bytes", "/graphql%00?query=%7B__typename%7D")
    request("target-with-raw-null-bytes", b"GET /graph\0ql HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    get("target-with-dots", "/graphql/../../../../etc/passwd")
    get("target-with-encoded-dots", "/graphiql/%2e%2e%2f%2e%2e%2fetc%2fpasswd")
    get("target-of-60-kb-of-query", "/graphql?query=%7B__typename%7D" + "%20" * 20_000)
    get("target-of-66-kb", "/graphql?query=" + "a" * 66_000)
    get("target-with-malformed-percent-encoding", "/graphql?query=%7B__typename%7D%&variables=%zz&operationName=%C3%28")
    get("target-with-500-parameters", "/graphql?" + "query=%7B__typename%7D&" * 500)


def headers():
    ask = "/graphql?query=%7B__typename%7D"
    get("header-of-100-kb", ask, "X-Long: " + "a" * 100_000)
    get("headers-200", ask, *[f"X-{n}: {n}" for n in range(200)])
    get("headers-90-of-100-bytes", ask, *[f"X-{n}: {'v' * 100}" for n in range(90)])
    get("header-without-a-colon", ask, "this is no header")
    get("header-with-a-space-before-the-colon", ask, "Accept : */*")
    get("header-folded", ask, "Accept: application/json,\r\n text/html")
    request("header-that-is-not-utf-8", head("GET", ask).replace(b"Host", b"Accept: \xff\xfe\r\nAuthorization: \xff\r\nIf-None-Match: \xff\r\nHost", 1))
    get("accept-1000-ranges", ask, "Accept: " + ",".join(f"application/x{n};q=0.{n % 10}" for n in range(1000)) + ",*/*;q=0.1")
    get("accept-1000-headers", ask, *["Accept: text/html"] * 90)
    get("accept-with-a-bad-quality", ask, "Accept: */*;q=abc")
    get("accept-with-a-quality-over-one", ask, "Accept: application/json;q=2, */*;q=-1, text/html;q=NaN")
    get("accept-commas", ask, "Accept: " + "," * 5000)
    get("accept-an-open-quote", ask, 'Accept: application/json;charset="utf-8')
    get("accept-encoding-1000", ask, "Accept-Encoding: " + ", ".join(["br;q=0.5", "gzip;q=1.5", "zstd", "*;q=0"] * 250))
    get("if-none-match-1000-tags", ask, "If-None-Match: " + ", ".join(f'W/"{n}"' for n in range(1000)))
    get("if-none-match-star", ask, "If-None-Match: *")
    get("x-forwarded-for-1000", ask, "X-Forwarded-For: " + ", ".join(["10.0.0.1", "::1", "nonsense", "999.1.1.1"] * 250))
    get("authorization-of-50-kb", ask, "Authorization: Bearer " + "t" * 50_000)
    get("authorization-that-is-short", ask, "Authorization: Be")
    get("range-of-an-answer", ask, "Range: bytes=0-1,2-3,-5")
    get("cookies-of-10-kb", ask, "Cookie: " + "a=b; " * 2_000)
    get("origin-null-from-elsewhere", ask, "Origin: null", "Sec-Fetch-Site: cross-site")


def bodies():
    post("json-nested-10000-deep", '{"query":"{ __typename }","variables":{"a":' + nested("[", "", "]", 10_000) + "}}")
    post("json-nested-1000-deep-in-an-unknown-key", nested('{"a":', "1", "}", 1_000))
    post("json-variables-nested-65-deep", '{"query":"{ __typename }","variables":{"a":' + nested("[", "", "]", 65) + "}}")
    post("json-variables-nested-120-deep", '{"query":"{ __typename }","variables":{"a":' + nested('{"not":', "1", "}", 120) + "}}")
    post("json-with-duplicate-keys", '{"query":"{ __typename }","query":"{ a }","variables":{},"variables":[]}')
    post("json-with-duplicate-variables", '{"query":"query($a:Int){countries(first:$a){totalCount}}","variables":{"a":1,"a":"x","a":2}}')
    post("json-number-1e999999", '{"query":"query($a:Int){countries(first:$a){totalCount}}","variables":{"a":1e999999}}')
    post("json-number-of-10-kb", '{"query":"query($a:Int){countries(first:$a){totalCount}}","variables":{"a":' + "9" * 10_000 + "}}")
    post("json-numbers-that-are-no-int", '{"query":"query($a:Int){countries(first:$a){totalCount}}","variables":{"a":1.5}}')
    post("json-variables-a-list", '{"query":"{ __typename }","variables":[1,2]}')
    post("json-variables-a-string", '{"query":"{ __typename }","variables":"{}"}')
    post("json-query-a-number", '{"query":1}')
    post("json-lone-surrogate", '{"query":"{ __typename # \\ud800 }"}')
    post("json-null-bytes", '{"query":"{ __typename \\u0000 }","operationName":"\\u0000"}')
    post("json-a-string", '"{ __typename }"')
    post("json-with-a-byte-order-mark", b"\xef\xbb\xbf" + ASK)
    post("json-followed-by-more", ASK + ASK)
    post("json-cut-off", ASK[:-3])
    post("json-unknown-keys-1000", '{"query":"{ __typename }",' + ",".join(f'"k{n}":[]' for n in range(1_000)) + "}")
    post("batch-of-1000", b"[" + b",".join([b'{"query":"{a}"}'] * 1000) + b"]")
    post("body-empty", b"")
    post("body-of-white-space-10-kb", b" " * 10_000)
    post("body-not-utf-8", b'{"query":"{ __typename # \xff\xfe\xc0\x80 }"}')
    post("body-utf-16", ASK.decode().encode("utf-16"))
    # No time of making, so that the same bytes come out each time.
    post("body-gzip", gzip.compress(ASK, mtime=0), "Content-Encoding: gzip")
    post("body-gzip-that-grows-1000-times", gzip.compress(b" " * 2_000_000, mtime=0), "Content-Encoding: gzip")
    post("body-of-another-encoding", ASK, "Content-Encoding: br, gzip, cow")
    post("content-type-missing", ASK, kind="X-No: type")
    post("content-type-form", b"query={__typename}", kind="Content-Type: application/x-www-form-urlencoded")
    post("content-type-multipart", b"--x\r\nContent-Disposition: form-data; name=operations\r\n\r\n{}\r\n--x--", kind="Content-Type: multipart/form-data; boundary=x")
    post("content-type-utf-16", ASK, kind="Content-Type: application/json; charset=utf-16")
    post("content-type-with-odd-parameters", ASK, kind='Content-Type: APPLICATION/JSON ; charset="UTF-8"; ;;a=b')
    post("content-type-of-10-kb", ASK, kind="Content-Type: application/json; x=" + "y" * 10_000)
    post("content-type-twice", ASK, "Content-Type: text/plain")
    post("content-type-graphql", b"{ __typename }", kind="Content-Type: application/graphql")
    post("operation-name-with-line-ends", compact({"query": "query A { __typename }", "operationName": "A\r\nSet-Cookie: a=b"}))
    post("operation-name-of-10-kb", compact({"query": "{ __typename }", "operationName": "n" * 10_000}))
    post("cost-asked-for-twice", ASK, "GraphQL-Include-Cost: 1", "GraphQL-Include-Cost: \t")


def names_of_documents():
    extensions = [
        ("a-list", []),
        ("a-string", {"persistedQuery": "x"}),
        ("without-a-hash", {"persistedQuery": {"version": 1}}),
        ("of-version-2-to-the-40", {"persistedQuery": {"version": 2**40, "sha256Hash": "x"}}),
        ("of-version-minus-1", {"persistedQuery": {"version": -1, "sha256Hash": "x"}}),
        ("with-a-hash-of-10-kb", {"persistedQuery": {"version": 1, "sha256Hash": "a" * 10_000}}),
        ("with-a-wrong-hash", {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}),
    ]
    for name, value in extensions:
        post(f"persisted-query-{name}", compact({"query": "{ __typename }", "extensions": value}))
    get("document-id-with-dots", "/graphql?documentId=../../../../etc/passwd")
    get("document-id-with-null-bytes", "/graphql?documentId=%00%00&extensions=%7B%22persistedQuery%22:null%7D")
    get("mutation-by-get", "/graphql?query=mutation%7Ba%7D")
    get("subscription-by-get", "/graphql?query=subscription%7Ba%7D")
    get("operation-name-with-line-ends-by-get", "/graphql?query=query%20A%7B__typename%7D&operationName=A%0d%0aX-Injected:1")
    get("variables-nested-10000-deep-by-get", "/graphql?query=%7B__typename%7D&variables=" + "[" * 10_000)


def variables_in_bodies():
    filters = "query($f:OpportunityFilter){opportunities(filter:$f){totalCount nodes{id}}}"
    asked = " ".join(f"a{n}:opportunities(filter:$f){{totalCount nodes{{id}}}}" for n in range(15))
    text = " ".join(ALPHABET)
    post("variables-one-filter-of-100-in-15-root-fields", compact({"query": "query($f:OpportunityFilter){" + asked + "}", "variables": {"f": {"or": [{"text": text, "openTo": "KH"}] * 99}}}))
    inner = {"text": text}
    for _ in range(60):
        inner = {"text": text, "not": inner}
    post("variables-filter-not-nested-61-deep", compact({"query": filters, "variables": {"f": inner}}))
    codes = "query($c:[CountryCode!]){countries(filter:{code:$c}){totalCount}}"
    post("variables-4000-codes", compact({"query": codes, "variables": {"c": ["KH"] * 4_000}}))
    post("variables-5000-faults", compact({"query": codes, "variables": {"c": [1] * 5_000}}))
    # Each fault says its path, which begins with the variable's name: the size of the one times the number of the other.
    name = "v" * 7_000
    ask = f"query(${name}:[CountryCode!]!){{cooperation(between:${name}){{__typename}}}}"
    post("variables-of-a-long-name-with-10000-faults", compact({"query": ask, "variables": {name: [1] * 10_000}}))


def main():
    DOCUMENTS.mkdir(exist_ok=True)
    REQUESTS.mkdir(exist_ok=True)
    for make in (
        tokens_and_brackets, operations_and_fragments, variables, directives, arguments, introspection, within_limits,
        weird_values, framing, lines, headers, bodies, names_of_documents, variables_in_bodies,
    ):
        make()


if __name__ == "__main__":
    main()
