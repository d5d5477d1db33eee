"""Samples: a scenario makes capture files, tshark proves that each shows what its table says, and the table also
says what is true of it: the findings (SPEC section 4) that must be reported there, and no others."""

import argparse
import multiprocessing
import os
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import Callable, NamedTuple

from hosts import Failure
from pcapng import pcapng


class Sample(NamedTuple):
    captured_at: str
    line: str
    shows: dict  # display filter -> how many frames it finds: "3", "3+" for at least so many, or "all"
    is_damaged: bool = False
    finds: tuple = ()  # all that is to be found
    finds_from_4_4: tuple | None = None  # the same with Wireshark 4.4 and later, where that begins another stream
    trust: tuple = ()  # what limits the trust in the capture, beside what is found


class Scenario(NamedTuple):
    run: Callable
    samples: dict


CLIENT_SYN = "tcp.flags.syn == 1 and tcp.flags.ack == 0"

# Wireshark 4.0 calls it malformed when a retransmission that it takes for reordering repeats what it has reassembled.
NO_FLAW = {"_ws.malformed and not tcp.analysis.flags": "0", "tcp.checksum.status == 0 or ip.checksum.status == 0": "0"}

DIRECTION = {"loss_client_to_server": "client_to_server", "loss_server_to_client": "server_to_client"}

# What else the contract's table asks for.
ASKS_BY = {"connection_refused", "handshake_incomplete", "syn_retried", "scan", "reset_after_close", "forged_reset",
           "retries_exhausted", "zero_window", "window_limited", "slow_handshake", "path_mtu_blackhole",
           "injected_data", "reply_from_other_address", "listen_queue_full", "stale_connection", "handshake_rejected",
           "peer_gone", "connection_unknown"}
ASKS_DIRECTION = {"one_way_traffic", "capture_loss", "spurious_retransmissions", "sequence_rewritten", *DIRECTION}
ASKS_NOTHING = {"no_response", "reset_by_client", "reset_by_server", "slow_server", "slow_client", "duplicate_capture",
                "role_guessed", "analysis_off", "icmp_error", "offload_capture"}


def finding(identity, server=None, **more):
    """One finding; `more` is `by` or `direction` where the table of findings has one, and `where` for losses."""
    assert identity in ASKS_BY | ASKS_DIRECTION | ASKS_NOTHING
    about = {"id": identity} | ({"server": server} if server else {})
    if identity in DIRECTION:
        about["direction"] = DIRECTION[identity]
    about |= more
    assert ("by" in about, "direction" in about) == (identity in ASKS_BY, identity in ASKS_DIRECTION)
    assert ("server" in about) == (identity != "scan")
    return about


# ---------------------------------------------------------------------------------------------------------------------
# Making and proving

def make(scenario, folder):
    made = scenario.run()
    assert made.keys() == scenario.samples.keys()
    for name, content in made.items():
        path_of(folder, name).write_bytes(content if isinstance(content, bytes) else pcapng(content))


def path_of(folder, name):
    return folder / f"{name}.pcapng"


def prove(sample, path):
    filters = NO_FLAW | sample.shows
    counts = frames_found(path, ["frame", *filters], 2 if sample.is_damaged else 0)
    for display_filter, wanted in filters.items():
        found = counts[display_filter]
        number = counts["frame"] if wanted == "all" else int(wanted.rstrip("+"))
        if not (found >= number if wanted.endswith("+") else found == number):
            raise Failure(f"{path.name}: {display_filter}: {found} frames, and should be {wanted}")


def frames_found(path, filters, expected_status):
    """Per display filter; all in one run."""
    assert not any("," in display_filter for display_filter in filters), "the comma separates columns"
    output = tshark(path, ["-q", "-z", "io,stat,0," + ",".join(filters)], expected_status)
    rows = [line.split("|") for line in output if "<>" in line]
    if not rows:  # that statistic is silent about a file without duration
        return {one: len(tshark(path, ["-Y", one, "-T", "fields", "-e", "frame.number"], expected_status))
                for one in filters}
    return {one: int(rows[-1][2 + 2 * column]) for column, one in enumerate(filters)}


def tshark(path, options, expected_status):
    """The lines of its output; checksums are checked, which is off by default."""
    command = ["tshark", "-r", path, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != expected_status:
        raise Failure(f"tshark on {path.name}: {done.stderr.strip()}")
    return done.stdout.splitlines()


# ---------------------------------------------------------------------------------------------------------------------
# Command line

def all_samples(scenarios):
    return [item for scenario in scenarios for item in scenario.samples.items()]


def choose(scenarios, names):
    unknown = set(names) - dict(all_samples(scenarios)).keys()
    if unknown:
        raise Failure(f"no such sample: {', '.join(sorted(unknown))} (--list shows all)")
    return [scenario for scenario in scenarios if not names or scenario.samples.keys() & set(names)]


def require_tools():
    for tool, package in [("ip", "iproute2"), ("ethtool", "ethtool"), ("iptables", "iptables"), ("tshark", "tshark")]:
        if shutil.which(tool) is None:
            raise Failure(f"{tool} is missing (Debian package {package})")


def parse_arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all)")
    parser.add_argument("--check", action="store_true", help="make nothing, prove that each file shows what it should")
    parser.add_argument("--list", action="store_true", help="show what there is")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="work on so many conversations at once")
    return parser.parse_args()


def make_and_prove(scenario, folder, only_check):
    """One line per sample."""
    if not only_check:
        make(scenario, folder)
    for name, sample in scenario.samples.items():
        prove(sample, path_of(folder, name))
    return [f"{name}: {path_of(folder, name).stat().st_size} bytes" for name in scenario.samples]


def try_to_make_and_prove(scenario, folder, only_check):
    try:
        return make_and_prove(scenario, folder, only_check)
    except (Failure, OSError) as failure:
        return Failure(f"{', '.join(scenario.samples)}: {failure}")


def work_through(scenarios, folder, arguments):
    """All are tried; the failures are raised together."""
    jobs = [(scenario, folder, arguments.check) for scenario in scenarios]
    failures = []
    with ProcessPoolExecutor(arguments.jobs, multiprocessing.get_context("fork")) as pool:
        for result in pool.map(try_to_make_and_prove, *zip(*jobs)):
            if isinstance(result, Failure):
                failures.append(str(result))
                continue
            print("\n".join(result), flush=True)
    if failures:
        raise Failure("\n".join(failures))


def write(page, text):
    page.write_text(text)


def compare(page, text):
    if not page.exists() or page.read_text() != text:
        raise Failure(f"{page.name} is not what the tables say")


def run_command(name, description, scenarios, folder, pages):
    """`pages` are functions that return the text of files made from the tables alone, by file name."""
    try:
        arguments = parse_arguments(description)
        chosen = choose(scenarios, arguments.names)
        if arguments.list:
            for sample_name, sample in all_samples(chosen):
                print(f"{sample_name:28}{sample.line}")
            return
        require_tools()
        if not arguments.check and os.geteuid() != 0:
            raise Failure("network namespaces need root")
        for page, text in pages.items():
            (compare if arguments.check else write)(folder / page, text())
        work_through(chosen, folder, arguments)
    except Failure as failure:
        sys.exit(f"{name}: {failure}")
