"""CPU time and memory of a process and all of its descendants, from /proc."""

import os

TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    # The name may hold spaces and parentheses: what counts comes after the last one.
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[1]), [int(field) for field in fields[11:15]]


def tree(root):
    """The process and its living descendants."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)] = _stat(name)[0]
            except OSError:
                continue  # It has ended since.
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def cpu_seconds(root):
    """What the tree has used so far, with the descendants that have ended: the kernel adds those to their parents."""
    ticks = 0
    for pid in tree(root):
        try:
            ticks += sum(_stat(pid)[1])
        except OSError:
            continue
    return ticks / TICK


def forget_peaks(root):
    """Makes the peak of memory begin anew."""
    for pid in tree(root):
        with open(f"/proc/{pid}/clear_refs", "w") as file:
            file.write("5")


def peak_megabytes(root):
    """The sum of the processes' peaks."""
    kilobytes = 0
    for pid in tree(root):
        with open(f"/proc/{pid}/status") as file:
            kilobytes += sum(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))
    return kilobytes / 1024
