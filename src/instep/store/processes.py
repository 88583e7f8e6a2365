"""Which process this is, and whether another one still runs; processes are told apart although their numbers return."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import uuid
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process: its computer's name, an id of what its number means something to, the number, when it started."""

    host: str
    machine: str
    pid: int
    started: str


def this_process() -> Process:
    """The process that asks."""
    return Process(platform.node(), _machine(), os.getpid(), _started(os.getpid()))


def is_dead(process: Process) -> bool | None:
    """True when the process is known to have ended, ``None`` when that cannot be told from here."""
    if process.machine != _machine():
        return None
    return _started(process.pid) != process.started


@lru_cache(maxsize=1)
def _machine() -> str:
    # The computer's name may change with the network it is in; the number of a process counts in its container only.
    own = _text("/etc/machine-id") or f"{uuid.getnode():x}"
    try:
        return f"{own} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return own


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _started(pid: int) -> str:
    """When a process started, in the system's own words; empty when there is no such process."""
    if sys.platform == "win32":
        return _started_windows(pid)
    if Path("/proc/self/stat").exists():
        # The name of the program stands in brackets and may hold anything; the start is field 22, the state field 3.
        after_name = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
        if len(after_name) < 20 or after_name[0] in "ZX":
            return ""
        return f"{after_name[19]} {_text('/proc/sys/kernel/random/boot_id')}"
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    told = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, check=False)
    state, _, started = told.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started.strip()


def _started_windows(pid: int) -> str:
    if sys.platform != "win32":
        return ""
    import ctypes
    from ctypes import wintypes

    query_limited_information, still_active = 0x1000, 259
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.OpenProcess.restype = wintypes.HANDLE
    handle = kernel.OpenProcess(query_limited_information, False, pid)
    if not handle:
        return ""
    try:
        code = wintypes.DWORD()
        if kernel.GetExitCodeProcess(wintypes.HANDLE(handle), ctypes.byref(code)) and code.value != still_active:
            return ""
        times = [wintypes.FILETIME() for _ in range(4)]
        if not kernel.GetProcessTimes(wintypes.HANDLE(handle), *(ctypes.byref(t) for t in times)):
            return ""
        return f"{times[0].dwHighDateTime}.{times[0].dwLowDateTime}"
    finally:
        kernel.CloseHandle(wintypes.HANDLE(handle))
