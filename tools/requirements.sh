#!/bin/sh
# Chooses versions anew and pins them with hashes in requirements/. The lock file that uv makes on the way names an
# index, so it is never committed.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || true)
[ -n "$uv" ] || [ ! -x .venv/bin/uv ] || uv=.venv/bin/uv
[ -n "$uv" ] || { echo "make requirements: uv is needed (pipx install uv)" >&2; exit 1; }

"$uv" lock --upgrade
pin() { # pin FILE OPTIONS...
    file=requirements/$1
    shift
    "$uv" export --quiet --frozen --no-header --no-emit-project --output-file "$file" "$@" >/dev/null
    printf '%s: %s packages\n' "$file" "$(grep -c '^[A-Za-z0-9]' "$file")"
}
pin runtime.txt --no-default-groups
pin web.txt --no-default-groups --extra web
pin demo.txt --no-default-groups --extra demo
pin dev.txt --all-extras --all-groups
