#!/usr/bin/env bash
# Runs public GraphQL client tools against the service: GraphQL over HTTP's audits, Relay, graphql-codegen with
# TypeScript, Apollo Client, urql, graphql-eslint and graphql-js, and the guides' own commands and programs. Needs Node 20
# with npm, curl and jq. BALAI_BINARY names a program that is built already; without it, this builds one.
set -euo pipefail
clients=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$clients/../.." && pwd)
started=$SECONDS

cd "$root"
if [ -n "${BALAI_BINARY:-}" ]; then
    program=$(realpath "$BALAI_BINARY")
else
    cargo build --locked --package api
    program=${CARGO_TARGET_DIR:-$root/target}/debug/balai
fi
# The program refuses settings that it does not know, and takes none but those given here.
unset DATABASE_URL "${!BALAI_@}"

work=$(mktemp -d)
services=()
finish() {
    status=$?
    for service in "${services[@]}"; do
        kill "$service" 2> /dev/null && wait "$service" 2> /dev/null || true
    done
    [ "$status" = 0 ] || tail -n 50 "$work"/*.log 2> /dev/null || true
    rm -rf "$work"
}
trap finish EXIT

step() {
    printf '\n== %s (%d s so far)\n' "$1" $((SECONDS - started))
}

# What fails is told at the end, so that one run shows everything.
failed=()
check() {
    step "$1"
    "${@:2}" || failed+=("$1")
}

# Starts a service with the demo people, named $1 and with the settings after it, and puts its address into `address`.
start() {
    local data=$work/$1 log=$work/$1.log line
    local own=("${@:2}" BALAI_DATA_DIR="$data" BALAI_LISTEN=127.0.0.1:0)
    env "${own[@]}" "$program" seed --demo > "$work/$1.seed"
    : > "$log"
    env "${own[@]}" "$program" serve >> "$log" 2>&1 &
    services+=($!)
    address=
    while read -r line; do
        if [[ $line =~ ^open\ +(http://[^/]+)/ ]]; then
            address=${BASH_REMATCH[1]}
            break
        fi
    done < <(tail --follow --lines=+1 --pid=$! "$log")
    [ -n "$address" ] || return 1
    curl --fail --silent --retry 20 --retry-connrefused --output /dev/null "$address/readyz"
}

step 'Install'
cd "$clients"
npm ci
# The guides call the program by its name.
mkdir "$work/bin"
ln -s "$program" "$work/bin/balai"
PATH=$clients/node_modules/.bin:$work/bin:$PATH

step 'Make what the tools make of the schema'
rm -rf generated
mkdir -p generated/relay generated/trusted-documents
# relay-compiler adds to its manifest, and wants one to add to.
echo '{}' > generated/trusted-documents/relay.json
(cd relay && relay-compiler)
generate-persisted-query-manifest
node codegen/generate.mjs
tsc --project codegen/tsconfig.json

cd "$root"
check 'Lint the schema' eslint --max-warnings 0 --config tests/clients/eslint.config.mjs api/schema.graphql
release=$(git tag --list 'v*' --sort=-version:refname | head -n 1)
if [ -n "$release" ]; then
    git show "$release:api/schema.graphql" > "$work/released.graphql"
    check "Compare the schema with that of $release" \
        node tests/clients/schema-diff.mjs "$work/released.graphql" api/schema.graphql
else
    step 'There is no release yet to compare the schema with'
fi
cd "$clients"

step 'Start the service'
start open
export CLIENTS_SERVICE=$address/graphql CLIENTS_CREDENTIALS=$work/open.seed
start enforcing BALAI_TRUSTED_DOCUMENTS=enforce BALAI_TRUSTED_DOCUMENTS_DIR="$clients/generated/trusted-documents"
export CLIENTS_ENFORCING_SERVICE=$address/graphql

# Relay keeps what it has fetched for minutes, and Node would wait for that.
check 'Test' node --test --test-force-exit --test-reporter=spec \
    *.test.mjs */*.test.mjs generated/program/codegen/*.test.js

if [ ${#failed[@]} != 0 ]; then
    printf '\nfailed: %s\n' "${failed[@]}"
    exit 1
fi
