"""The standard streams of a forked kernel."""

from ipykernel.iostream import OutStream


class Stream(OutStream):
    """A stream that wakes the thread that sends it only if something was written.

    ipykernel flushes both streams some five times a cell, and waits for that thread each time.
    """

    def flush(self) -> None:
        """Send what was written."""
        if self._flush_pending or self._buffers:
            # The mark is for a function of ipykernel that has no types.
            super().flush()  # type: ignore[no-untyped-call]
