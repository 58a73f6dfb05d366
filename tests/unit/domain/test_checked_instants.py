"""Looking at a moment without making one comes to the same as making it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crm.domain.errors import Refused
from crm.domain.instants import check_instant, parse_instant

TWO = st.integers(0, 99).map("{:02d}".format)
YEAR = st.one_of(
    st.sampled_from(["0001", "1999", "2028", "9999"]), st.integers(1, 9999).map("{:04d}".format)
)


def refusal(look, text):
    try:
        look(text)
    except Refused as refused:
        return refused.code
    return None


@given(YEAR, st.tuples(TWO, TWO, TWO, TWO, TWO), st.sampled_from("+-"), st.tuples(TWO, TWO))
def test_a_moment_is_refused_by_both_or_by_none(year, rest, sign, offset):
    month, day, hour, minute, second = rest
    text = f"{year}-{month}-{day}T{hour}:{minute}:{second}.000Z[{sign}{':'.join(offset)}]"
    assert refusal(check_instant, text) == refusal(parse_instant, text)


@given(st.integers(1, 12), st.integers(27, 31), st.sampled_from(["0001", "2027", "2028", "9999"]))
def test_days_that_a_month_may_lack_are_looked_at_alike(month, day, year):
    text = f"{year}-{month:02d}-{day:02d}T23:59:59.999Z[-08:00]"
    assert refusal(check_instant, text) == refusal(parse_instant, text)
