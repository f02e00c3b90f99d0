"""The settings of the quarter that tests pack."""

from __future__ import annotations

from tests.fakes.bench import RAW

RAW_DRILLS = (
    RAW
    + """drills: {share: 50%}
tiers:
  - {match: {name: [payments, orders, ledger, "gr*"]}, tier: 0, rto: 4h, rpo: 24h}
  - {match: {name: "ر*"}, tier: 1, rto: 4h, rpo: 24h}
  - {match: {name: [hr, crm, wiki]}, tier: 2, rto: 4h, rpo: 24h}
  - {match: {name: [web, test]}, tier: 3, rto: 4h, rpo: 24h}
""".encode()
)
"""Settings by which the quarter is planned, and judged."""
