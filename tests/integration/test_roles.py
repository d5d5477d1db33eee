"""The server is named rightly where the capture began in mid-stream."""

from concurrent.futures import ThreadPoolExecutor

import midstream
import support


def percent_right(captures):
    """Also asserts that there was something to measure. Threads suffice: tshark does the work."""
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(midstream.measure, captures))
    total = sum(result.total.total() for result in results)
    wrong = [f'{result.capture}: {line}' for result in results for line in result.wrong]
    assert total > 0
    return 100 * sum(result.right.total() for result in results) / total, wrong


def test_servers_of_own_captures_stay_right_without_handshakes():
    percent, wrong = percent_right(support.own_captures())
    assert percent >= midstream.REQUIRED_PERCENT, wrong


def test_servers_of_shared_captures_stay_right_without_handshakes(shared):
    percent, wrong = percent_right(support.shared_captures())
    assert percent >= midstream.REQUIRED_PERCENT, wrong
