#!/usr/bin/env bash
# Checks one pack with unzip, openssl, sha256sum and pdfsig alone, as its HOW-TO-VERIFY.txt says.
# Usage: tools/verify-by-hand.sh PACK.zip TRUST-FOLDER FINGERPRINT
set -euo pipefail
pack=$(realpath "$1")
trust=$(realpath "$2")
fingerprint=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unzip -q "$pack"
cd "$(basename "$pack" .zip)"

openssl cms -verify -binary -inform PEM -in tagmanifest-sha256.txt.p7s -content tagmanifest-sha256.txt \
  -CAfile "$trust/root.pem" -purpose any -signer ../signer.pem -out /dev/null
found=$(openssl x509 -in ../signer.pem -noout -fingerprint -sha256)
[ "${found#*=}" = "$fingerprint" ] || { echo "Signed by another certificate: $found" >&2; exit 1; }
if [ -f tagmanifest-sha256.txt.tsr ]; then
  openssl ts -verify -data tagmanifest-sha256.txt -in tagmanifest-sha256.txt.tsr -CAfile "$trust/tsa-root.pem"
else
  echo "NOT TIME-STAMPED"
fi
sha256sum --strict --quiet -c tagmanifest-sha256.txt
sha256sum --strict --quiet -c manifest-sha256.txt
{ cut -c67- manifest-sha256.txt tagmanifest-sha256.txt; ls tagmanifest-sha256.txt*; } | LC_ALL=C sort > ../listed.txt
find . ! -type d | cut -c3- | LC_ALL=C sort | diff ../listed.txt -
pdfsig data/report.pdf > ../pdfsig.txt || true   # without a certificate database pdfsig ends 1: the root is unknown to it
grep -F "Total document signed" ../pdfsig.txt
grep -F "Signature is Valid" ../pdfsig.txt
