"""Hypothesis strategies of all tests, and the profile that they run under: no deadline, for tests never assert times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


FIRST_REAL_MOMENT = datetime(2002, 1, 1)
LAST_MOMENT = datetime(9998, 12, 31)

moments = st.datetimes(min_value=FIRST_REAL_MOMENT, max_value=LAST_MOMENT, timezones=st.just(UTC))
"""Moments in UTC that are no sentinels, down to the microsecond."""

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
"""Any text that UTF-8 can carry."""

durations = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400))
"""Durations as jobs have them."""

spoken_values = st.sampled_from(
    [
        "",
        "2026-11-20T22:00:04.3208571Z",
        "2026-11-20 22:00:04Z",
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59.9999999Z",
        "9999-12-31T23:59:59-12:00",
        "2026-02-30T00:00:00Z",
        "5/26/2021 2:11:38 AM",
        "13/13/2021 02:11:38",
        "PT9M12.3456789S",
        "-PT5.8026456S",
        "13.23:59:41.1234567",
        "63 MB",
        "1e5",
        "Restore (Full)",
        "Backup",
        "AzureIaasVM",
        "AzureWorkload",
        "AzureStorage",
        "sales [sql1]",
        "a/b/c [d] [e]",
        "true",
        "18446744073709551616",
    ]
)
"""Texts that parsers of ours take notice of."""

leaves = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | spoken_values
)


def json_values(names: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Json]:
    """Any JSON; object keys are drawn from `names`."""
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5),
        max_leaves=25,
    )
