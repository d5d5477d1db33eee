"""The output is, to the letter, what a human has read and approved in tests/golden/."""

import pytest

import golden_list


@pytest.mark.parametrize('golden', list(golden_list.read_list()), ids=lambda golden: golden.name)
def test_output_is_the_golden_one(golden):
    assert golden.path.exists(), f'{golden.path} is missing: tests/golden/update {golden.name} makes it'
    assert golden_list.render(golden) == golden_list.read(golden)


def test_every_golden_file_is_listed():
    listed = {golden.name for golden in golden_list.read_list()}
    files = {path.name for path in golden_list.FOLDER.iterdir()} - {'LIST', 'update'}
    assert files - listed == set()
