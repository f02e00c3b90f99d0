#!/usr/bin/env bash
# Locks requirements/*.in into *.txt, with hashes and without addresses.
set -euo pipefail
cd "$(dirname "$0")/../requirements"
lock() { ../.venv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 "$@"; }
lock uv.in -o uv.txt
lock runtime.in -o runtime.txt
lock -c runtime.txt dev.in -o dev.txt
lock judges.in -o judges.txt
! grep -nE '://|find-links|index-url' ./*.txt || { echo "A lock names an address." >&2; exit 1; }
