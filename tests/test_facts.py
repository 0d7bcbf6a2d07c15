"""The same fact in another spelling matches, and another fact does not."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.facts import normal, states

ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen""".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ALIKE = """
12 people = twelve people = Twelve people
1,200 crowns = 1200 crowns = twelve hundred crowns = 1.2 thousand crowns = one thousand two hundred crowns
205 ships = two hundred and five ships = two hundred five ships
25,302 voted = twenty-five thousand three hundred and two voted
$2.5 million = 2,500,000 = 2.5m = 2.5-million
£3bn = 3 billion = three billion
29 January 2024 = January 29, 2024 = Jan. 29, 2024 = 2024-01-29 = 29th of January 2024 = JANUARY 29th 2024
September 2021 = Sept. 2021
5% = five per cent = 5.0 percent
third, then twenty-first bridge = 3rd, then 21st bridge
long-range = long‑range = long–range = long range
called it "a gift" = called it “a gift” = called it a gift
Qa’ani = Qa'ani = Qaani
Président Fayyād = president fayyad
Iran’s missiles = Iran's missiles = Iran missiles
the militias’ leader = the militias leader
U.S. Senate = US Senate
mayor of Norrvik = Mayor\tof  NORRVIK
"""
APART = """
112 people != 12 people
12,000 people and 12.5 people != 12 people
1.2 metres != 1,200 metres
2.5 million != 2.5 billion
29 January != 9 January
29 January 2024 != 29 January 2023
January 2024 != 20 January
twelve people != 12%
third ship != 3 ships
between five and ten people != 15 people
twenty-first bridge != 20
Iranian missiles != Iran
Qaani != Q.*i
"""


def in_words(number: int) -> str:
    """A number from 0 to 99 as it is spelled."""
    tens, ones = divmod(number, 10)
    return ONES[number] if number < 20 else TENS[tens - 2] + (f"-{ONES[ones]}" if ones else "")


@pytest.mark.parametrize("line", ALIKE.strip().splitlines())
def test_another_spelling_matches(line: str) -> None:
    for text, wording in permutations(line.split(" = "), 2):
        assert states(f"Then {text}, they said.", (wording,)), (text, wording)


@pytest.mark.parametrize("line", APART.strip().splitlines())
def test_a_near_miss_does_not_match(line: str) -> None:
    one, other = line.split(" != ")
    assert not states(f"Then {one}, they said.", (other,))


def test_one_wording_is_enough_and_a_day_needs_no_year() -> None:
    assert states("On Jan. 29, 2024, Ghaani came.", ("12 March", "29 January"))


def test_a_string_is_a_regular_expression_over_the_plain_text() -> None:
    fact = r"port's \"own\" ferry-boat .*\bsank\b"
    assert states("The port’s “own”\n ferry–boat then SANK.", fact)
    assert not states("The port’s “own” ferry-boat sails.", fact)


@settings(deadline=None)
@given(st.integers(0, 999_999_999))
def test_digits_with_and_without_commas_are_alike(number: int) -> None:
    assert normal(f"{number:,}") == normal(str(number)) == str(number)


@settings(deadline=None)
@given(st.integers(1, 9_999))
def test_tenths_of_a_million_are_written_out(tenths: int) -> None:
    assert normal(f"{tenths // 10}.{tenths % 10} million") == str(tenths * 100_000)


def test_numbers_in_words_are_digits() -> None:
    assert [normal(in_words(number)) for number in range(100)] == [str(number) for number in range(100)]


@settings(deadline=None)
@given(st.integers(1, 99), st.integers(1, 99), st.sampled_from(["", " hundred", " million"]))
def test_two_numbers_stay_two(first: int, second: int, scale: str) -> None:
    low, high = in_words(first) + scale, in_words(second) + scale
    assert normal(f"between {low} and {high}") == f"between {normal(low)} and {normal(high)}"


@settings(deadline=None)
@given(st.dates())
def test_a_day_is_the_same_however_it_is_written(day: date) -> None:
    year = f"{day.year:04}"
    assert normal(f"{day.day} {day:%B} {year}") == normal(day.isoformat()) == normal(f"{day:%B} {day.day}, {year}")
