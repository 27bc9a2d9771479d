"""What a worker of this machine loads first: Ctrl+C is for the grader alone, which then ends its workers."""

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
