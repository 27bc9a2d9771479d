"""What a worker of this machine loads first: Ctrl+C is for the grader alone, which then ends its workers."""

import signal

from ..quick import leave_out

signal.signal(signal.SIGINT, signal.SIG_IGN)
leave_out()
