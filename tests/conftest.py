"""Fixtures of the integration tests, and what holds for the whole run."""

import logging
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

import plugin_folders as folders
import sanitizer
import support


def pytest_configure(config):
    # tests/support/reference.py and others start tshark with the environment as it is
    os.environ.update(support.ENVIRONMENT)
    # scapy warns of each packet that it writes for whom no network card is known
    logging.getLogger('scapy.runtime').setLevel(logging.ERROR)


def capture_parameter(path, name):
    """The group keeps the tests of one capture on one worker, which then reads it only once."""
    return pytest.param(path, id=name, marks=pytest.mark.xdist_group(name))


def pytest_generate_tests(metafunc):
    """A test with the argument "capture" runs once for each capture, our own and the shared ones; if marked
    "wild", also for those of the folder wild. Where a folder is missing, one skipped test says so."""
    if 'capture' not in metafunc.fixturenames:
        return
    captures = [capture_parameter(path, path.name) for path in support.own_captures()]
    captures += beside_the_repository('shared', support.SHARED_CAPTURES, support.shared_captures())
    if metafunc.definition.get_closest_marker('wild'):
        captures += beside_the_repository('shared-wild', support.WILD_CAPTURES, support.wild_captures())
    metafunc.parametrize('capture', captures, scope='module')


def beside_the_repository(name, folder, paths):
    missing = pytest.param(None, id=name, marks=pytest.mark.skip(
        reason=f'no shared captures: {folder} is missing or empty'))
    return [capture_parameter(path, f'{name}-{path.name}') for path in paths] or [missing]


@pytest.fixture(scope='session', autouse=True)
def plugin_is_loaded():
    """Without the plugin each test would fail with a message of its own, and none would say why."""
    known = support.run_tshark('-G', 'plugins')
    assert 'tcp-asymmetry.so' in known.out, 'tshark does not load tcp-asymmetry.so: cmake --install it first'


@pytest.fixture
def tshark():
    """tshark(*arguments, stdin=..., env=...) returns a support.Run."""
    return support.run_tshark


@pytest.fixture
def captures():
    """The folder of our own captures."""
    return support.CAPTURES


@pytest.fixture
def shared():
    """The folder of the captures that are not in the repository."""
    if not support.shared_captures():
        pytest.skip(f'no shared captures: {support.SHARED_CAPTURES} is missing or empty')
    return support.SHARED_CAPTURES


@pytest.fixture
def plugin_folders():
    """Empty plugin folders: a plugin_folders.PluginFolders."""
    with folders.made() as empty:
        yield empty


@pytest.fixture(scope='session')
def sanitized(tmp_path_factory):
    """A sanitizer.SanitizedPlugin. Tests with it belong to one group, so that there is one build."""
    if not sanitizer.can_replace():
        pytest.skip('only root, and only with mount namespaces, can put another plugin in the place of the installed one')
    return sanitizer.SanitizedPlugin(tmp_path_factory.mktemp('sanitized'))


# ------------------------------------------------------------------------------ live

@pytest.fixture
def namespace():
    """A network namespace with a loopback interface of its own."""
    if os.geteuid() != 0:
        pytest.skip('a network namespace for the live capture needs root')
    if shutil.which('ip') is None:
        pytest.skip('the live capture needs the command ip (package iproute2)')
    # Not `ip netns add`: that mounts, which a chroot does not allow
    with subprocess.Popen(['unshare', '--net', 'cat'], stdin=subprocess.PIPE) as holder:
        try:
            yield entered(holder)
        finally:
            holder.stdin.close()


def entered(holder):
    """The words before a command that run it in the namespace of holder."""
    own, theirs = (pathlib.Path('/proc', str(pid), 'ns/net') for pid in ('self', holder.pid))
    while holder.poll() is None and theirs.readlink() == own.readlink():
        os.sched_yield()
    if holder.poll() is not None:
        pytest.skip('no network namespace can be made here')
    words = ('nsenter', f'--net={theirs}')
    subprocess.run([*words, 'ip', 'link', 'set', 'lo', 'up'], check=True)
    return words


@pytest.fixture
def connect(namespace):
    """A function that makes one connection from request to close."""
    with subprocess.Popen(
            [*namespace, sys.executable, support.TESTS / 'support' / 'loopback_traffic.py'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as traffic:
        def one():
            traffic.stdin.write('\n')
            traffic.stdin.flush()
            assert traffic.stdout.readline() == 'done\n'
        yield one
        traffic.stdin.close()
