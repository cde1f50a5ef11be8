"""The numbers that Python and the fork server agree on, as csrc/protocol.h defines them.

The client and the guest read them here. In a zygote nothing of rltf can be imported, but the fork
server is loaded under the same name as in the client (guest/zygote.py), so that one import serves
both.
"""

from __future__ import annotations

from rltf.sandbox._native import lib

REPORT_FD: int = lib.RLTF_FD_REPORT
CHANNEL_FD: int = lib.RLTF_FD_CHANNEL

EXIT_HARNESS_FAILED: int = lib.EXIT_HARNESS_FAILED

PROGRAM_SHARED: int = lib.PROGRAM_SHARED
PROGRAM_SERVER: int = lib.PROGRAM_SERVER
PROGRAM_FULL_STDOUT: int = lib.PROGRAM_FULL_STDOUT
PROGRAM_FULL_STDERR: int = lib.PROGRAM_FULL_STDERR
PROGRAM_TOGETHER: int = lib.PROGRAM_TOGETHER
PROGRAM_APPS: int = lib.PROGRAM_APPS
PROGRAM_LIVECODEBENCH: int = lib.PROGRAM_LIVECODEBENCH

RESULT_CPU_LIMIT: int = lib.RESULT_CPU_LIMIT
RESULT_WALL_LIMIT: int = lib.RESULT_WALL_LIMIT
RESULT_FAULT: int = lib.RESULT_FAULT
RESULT_KILLED: int = lib.RESULT_KILLED
RESULT_ALIVE: int = lib.RESULT_ALIVE
RESULT_OUTPUT_LIMIT: int = lib.RESULT_OUTPUT_LIMIT

TEST_SEED_LENGTH: int = lib.TEST_SEED_LENGTH
GUARD_SECRET_LENGTH: int = lib.GUARD_SECRET_LENGTH
MOST_TOGETHER: int = lib.MOST_TOGETHER
