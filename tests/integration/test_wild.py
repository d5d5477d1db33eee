"""Public captures whose findings experts judged one by one (tests/wild/review.json): what is reached, stays.

tests/score.py --wild prints the whole table.
"""

import pytest

import score

# What is reached; precision is 1.00 for every id that is not here
PRECISION = {
    'one_way_traffic': 0.83, 'reset_by_server': 0.66, 'reset_by_client': 0.88,
    'loss_client_to_server': 0.6, 'slow_server': 0.95,
}
TOTAL_PRECISION = 0.93
TOTAL_RECALL = 0.89

pytestmark = [
    pytest.mark.skipif(not score.WILD.is_dir(), reason=f'no public captures: {score.WILD} is missing'),
    pytest.mark.xdist_group('wild'),
]


@pytest.fixture(scope='module')
def wild():
    """({id: score.Judged}, findings that nobody has judged)."""
    return score.judge_wild(score.read_review(), score.wild_reports(score.wild_files()))


def test_every_finding_was_judged(wild):
    assert wild[1] == []


def test_precision_of_each_finding_stays(wild):
    worse = {identifier: score.precision_of(judged) for identifier, judged in wild[0].items()
             if score.precision_of(judged) < PRECISION.get(identifier, 1.0)}
    assert worse == {}


def test_totals_stay(wild):
    total = score.total_of(wild[0])
    assert score.precision_of(total) >= TOTAL_PRECISION
    assert score.recall_of(total) >= TOTAL_RECALL


def test_review_is_sorted_and_knows_the_findings():
    keys = list(score.read_review())
    assert keys == sorted(keys, key=lambda key: tuple(part or '' for part in key))
    assert {key[2] for key in keys} <= set(score.finding_ids())
    assert {key[0] for key in keys} <= set(score.wild_files())
