# SPDX-License-Identifier: GPL-2.0-or-later
"""A Debian of any suite in a folder, made by debootstrap, and commands in it."""

import os
import shutil
import subprocess

# In namespaces of its own, so that however it ends, no mount and no process is left
ALONE = ('unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child')

# The root has to be a mount of its own, or tests could not make further mount namespaces in it. No exec: the first
# process of a namespace has to take care of those that lose their parents, which a shell does.
ENTER = '''
mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && mount --rbind /sys "$0/sys" ||
    exit 2
cd "$0" && env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 CI=true chroot "$0" "$@"
exit $?
'''

# What a machine may need to reach its mirror, and to accept what that has
APT_SETTINGS = ('Acquire::http', 'Acquire::https', 'Acquire::Check-Valid-Until', 'Acquire::Check-Date')


class Unable(Exception):
    """Nothing can be tried, and why."""


# ------------------------------------------------------------------------------ what this machine has

def require_tools(*others):
    """Raises Unable where a Debian cannot be made here, or one of the others, (tool, Debian package), is missing."""
    if os.geteuid() != 0:
        raise Unable('only root can make a Debian in a folder')
    for tool, package in (('debootstrap', 'debootstrap'), ('unshare', 'util-linux'), *others):
        if shutil.which(tool) is None:
            raise Unable(f'{tool} is missing (Debian package {package})')
    if subprocess.run([*ALONE, 'true'], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise Unable('no mount namespace can be made here (a container has to be started with CAP_SYS_ADMIN)')


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def debian_mirror():
    """The first address from which apt takes Debian's packages, updates and security apart."""
    targets = output_of('apt-get', 'indextargets', '--format', '$(SITE) $(COMPONENT) $(LABEL)', 'Created-By: Packages')
    for target in targets.splitlines():
        address, component, label = target.split(' ', 2)
        if (component, label) == ('main', 'Debian'):
            return address
    raise Unable('apt knows no mirror of Debian: is it in /etc/apt/sources.list, and has "apt-get update" been run?')


# ------------------------------------------------------------------------------ a Debian in a folder

def make_debian(suite, root, log):
    """Makes it, unless it is there; log is an open file for what is printed. One that was begun still has its folder debootstrap."""
    if (root / 'etc/debian_version').exists() and not (root / 'debootstrap').exists():
        return
    remove(root)
    debootstrap(log, 'debootstrap', '--foreign', '--variant=minbase', suite, root, debian_mirror())
    # It need not survive a power cut
    write(root / 'etc/dpkg/dpkg.cfg.d/fast', 'force-unsafe-io\n')
    debootstrap(log, 'chroot', root, '/debootstrap/debootstrap', '--second-stage')
    settings = output_of('apt-config', 'dump', '--no-empty', '--format', '%F "%v";%n', *APT_SETTINGS)
    write(root / 'etc/apt/apt.conf.d/90machine', settings)


def debootstrap(log, *command):
    subprocess.run([*ALONE, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def inside(root, *command):
    """The words that run the command as root in the Debian, with nothing of this machine but its kernel and network."""
    return [*ALONE, 'sh', '-c', ENTER, root, *command]


def remove(folder):
    subprocess.run(['rm', '-rf', '--one-file-system', folder], check=True)
