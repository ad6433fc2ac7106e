#!/usr/bin/env bash
# Measures Balai against PostGraphile 5 and against plain SQL, on the same data in the same PostgreSQL, one after the other:
#
#     tests/bench/run.sh S        a small data set, to try it: about 5 minutes
#     tests/bench/run.sh L        20,000 institutions, 300,000 people, 100,000 opportunities: about 20 minutes
#
# Variables of the environment:
#   BALAI_BINARY      the program to measure; by default it builds `cargo build --release --package api --features jemalloc`
#   BENCH_QUERIES     which queries, of q1 q2 q3 q4 q5 and the pages calls-1 calls-100 people-1 people-100 (S has calls-5 people-5), and
#                     the write m1, after which a kept database is made anew
#   BENCH_SYSTEMS     which systems, of balai balai-anew (which keeps no answers) postgraphile sql
#   BENCH_DURATION    seconds for which each query is measured on each system (10)
#   BENCH_WARMUP      seconds for which it is asked before (3)
#   BENCH_KEEP        a folder that keeps the database from one run to the next; without it, everything is removed at the end
#   BENCH_NODE        the Node.js that runs PostGraphile; by default the one of package.json: PostGraphile needs 22 at least
#   BENCH_PG_BIN      the folder of PostgreSQL's programs (/usr/lib/postgresql/15/bin)
#   BENCH_STATEMENTS  if set, the slowest statements of each query are printed too
set -euo pipefail

# Settings that Balai is started with, parted by spaces: what would limit a load generator is to be lifted here.
balai_settings="BALAI_LIMIT_REQUESTS=4000000000 BALAI_LIMIT_BUDGET=4000000000"

fail() { echo "bench: $1" >&2; exit 1; }
say() { echo "bench: $1" >&2; }

scale=${1:-}
case $scale in
    S) rows=(-v institutions=200 -v people=2000 -v opportunities=1000); far=5 ;;
    L) rows=(-v institutions=20000 -v people=300000 -v opportunities=100000); far=100 ;;
    *) fail "say which scale: tests/bench/run.sh S or tests/bench/run.sh L" ;;
esac

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
pg_bin=${BENCH_PG_BIN:-/usr/lib/postgresql/15/bin}
node=${BENCH_NODE:-$here/postgraphile/node_modules/.bin/node}
[ -x "$pg_bin/postgres" ] || fail "PostgreSQL's server is missing: install postgresql, or set BENCH_PG_BIN to the folder of its programs"
for program in wrk node npm python3; do
    command -v "$program" >/dev/null || fail "$program is missing"
done

if [ -n "${BALAI_BINARY:-}" ]; then
    binary=$(realpath "$BALAI_BINARY")
    # The program refuses variables that look like settings and are none.
    unset BALAI_BINARY
else
    (cd "$root" && cargo build --release --locked --package api --features jemalloc)
    binary=${CARGO_TARGET_DIR:-$root/target}/release/balai
fi
[ -x "$binary" ] || fail "there is no program at $binary"

# PostgreSQL does not run as root.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then setpriv --reuid postgres --regid postgres --clear-groups "$@"; else "$@"; fi
}

if [ -n "${BENCH_KEEP:-}" ]; then
    mkdir -p "$BENCH_KEEP"
    folder=$(realpath "$BENCH_KEEP")
else
    folder=$(mktemp -d)
    chmod 755 "$folder"
fi
cluster=$folder/cluster
stop() {
    [ -f "$cluster/postmaster.pid" ] && as_postgres "$pg_bin/pg_ctl" -D "$cluster" -m fast -w stop >/dev/null || true
    if [ -z "${BENCH_KEEP:-}" ]; then rm -rf "$folder"; fi
}
trap stop EXIT
trap 'exit 130' INT TERM

if [ ! -f "$cluster/PG_VERSION" ]; then
    mkdir -p "$cluster"
    if [ "$(id -u)" = 0 ]; then chown postgres "$cluster"; fi
    as_postgres "$pg_bin/initdb" -D "$cluster" -U postgres -A trust --locale C.UTF-8 -E UTF8 >/dev/null
fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# For two cores and 24 GiB. What makes writes last a loss of power is off: what is read does not need it, and m1 tells what the
# work of a write costs, not what the disk does.
as_postgres "$pg_bin/pg_ctl" -D "$cluster" -w -l "$cluster/server.log" start >/dev/null -o "-p $port \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories=$cluster -c max_connections=200 -c timezone=UTC \
    -c shared_buffers=1GB -c effective_cache_size=12GB -c work_mem=16MB -c random_page_cost=1.1 -c jit=off -c max_wal_size=8GB \
    -c fsync=off -c full_page_writes=off -c shared_preload_libraries=pg_stat_statements" ||
    fail "PostgreSQL does not start: $(tail -5 "$cluster/server.log")"
server=postgres://postgres@127.0.0.1:$port
url=$server/bench
psql() { "$pg_bin/psql" -qX -v ON_ERROR_STOP=1 "$@"; }

# A kept database is as good as new as long as it was made by the same file.
mark="$scale $(sha256sum "$here/data.sql" | cut -c 1-16)"
if [ "$(cat "$folder/loaded" 2>/dev/null)" = "$mark" ]; then
    say "using the database in $folder"
    DATABASE_URL=$url "$binary" seed >&2
else
    say "making the data of scale $scale"
    rm -f "$folder/loaded"
    psql "$server/postgres" -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS bench" -c "CREATE DATABASE bench"
    DATABASE_URL=$url "$binary" seed >&2
    psql "$url" "${rows[@]}" -f "$here/data.sql" >&2
    echo "$mark" > "$folder/loaded"
fi
psql "$url" -c "SET client_min_messages = warning" -f "$here/postgraphile/views.sql" >&2
(
    cd "$here/postgraphile"
    # npm notes in node_modules what it has installed, and when.
    [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent >&2
) || fail "npm cannot install PostGraphile; see tests/bench/postgraphile/package.json"

BENCH_SCALE=$scale BENCH_DATABASE_URL=$url BENCH_POSTMASTER=$(head -1 "$cluster/postmaster.pid") BENCH_BINARY=$binary
BENCH_NODE=$node BENCH_PG_BIN=$pg_bin BENCH_BALAI_SETTINGS=$balai_settings
BENCH_DURATION=${BENCH_DURATION:-10} BENCH_WARMUP=${BENCH_WARMUP:-3}
BENCH_SYSTEMS=${BENCH_SYSTEMS:-balai balai-anew postgraphile sql}
BENCH_QUERIES=${BENCH_QUERIES:-q1 q2 q3 q4 q5 calls-1 calls-$far people-1 people-$far m1}
export ${!BENCH_@}
# What is written stays.
case " $BENCH_QUERIES " in *" m1 "*) rm -f "$folder/loaded" ;; esac

report=$root/target/bench/$scale.md
mkdir -p "$(dirname "$report")"
package() { "$node" -p "require('$here/postgraphile/node_modules/$1/package.json').version"; }
{
    python3 -B "$here/measure.py" || failed=1
    echo
    echo "$(lscpu | sed -n 's/^Model name: *//p' | head -1), $(nproc) cores, $(uname -sr);" \
        "PostgreSQL $("$pg_bin/postgres" --version | cut -d ' ' -f 3), PostGraphile $(package postgraphile), Node.js $("$node" --version)," \
        "$(wrk --version 2>&1 | sed -n '1s/ \[.*//p'); $BENCH_DURATION s each after $BENCH_WARMUP s of warming up, scale $scale," \
        "commit $(git -C "$root" rev-parse --short HEAD), $(date -u +%F)"
    exit ${failed:-0}
} | tee "$report.part" || failed=1
# Without a table there is nothing to keep.
if grep -q '^|' "$report.part"; then mv "$report.part" "$report"; else rm "$report.part"; fi
exit ${failed:-0}
