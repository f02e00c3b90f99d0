"""The text of HOW-TO-VERIFY.txt: how to check a pack with tools that everybody has, and nothing of ours.

Invariant: every command stands alone on an indented line and runs as printed; a test runs them all.
"""

from __future__ import annotations

from dataclasses import dataclass

from evidence.packs.bag import Digest
from evidence.packs.interface import DEVELOPMENT

COMMAND = "    "
"""What commands, and only commands, are indented by."""


@dataclass(frozen=True, slots=True)
class Drills:
    """What of restore drills can be checked by hand, by paths in the pack."""

    record: str | None = None
    """One record; None where names are masked."""
    sha256: str = ""
    """Of that record."""
    statement: str | None = None
    """One signed statement."""
    seed: str | None = None
    """The proof of a seed, without its ending."""


_INTRODUCTION = """\
HOW TO VERIFY {pack_id}

You need a shell, unzip, sha256sum, openssl 3 and, for the report, pdfsig (poppler-utils) and certutil (libnss3-tools).
Nothing of ours is needed, and no network.

WHAT MUST REACH YOU ANOTHER WAY, with the engagement letter for instance, and never with a pack:
{brought}
Whatever a pack says about its own signer proves nothing, this file included.

Put these files and {pack_id}.zip into one folder, open a shell there, and give the commands in order.
Go on only if a command ends without complaint and prints what is said below it.

1. Unpack.

    unzip -q {pack_id}.zip
    cd {pack_id}

2. The list of files is signed by somebody whom the authority knows.

    openssl cms -verify -binary -inform PEM -in tagmanifest-sha256.txt.p7s -content tagmanifest-sha256.txt \
-CAfile ../root.pem -purpose any -signer ../signer.pem -out /dev/null

   It prints: CMS Verification successful

3. It is the signer you were told of. Compare with your letter; any certificate of the same authority passes step 2.

    openssl x509 -in ../signer.pem -noout -fingerprint -sha256

   It prints: sha256 Fingerprint={fingerprint}
   The letter, not this line, says whether that is right.

4. {stamp}
5. The files are those on the list, unchanged: none missing, none added.

    sha256sum --strict --quiet -c tagmanifest-sha256.txt
    sha256sum --strict --quiet -c manifest-sha256.txt
    {{ cut -c67- manifest-sha256.txt tagmanifest-sha256.txt; ls tagmanifest-sha256.txt*; }} | LC_ALL=C sort > ../listed.txt
    find . ! -type d | cut -c3- | LC_ALL=C sort | diff ../listed.txt -

   They print nothing.

6. The report is signed too, as a whole.

    mkdir ../trusted
    certutil -N -d sql:../trusted --empty-password
    certutil -A -d sql:../trusted -n evidence-root -t ,C, -i ../root.pem
    pdfsig -nssdir sql:../trusted data/report.pdf

   It prints: Total document signed
   It prints: Signature is Valid.
   It prints: Certificate is Trusted.
   If it does not say "Total document signed", something was appended to the report after it was signed.
{calls}
What this does not tell: whether the signer's certificate was revoked. Ask its authority, and compare the time of a
revocation with the time of the seal.{expired}
"""

_STAMPED = """\
The list existed at a certain time, says an authority that is not the signer.

    openssl ts -verify -data tagmanifest-sha256.txt -in tagmanifest-sha256.txt.tsr -CAfile ../tsa-root.pem

   It prints: Verification: OK

    openssl ts -reply -in tagmanifest-sha256.txt.tsr -text

   It prints: Time stamp:
   Compare that time with `sealed_at` in statement.json: they must be close.
"""

_NOT_STAMPED = """\
This pack is NOT TIME-STAMPED: when it was sealed is the signer's own word (`sealed_at` in statement.json).
   There is nothing to check here, unless a later time stamp was handed to you; then, with that file:
   openssl ts -verify -data tagmanifest-sha256.txt -in STAMP.tsr -CAfile ../tsa-root.pem
"""

_DRILLS = """
{number}. Restore drills. Each record is a file whose SHA-256 is what its reviewer signed off, as data/signoffs.csv says (record_sha256).

    echo "{sha256}  {record}" | sha256sum --strict -c -

   It prints: {record}: OK
   So for every other record: sha256sum data/drills/*.json, and compare with record_sha256 of data/drills.csv. The events that made it stand in
   data/drills/events/ledger.json, each with its number in the ledger; files that were attached lie under data/drills/attached/, by their hash.
"""

_DECISIONS = """
   Who decided is told by a statement that was signed when that person had signed in. data/signoffs.csv names the statement of each decision; for one:

    openssl cms -verify -binary -inform PEM -in {statement}.p7s -content {statement} -CAfile ../root.pem -purpose any -signer ../decided.pem -out /dev/null

   It prints: CMS Verification successful

    openssl x509 -in ../decided.pem -noout -fingerprint -sha256

   It prints: sha256 Fingerprint=
   Compare it with that of step 3, or with the signer of that time. The statement holds the claims (iss, tid, oid, auth_time, amr), the hash that was read, and from where.
"""

_SEED = """
   The sample was drawn by a seed that nobody chose: it is the hash of a signature over a text that names the quarter, and was committed to by its own hash.

    openssl cms -verify -binary -inform PEM -in {seed}.p7s -content {seed}.txt -CAfile ../root.pem -purpose any -out /dev/null
    sha256sum {seed}.p7s

   It prints: CMS Verification successful
   The sum is `seed` in data/drill_plans.csv. To draw again: appendix E of the report.
"""

_MASKED_DRILLS = """
{number}. Restore drills: records, events and signed statements name people and machines, so this pack for externals holds none of them. What it says of them is signed
   as a whole in step 2; to check single decisions, ask for the pack of the internal audience.
"""

_CALLS = """
{number}. The calls that this pack rests on were sealed with it, as {pack_id}.calls.zip ({size} bytes). If they were handed to you, put
   that file beside the pack's own.

    echo "{sha256}  ../{pack_id}.calls.zip" | sha256sum --strict -c -

   It prints: ../{pack_id}.calls.zip: OK
   They are Azure's answers as received, in Parquet files that any reader of that format opens. To make every row again from them and compare:
   backup-evidence verify {pack_id}.zip --calls {pack_id}.calls.zip
"""

_EXPIRED = """

Once the signer's certificate has expired, openssl needs the time at which to judge it (and in step 4 once the time-stamp
authority's has): add to step 2
   -attime $(date -ud "TIME OF THE STAMP" +%s)
pdfsig cannot be told a time, and then says that the certificate has expired."""


def how_to_verify(
    pack_id: str,
    fingerprint_sha256: str,
    *,
    time_stamped: bool,
    development: bool = False,
    calls: Digest | None = None,
    drills: Drills | None = None,
) -> str:
    """The whole text; the fingerprint is lower-case hex, printed as openssl prints it; `calls` is the digest of calls.zip, `drills` what of drills can be checked."""
    brought = [
        "  root.pem      the certificate of the authority that the signer's certificate leads to",
        "  fingerprint   SHA-256 of the signer's certificate",
    ]
    if time_stamped:
        brought.insert(1, "  tsa-root.pem  the certificate of the time-stamp authority's root")
    text = _INTRODUCTION.format(
        pack_id=pack_id,
        brought="\n".join(brought),
        fingerprint=":".join(fingerprint_sha256[i : i + 2] for i in range(0, len(fingerprint_sha256), 2)).upper(),
        stamp=_STAMPED if time_stamped else _NOT_STAMPED,
        expired=_EXPIRED,
        calls=_more(pack_id, calls, drills),
    )
    return f"{DEVELOPMENT}: the key of this pack is for trying things out.\n\n{text}" if development else text


def _more(pack_id: str, calls: Digest | None, drills: Drills | None) -> str:
    """The numbered parts that only some packs have."""
    parts = [] if drills is None else [_drills(drills)]
    if calls is not None:
        parts.append(_CALLS.format(number="{number}", pack_id=pack_id, size=calls.size, sha256=calls.sha256))
    return "".join(part.replace("{number}", str(number)) for number, part in enumerate(parts, 7))


def _drills(drills: Drills) -> str:
    if drills.record is None:
        return _MASKED_DRILLS
    told = _DRILLS.format(number="{number}", record=drills.record, sha256=drills.sha256)
    if drills.statement is not None:
        told += _DECISIONS.format(statement=drills.statement)
    if drills.seed is not None:
        told += _SEED.format(seed=drills.seed)
    return told


def commands(text: str) -> list[str]:
    """The commands in a text, in order."""
    return [line.removeprefix(COMMAND) for line in text.splitlines() if line.startswith(COMMAND)]
