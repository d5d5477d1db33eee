"""Every number of every connection equals the one that tests/support/reference.py computes from tshark's fields."""

import pytest

import parity
import support


def test_there_are_captures_to_compare():
    assert support.own_captures(), f'no capture in {support.CAPTURES}'


@pytest.mark.wild
def test_every_number_is_the_one_of_tshark(capture):
    result = parity.compare_capture(capture)
    assert result.differences == []
    assert result.compared > 0
