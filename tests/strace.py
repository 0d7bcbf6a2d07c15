"""What a process did, as its system calls say: whom it spoke to, whose address it looked up, what it wrote where."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

_CALLS = (
    "network,open,openat,openat2,creat,chdir,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,link,linkat,"
    "symlink,symlinkat,unlink,unlinkat,rmdir,truncate"
)
_SENDS = re.compile(r"\b(?:connect|sendto|sendmsg|sendmmsg|bind)\(")
_ADDRESS = re.compile(r'sin_addr=inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')
_PORT = re.compile(r"sin6?_port=htons\((\d+)\)")
_LOOKUP = re.compile(r'"/etc/resolv\.conf"|"[^"]*(?:nscd/socket|io\.systemd\.Resolve|/avahi-daemon/socket)"')
_NAME_PORTS = ("53", "853", "5353", "5355")
_LOOPBACK = re.compile(r"127\.|::1$|::ffff:127\.")
_CHANGES = re.compile(
    r"\b(creat|mkdir|mkdirat|mknod|mknodat|rename|renameat|renameat2|link|linkat|symlink|symlinkat|unlink|unlinkat"
    r"|rmdir|truncate)\("
)
_OPENS_TO_WRITE = re.compile(r"\b(?:open|openat|openat2)\(.*\b(?:O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE)\b")
_OPENED = re.compile(r"= \d+<(.+)>$")
_NAMED = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')


def traced(log: Path, command: Sequence[str]) -> list[str]:
    """`command` under strace, which writes what it and all that it starts do to `log`."""
    return ["strace", "-f", "-y", "--seccomp-bpf", "-s", "4096", "-o", str(log), "-e", f"trace={_CALLS}", *command]


@functools.cache
def problem() -> str:
    """Why system calls cannot be watched here, or nothing."""
    if not shutil.which("strace"):
        return "needs strace (Debian's package of that name)"
    command = traced(Path(os.devnull), [sys.executable, "-c", ""])
    tried = subprocess.run(command, capture_output=True, text=True)
    return f"strace may not watch processes here: {tried.stderr.strip()}" if tried.returncode else ""


def require() -> None:
    """Skip, or in CI fail, the test where system calls cannot be watched."""
    if problem():
        (pytest.fail if os.environ.get("FOOTNOTE_REQUIRE_SHARED") == "1" else pytest.skip)(problem())


def calls(log: Path) -> list[str]:
    """One line a call, without the process's number; what was interrupted is put together again."""
    begun: dict[str, str] = {}
    whole = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        process, _, call = line.partition(" ")
        call = call.strip()
        if call.endswith("<unfinished ...>"):
            begun[process] = call.removesuffix("<unfinished ...>")
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>", call):
            call = begun.pop(process, "") + call[resumed.end() :]
        whole.append(call)
    return whole


def spoken_to(log: Path) -> list[str]:
    """The calls that speak to another machine, listen to one, or look up an address, whether they succeed or not."""

    def leaves(call: str) -> bool:
        addresses = [four or six for four, six in _ADDRESS.findall(call)]
        is_ours = all(_LOOPBACK.match(address) for address in addresses)
        return not is_ours or any(port in _NAME_PORTS for port in _PORT.findall(call))

    return [call for call in calls(log) if _LOOKUP.search(call) or (_SENDS.search(call) and leaves(call))]


def written(log: Path, start: Path) -> set[Path]:
    """The files and folders made, opened to be written, renamed or removed by a program that began in `start`."""
    folder, paths = start, set()
    for call in calls(log):
        if re.search(r"= -1 E\w+ \(", call):
            continue
        if call.startswith("chdir("):
            folder = _named(call, folder)[0]
        if _OPENS_TO_WRITE.search(call) and (opened := _OPENED.search(call)):
            paths.add(Path(opened[1].removesuffix(" (deleted)")))
        elif _CHANGES.search(call):
            named = _named(call, folder)
            paths.update(named[-1:] if call.startswith(("link", "symlink")) else named)
    return paths


def _named(call: str, folder: Path) -> list[Path]:
    found = _NAMED.findall(call)
    return [Path(os.path.normpath(Path(base or folder) / os.fsdecode(name))) for base, name in found]
