"""Documents of 10 MiB come and go: what one took is given back to the system when it is done with."""

import contextlib
import ctypes

LARGE = 4 * 2**20
"""Bytes; nothing but documents comes in pieces as large."""
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Of glibc's mallopt(3)."""


def give_large_blocks_back() -> None:
    """Left to itself glibc keeps blocks of the size of the largest that was freed: after some documents intake held
    more than twice what they need. Another C library has no such habit, nor this function.
    """
    with contextlib.suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_TRIM_THRESHOLD, 8 * LARGE)  # else it is 128 KiB from now on: a call for each batch
