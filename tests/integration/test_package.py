# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package and the source tarball that cpack makes; its manual page tells all that the program has.

How the package installs, upgrades and goes away again is tests/package/run's.
"""

import os
import re
import shutil
import subprocess
import tarfile

import pytest

import score
import support

PACKAGE = 'tcp-asymmetry-wireshark'
MAINTAINER = 'A Team <team@example.org>'
PLUGIN = 'tcp-asymmetry.so'
PROFILE = f'usr/share/wireshark/profiles/{support.PROFILE}'
PROFILE_FILES = 'preferences', 'colorfilters', 'dfilter_buttons', 'io_graphs'

# One build for the whole file
pytestmark = pytest.mark.xdist_group('package')


def run(*command, **keywords):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=10 * support.TIMEOUT_S,
                          **keywords)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope='module')
def build(tmp_path_factory):
    """A build folder in which cpack has made the Debian package."""
    folder = tmp_path_factory.mktemp('package')
    run('cmake', '-G', 'Ninja', '-S', support.REPOSITORY, '-B', folder, f'-DPACKAGE_MAINTAINER={MAINTAINER}')
    run('cmake', '--build', folder, '--target', 'tcp-asymmetry')
    # Whoever makes a package may keep others from reading what he makes
    run('cpack', cwd=folder, umask=0o077)
    return folder


@pytest.fixture(scope='module')
def package(build):
    [path] = build.glob('*.deb')
    return path


@pytest.fixture(scope='module')
def unpacked(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp('unpacked')
    run('dpkg-deb', '--extract', package, folder)
    return folder


def series():
    """Major and minor version of the installed Wireshark."""
    major, minor = re.search(r'(\d+)\.(\d+)', support.run_tshark('--version').out).groups()
    return int(major), int(minor)


def field(package, name):
    return run('dpkg-deb', '--field', package, name).strip()


# ------------------------------------------------------------------------------ what is in it

def test_package_holds_the_plugin_its_manual_page_and_documents(unpacked):
    [plugin] = unpacked.rglob(PLUGIN)
    assert re.search(r'wireshark/plugins/%d[.-]%d/epan$' % series(), str(plugin.parent))
    documents = f'usr/share/doc/{PACKAGE}'
    assert {str(path.relative_to(unpacked)) for path in unpacked.rglob('*') if path.is_file()} == {
        str(plugin.relative_to(unpacked)), *(f'{PROFILE}/{name}' for name in PROFILE_FILES),
        'usr/share/man/man4/tcp-asymmetry.4.gz', f'{documents}/README.md.gz',
        f'{documents}/changelog.gz', f'{documents}/changelog.Debian.gz', f'{documents}/copyright',
        *(f'{documents}/docs/{path.name}.gz' for path in (support.REPOSITORY / 'docs').glob('*.md'))}


def test_plugin_goes_where_the_installed_tshark_looks_for_it(unpacked):
    [plugin] = unpacked.rglob(PLUGIN)
    folders = support.run_tshark('-G', 'folders').out
    assert f'/{plugin.parent.parent.relative_to(unpacked)}' == re.search(r'^Global Plugins:\s*(.*)$', folders, re.M)[1]


def test_profile_goes_where_the_installed_wireshark_has_those_of_all_users(unpacked):
    assert f'/{PROFILE}' == str(support.data_folder() / 'profiles' / support.PROFILE)
    rules = (unpacked / PROFILE / 'colorfilters').read_text()
    assert rules.endswith((support.data_folder() / 'colorfilters').read_text())


def test_everybody_may_read_what_the_package_installs(unpacked):
    for path in unpacked.rglob('*'):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path


def test_plugin_is_stripped_and_hardened(unpacked):
    [plugin] = unpacked.rglob(PLUGIN)
    assert not re.search(r'\.(symtab|debug_info)\b', run('readelf', '--wide', '--sections', plugin))
    assert 'BIND_NOW' in run('readelf', '--dynamic', plugin)
    assert 'GNU_RELRO' in run('readelf', '--wide', '--segments', plugin)
    assert re.search(r'UND __stack_chk_fail\b', run('readelf', '--wide', '--dyn-syms', plugin))
    assert re.search(r'UND __\w+_chk\b', run('readelf', '--wide', '--dyn-syms', plugin))


def test_lintian_has_nothing_to_say(package):
    done = subprocess.run(['lintian', '--fail-on', 'error,warning', package], capture_output=True, text=True,
                          timeout=10 * support.TIMEOUT_S)
    said = re.findall(r'^[EW]: .*$', done.stdout, re.M)
    assert (done.returncode, said) == (0, []), done.stdout + done.stderr


def test_control_names_section_maintainer_and_a_version_of_this_series(package):
    assert field(package, 'Section') == 'net'
    assert field(package, 'Maintainer') == MAINTAINER
    assert re.fullmatch(r'[0-9.]+-1~wireshark%d\.%d' % series(), field(package, 'Version'))


def compares(version, relation, other):
    return subprocess.run(['dpkg', '--compare-versions', version, relation, other]).returncode == 0


def test_package_of_the_next_series_is_the_newer_one():
    """So that an upgrade of Debian is one of the package, too."""
    assert compares('1.0-1~wireshark4.0', 'lt', '1.0-1~wireshark4.4')
    assert compares('1.0-1~wireshark4.6', 'lt', '1.1-1~wireshark4.0')


def bounds(package, dependency):
    """(relation, version) of what the package says of that dependency."""
    return [match.groups() for part in field(package, 'Depends').split(', ')
            if (match := re.fullmatch(rf'{dependency} \((\S+) (\S+)\)', part))]


def satisfies(version, package):
    relations = {'>=': 'ge', '<<': 'lt'}
    return all(compares(version, relations[relation], bound) for relation, bound in bounds(package, 'wireshark-common'))


def test_package_wants_the_series_of_wireshark_that_it_was_built_for_and_no_other(package):
    major, minor = series()
    installed = run('dpkg-query', '-W', '-f', '${Version}', 'wireshark-common')
    assert len(bounds(package, 'wireshark-common')) == 2
    assert satisfies(installed, package)
    assert satisfies(f'{major}.{minor}.99-1', package)
    assert not satisfies(f'{major}.{minor - 1}.99-1' if minor else f'{major - 1}.99-1', package)
    assert not satisfies(f'{major}.{minor + 1}.0~rc1-1', package)
    assert not satisfies(f'{major}.{minor + 2}.0-1', package)


def test_package_wants_the_library_of_that_wireshark(package):
    library = run('dpkg-query', '-S', os.path.realpath(soname_path('libwireshark'))).split(':')[0]
    assert bounds(package, library)


def soname_path(name):
    return re.search(rf'{name}\.so\S* => (\S+)', run('ldd', support.BUILD / PLUGIN))[1]


def test_package_needs_neither_tshark_nor_the_gui_but_recommends_one(package):
    names = {part.split()[0] for part in field(package, 'Depends').split(', ')}
    assert not names & {'tshark', 'wireshark', 'wireshark-qt'}
    assert field(package, 'Recommends') == 'tshark | wireshark'


# ------------------------------------------------------------------------------ the manual page

@pytest.fixture(scope='module')
def manual(unpacked):
    """The manual page as man shows it on a very wide terminal: one line for each paragraph."""
    return run('man', '4', 'tcp-asymmetry', env={
        **support.tshark_environment(), 'MANPATH': str(unpacked / 'usr/share/man'), 'MANWIDTH': '2000', 'PAGER': 'cat',
        'MANPAGER': 'cat', 'MANROFFOPT': '-c', 'MAN_KEEP_FORMATTING': ''})


def section(manual, title):
    return re.search(rf'^{title}\n(.*?)(?=^\S|\Z)', manual, re.M | re.S)[1]


def entries(manual, title):
    """{names: text} of a section's list."""
    text = section(manual, title)
    # Versions of groff indent by different widths
    indent = re.match(r'\n*( +)', text)[1]
    parts = re.split(rf'^{indent}(?=\S)', text, flags=re.M)
    return {part.split('\n')[0]: ' '.join(part.split()) for part in parts
            if re.search(rf'\n{indent} +\S|^\S+ {{2,}}\S', part)}


def first_words(entry_list):
    return {re.match(r'\w+', name)[0] for names in entry_list for name in names.split(', ')}


def test_manual_page_is_without_errors(unpacked):
    [page] = unpacked.rglob('*.4.gz')
    done = subprocess.run(['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', page], capture_output=True,
                          text=True, timeout=support.TIMEOUT_S, env={**support.tshark_environment(), 'MANWIDTH': '80'})
    assert (done.returncode, done.stderr) == (0, '')


def test_manual_page_leaves_no_place_holder(manual):
    assert '@' not in manual and ':::' not in manual
    assert '/epan/tcp-asymmetry.so' in section(manual, 'FILES')
    assert f'/{PROFILE}' in section(manual, 'FILES')


def test_manual_page_has_every_option_and_no_other(manual):
    shown = support.run_tshark('-q', '-z', support.statistic('help')).out
    options = set(re.findall(r'^ {2}(\w+)', shown, re.M))
    assert options and {re.match(r'\w+', names)[0] for names in entries(manual, 'OPTIONS')} == options


def test_manual_page_has_every_value_that_an_option_may_have(manual):
    shown = support.run_tshark('-q', '-z', support.statistic('help')).out
    told = entries(manual, 'OPTIONS')
    for option in 'by', 'format', 'sort':
        values = re.split(r', | or ', re.search(rf'^ {{2}}{option}=(.*)', shown, re.M)[1])
        [text] = [text for names, text in told.items() if names.startswith(f'{option}=')]
        assert [value for value in values if not re.search(rf'\b{value}\b', text)] == []


def test_manual_page_has_every_preference_with_its_default_and_range(manual):
    """Against what Wireshark knows of them. A range of ports has neither limits of its own nor a default."""
    known = re.findall(r'^#(?P<help>[^\n]*)\n#[^\n]*\n#?tcp_asymmetry\.(\w+): ?(.*)$',
                       support.run_tshark('-G', 'defaultprefs').out, re.M)
    told = entries(manual, 'PREFERENCES')
    assert len(known) > 10 and {name for _, name, _ in known} == set(told)
    for text, name, default in known:
        assert f'Default: {default or "none"} ' in told[name]
        if limits := re.search(r'From (\d+) to (\d+)\.$', text):
            assert f'Range: {limits[1]}-{limits[2]} ' in told[name]


def test_manual_page_has_every_field_and_no_other(manual):
    known = {name for name in support.listed_fields() if '.expert.' not in name}
    assert known and known == {name for name in entries(manual, 'FIELDS') if name.startswith('tcp_asymmetry.')}


def test_manual_page_has_every_finding_and_no_other(manual):
    known = set(score.finding_ids())
    assert known and first_words(entries(manual, 'FINDINGS')) == known


# ------------------------------------------------------------------------------ the tarball

UNWANTED = ('build', 'build-of-another', '.git', 'tests/__pycache__', 'tests/.pytest_cache')


@pytest.fixture(scope='module')
def tarball(tmp_path_factory):
    """(files of the source, tarball of it) from a copy in which somebody has built, tested and committed."""
    # A name in which each character that means something in a pattern stands for itself
    source = tmp_path_factory.mktemp('build (1+1)') / 'build'
    made = shutil.ignore_patterns('build*', '.git', '__pycache__', '.pytest_cache')
    shutil.copytree(support.REPOSITORY, source, ignore=made)
    files = {str(path.relative_to(source)) for path in source.rglob('*') if path.is_file()}
    for name in UNWANTED:
        (source / name).mkdir()
        (source / name / 'file').touch()
    build = source / 'build'
    run('cmake', '-G', 'Ninja', '-S', source, '-B', build)
    run('cpack', '--config', 'CPackSourceConfig.cmake', cwd=build)
    [path] = build.glob('*.tar.xz')
    return files, path


def test_tarball_has_all_of_the_source_and_nothing_that_was_made_from_it(tarball):
    files, path = tarball
    with tarfile.open(path) as archive:
        members = {member.name for member in archive if not member.isdir()}
    top = path.name.removesuffix('.tar.xz')
    assert members == {f'{top}/{file}' for file in files}


def test_tarball_builds_the_plugin_and_the_package(tarball, tmp_path):
    _, path = tarball
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path)
    [source] = tmp_path.iterdir()
    run('cmake', '-G', 'Ninja', '-S', source, '-B', tmp_path / 'build')
    run('cmake', '--build', tmp_path / 'build', '--target', 'tcp-asymmetry')
    run('cpack', cwd=tmp_path / 'build')
    assert list((tmp_path / 'build').glob('*.deb'))
