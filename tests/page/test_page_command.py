# SPDX-License-Identifier: GPL-2.0-or-later
"""format=html on the command line: where the page goes, and what is refused before a packet is read."""

import os
import pty
import subprocess

import pytest

import sanitizer
import support

MIXED = support.CAPTURES / 'mixed.pcapng'
HTML = ('-q', '-z', support.statistic('format=html'))
REFUSED = 'tshark: -z tcp,asymmetry: '


def test_page_goes_to_a_pipe_or_a_file_like_any_other_output(tmp_path):
    piped = support.run_tshark(*HTML, '-r', MIXED)
    assert piped.status == 0 and piped.err == ''
    assert piped.out.startswith('<!DOCTYPE html>\n') and piped.out.endswith('</html>\n')
    path = tmp_path / 'page.html'
    run = support.run_tshark('-q', '-z', support.statistic(f'format=html,output={path}'), '-r', MIXED)
    assert run == support.Run(0, '', '')
    assert path.read_text().startswith('<!DOCTYPE html>\n')


@pytest.mark.parametrize('output', ['', 'output=/dev/stdout', 'output=/proc/self/fd/1', 'output={terminal}'])
def test_page_is_refused_on_a_terminal_without_a_byte_of_it(output):
    leader, terminal = pty.openpty()
    try:
        options = ','.join(filter(None, ('format=html', output.format(terminal=os.ttyname(terminal)))))
        run = support.run_tshark('-q', '-z', support.statistic(options), '-r', MIXED, stdout=terminal)
        os.set_blocking(leader, False)
        with pytest.raises(BlockingIOError):
            os.read(leader, 1)
    finally:
        os.close(leader)
        os.close(terminal)
    assert run.status == 1
    assert run.err == (f'{REFUSED}format=html is a page for a browser, not for a terminal: add output=FILE.html\n')


def test_a_file_is_written_also_on_a_terminal(tmp_path):
    leader, terminal = pty.openpty()
    try:
        path = tmp_path / 'page.html'
        run = support.run_tshark('-q', '-z', support.statistic(f'format=html,output={path}'), '-r', MIXED, stdout=terminal)
    finally:
        os.close(leader)
        os.close(terminal)
    assert run.status == 0 and path.exists()


def test_fail_counts_as_in_any_other_format(tmp_path):
    path = tmp_path / 'page.html'
    for severity, status in ('warn', 3), ('error', 0):
        options = f'format=html,output={path},fail={severity}'
        assert support.run_tshark('-q', '-z', support.statistic(options), '-r', MIXED).status == status
        assert path.read_text().endswith('</html>\n')


# ------------------------------------------------------------------------------ a build without dygraphs

@pytest.fixture(scope='module')
def build(tmp_path_factory):
    """What cmake says where dygraphs is not there, and the plugin that it makes all the same."""
    folder = tmp_path_factory.mktemp('without-dygraphs')
    configured = subprocess.run(
        ['cmake', '-G', 'Ninja', '-S', support.REPOSITORY, '-B', folder, '-DCMAKE_BUILD_TYPE=Debug',
         '-DDYGRAPHS_DIR=/nonexistent/dygraphs', f'-DPLUGIN_FOLDER={folder}'],
        capture_output=True, text=True, check=True)
    subprocess.run(['cmake', '--build', folder, '--target', 'tcp-asymmetry'], capture_output=True, check=True)
    return configured.stderr, folder / 'tcp-asymmetry.so'


@pytest.mark.xdist_group('without-dygraphs')
def test_build_without_dygraphs_says_what_is_missing(build):
    said = ' '.join(build[0].split())
    for part in ('dygraph.min.js and dygraph.min.css are not both in /nonexistent/dygraphs',
                 'built without format=html', 'apt install libjs-dygraphs', '-DDYGRAPHS_DIR=FOLDER'):
        assert part in said


@pytest.mark.xdist_group('without-dygraphs')
def test_plugin_without_dygraphs_refuses_a_page_and_does_all_else(build, tmp_path):
    if not sanitizer.can_replace():
        pytest.skip('only root, and only with mount namespaces, can put another plugin in the place of the installed one')
    words = ('unshare', '--mount', 'sh', '-c', 'mount --bind "$0" "$1" && shift && exec "$@"', str(build[1]),
             str(sanitizer.installed_plugin()), 'tshark', '-q')
    path = tmp_path / 'page.html'

    def run(options):
        return subprocess.run([*words, '-z', support.statistic(options), '-r', MIXED], env=support.tshark_environment(),
                              capture_output=True, text=True, check=False)
    refused = run(f'format=html,output={path}')
    assert refused.returncode == 1 and not path.exists() and refused.stdout == ''
    assert support.without_root_warning(refused.stderr).startswith(
        f'{REFUSED}format=html is not in this build of the plugin')
    assert 'install libjs-dygraphs' in refused.stderr
    assert run('').stdout == support.report(MIXED)
