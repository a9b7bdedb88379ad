"""`python -m sauda.leash PARENT COMMAND…`: becomes the command, and ends when the parent process does.

A supervisor that is killed cannot stop its parts; on Linux the kernel does it then. This is a program of
its own because a process with threads must not run Python between fork and exec.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the kernel was asked
            raise SystemExit(1)
    # Whoever started the supervisor may ignore the signal or hold it back, and an exec inherits both.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    os.execvp(command[0], command)


main()
