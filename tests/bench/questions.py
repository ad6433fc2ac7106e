"""What is asked: the variables of each query, in each system's words, and how answers are compared.

A query is in `queries/` three times: for Balai, for PostGraphile, and as one SQL statement. The SQL has `{name}` where a value
belongs; pgbench picks it by the number of the request."""

import json
import pathlib
import re
import uuid

FOLDER = pathlib.Path(__file__).parent / "queries"
KINDS = ["CO_PRODUCTION", "CO_DISTRIBUTION", "ARTIST_MOBILITY", "RESIDENCY", "FUNDING", "TRAINING", "MARKET_ACCESS", "EXCHANGE"]
# Rare, usual and broad searches: with 100,000 opportunities the pairs find some hundred entries, the single words some thousand.
WORDS = [
    "puppetry residency", "folklore grant", "gongs workshop", "cinema market", "silk fellowship", "libraries forum",
    "highland opera", "coastal murals", "council poetry", "ministry looms", "viet nam", "korea", "murals", "radio",
]
# The letters of Crockford's base 32, in which a TypeID writes its UUID.
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def typeid(prefix, key):
    number = uuid.UUID(key).int
    return prefix + "_" + "".join(LETTERS[number >> (5 * place) & 31] for place in range(25, -1, -1))


def key_of(typeid_text):
    number = 0
    for letter in typeid_text.rpartition("_")[2]:
        number = number * 32 + LETTERS.index(letter)
    return str(uuid.UUID(int=number))


def variables(name, rows):
    """The variables of the requests for a query, each a dictionary. `rows` runs SQL and gives rows of texts."""
    places = [row[0] for row in rows(
        "SELECT code FROM country WHERE EXISTS (SELECT FROM institution WHERE country_id = country.id AND slug LIKE 'bench-%')"
        " ORDER BY code")]
    if name == "q1":
        return [{"id": row[0]} for row in rows(
            "SELECT DISTINCT policymaker_id FROM appointment WHERE public AND until IS NULL AND since <= current_date"
            " ORDER BY 1 LIMIT 2000")]
    if name == "q2":
        return [{"kind": KINDS[n % 8], "country": places[n * 7 % len(places)]} for n in range(80)]
    if name == "q3":
        return [{"codes": [places[(n * 9 + step) % len(places)] for step in range(10)]} for n in range(20)]
    if name == "q4":
        people = rows("SELECT names FROM search_entry WHERE kind = 'POLICYMAKER' ORDER BY subject_id LIMIT 10")
        return [{"query": words} for pair in zip(WORDS, [row[0] for row in people] + WORDS) for words in pair]
    if name == "q5":
        return [{"since": row[0]} for row in rows(
            "SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM ("
            " SELECT DISTINCT updated_at AS moment FROM policymaker"
            " WHERE updated_at < (SELECT max(updated_at) FROM policymaker) - interval '60 days') AS moments"
            " ORDER BY md5(moment::text) LIMIT 50")]
    if name == "m1":
        return [{"id": row[0], "city": "City"} for row in rows(
            "SELECT id FROM institution WHERE slug LIKE 'bench-%' ORDER BY id LIMIT 4000")]
    raise ValueError(name)


def current(asked, rows):
    """What is to be written, with the versions that are there now."""
    versions = dict(rows("SELECT id, version FROM institution WHERE slug LIKE 'bench-%'"))
    return [one | {"version": int(versions[one["id"]])} for one in asked]


def written(answer):
    """What an answer says of the institution that was changed."""
    found = comparable(answer["changed"]["institution"])
    return {key: found[key] for key in ("id", "city")}


def request(system, name, asked):
    """The body of a request."""
    system = "balai" if system.startswith("balai") else system
    if system == "balai" and name == "q1":
        asked = {"id": typeid("pol", asked["id"])}
    if name == "m1":
        patch = {"city": asked["city"]}
        asked = {"input": {"rowId": asked["id"], "institutionPatch": patch} if system == "postgraphile" else
                 patch | {"id": typeid("inst", asked["id"]), "expectedVersion": asked["version"]}}
    return json.dumps({"query": (FOLDER / f"{name}.{system}.graphql").read_text(), "variables": asked})


def script(name, asked):
    """The script of pgbench: the statement, with a list of the values in the place of each."""
    texts = {}
    for key in asked[0]:
        values = [one[key] for one in asked]
        if isinstance(values[0], list):
            values = [",".join(value) for value in values]
        texts[key] = values
    if name == "q4":
        for place, key in enumerate(["first", "second"]):
            texts[key] = [(one["query"].split() + [""])[place] for one in asked]

    def picked(match):
        values = texts[match[1]]
        kind = {"id": "uuid", "since": "timestamptz", "deadline": "timestamptz"}.get(match[1], "text")
        array = "{" + ",".join('"' + value + '"' for value in values) + "}"
        one = f"('{array}'::{kind}[])[:n]"
        return f"string_to_array({one}, ',')" if match[1] == "codes" else one

    statement = re.sub(r"\{(\w+)\}", picked, (FOLDER / f"{name}.sql").read_text())
    return f"\\set n random(1, {len(asked)})\n{statement}"


def comparable(value, field=None):
    """An answer in a form in which the systems' answers are the same."""
    if isinstance(value, dict):
        if set(value) == {"country"} and isinstance(value["country"], dict):
            return comparable(value["country"])
        if "nodes" in value and "totalCount" not in value:
            return comparable(value["nodes"], field)
        value = {key: part for key, part in value.items() if key != "pageInfo"}
        if field == "eligibility" and set(value) == {"countries"}:
            return comparable(value["countries"], "eligibility")
        return {key: comparable(part, key) for key, part in value.items()}
    if isinstance(value, list):
        parts = [comparable(part) for part in value]
        # Only Balai and the SQL order the countries of an opportunity: by name. Asking it of PostGraphile would slow it down.
        return sorted(parts, key=lambda part: part["code"]) if field == "eligibility" else parts
    if isinstance(value, str):
        if field == "id":
            return key_of(value) if "_" in value else value
        if field == "kind":
            return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value).upper()
        if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00(:00)?)", value):
            return value[:19]
    return value


def nodes(value):
    """How many objects an answer holds."""
    if isinstance(value, dict):
        return ("id" in value or "code" in value) + sum(nodes(part) for part in value.values())
    return sum(nodes(part) for part in value) if isinstance(value, list) else 0

