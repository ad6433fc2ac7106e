#!/bin/sh
# Puts the files of GraphiQL into a folder, for BALAI_GRAPHIQL_DIR:
#
#     sh api/pages/graphiql/bundle.sh DIR
#
# Needs node and npm. Fails, and leaves DIR as it was, when a file is not the one that graphiql.html names.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: sh bundle.sh DIR" >&2
    exit 2
fi
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
page=$here/../graphiql.html

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/out"

cp "$here/package.json" "$here/package-lock.json" "$work/"
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)

# take PACKAGE FILE: copies FILE of PACKAGE as PACKAGE-VERSION.EXTENSION, if one line of the page names the
# file at both places, together with its hash.
take() {
    version=$(node -p 'require(process.argv[1]).version' "$work/node_modules/$1/package.json")
    name=$1-$version.${2##*.}
    file=$work/node_modules/$1/$2
    hash=$(node -e '
        const { createHash } = require("node:crypto");
        const { readFileSync } = require("node:fs");
        console.log("sha384-" + createHash("sha384").update(readFileSync(process.argv[1])).digest("base64"));
    ' "$file")
    if ! grep -F "/graphiql/assets/$name{%" "$page" |
        grep -F "https://cdn.jsdelivr.net/npm/$1@$version/$2{%" |
        grep -qF "integrity=\"$hash\""; then
        echo "bundle.sh: graphiql.html has no line for $1@$version/$2 with integrity=\"$hash\"" >&2
        exit 1
    fi
    cp "$file" "$work/out/$name"
    taken=$((taken + 1))
}

taken=0
take react umd/react.production.min.js
take react-dom umd/react-dom.production.min.js
take graphiql graphiql.js
take graphiql graphiql.css

if [ "$(grep -c 'integrity=' "$page")" -ne "$taken" ]; then
    echo "bundle.sh: graphiql.html names other files than these $taken" >&2
    exit 1
fi

# What their licences ask for: graphiql.js contains most of the packages installed here.
find "$work/node_modules" -type f \( -iname 'licen[sc]e*' -o -iname 'notice*' \) | LC_ALL=C sort |
    while IFS= read -r licence; do
        printf '==== %s\n\n' "${licence#"$work/node_modules/"}"
        cat "$licence"
        printf '\n\n'
    done >"$work/out/LICENCES.txt"

mkdir -p "$1"
chmod 644 "$work/out/"*
cp "$work/out/"* "$1/"
ls -l "$1" >&2
