"""Messages between a client and a forked kernel, as bytes on their socket."""

import struct
from collections.abc import Sequence
from typing import Any

SHELL, IOPUB, REQUEST = 1, 2, 3
HEAD = struct.Struct("!BI")
LENGTH = struct.Struct("!I")


def pack(channel: int, frames: Sequence[Any]) -> bytes:
    """Write the frames of a message as bytes: channel, how many, then each with its length."""
    parts = [HEAD.pack(channel, len(frames))]
    for frame in frames:
        content = bytes(frame)
        parts += [LENGTH.pack(len(content)), content]
    return b"".join(parts)


def unpack(received: bytearray) -> tuple[int, list[bytes]] | None:
    """Take the first message from what was received, or return None if it is not complete."""
    if len(received) < HEAD.size:
        return None
    channel, count = HEAD.unpack_from(received)
    frames, at = [], HEAD.size
    for _ in range(count):
        if len(received) < at + LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(received, at)
        at += LENGTH.size + length
        if len(received) < at:
            return None
        frames.append(bytes(received[at - length : at]))
    del received[:at]
    return channel, frames
