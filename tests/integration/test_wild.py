"""Public captures whose findings experts judged one by one (tests/wild/review.json): what is reached, stays.

tests/score.py --wild prints the whole table.
"""

import pytest

import score

# What is reached; no finding is wrong
TOTAL_RECALL = 0.92

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


def test_no_finding_is_wrong(wild):
    wrong = {identifier: judged for identifier, judged in wild[0].items() if score.precision_of(judged) < 1}
    assert wrong == {}


def test_recall_stays(wild):
    assert score.recall_of(score.total_of(wild[0])) >= TOTAL_RECALL


def test_review_is_sorted_and_knows_the_findings():
    keys = list(score.read_review())
    assert keys == sorted(keys, key=lambda key: tuple(part or '' for part in key))
    assert {key[2] for key in keys} <= set(score.finding_ids())
    assert {key[0] for key in keys} <= set(score.wild_files())
