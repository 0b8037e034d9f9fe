"""Commands that are killed somewhere in their time.

GOVLIB_KILLS (8 by default) says how often: each command an eighth of it, at points drawn by seed.
"""

import os
import random
import signal
import subprocess
import sys
import time

from govlib.project import project_folder

SEEDS = range(max(1, int(os.environ.get("GOVLIB_KILLS", "8")) // 8))


def kill(folder, *words, begun, seconds, seed, code=None):
    """Start a command and kill it with all that it started, some time after it has begun."""
    running = subprocess.Popen(
        [sys.executable, "-m", "govlib", *map(str, words)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(code or project_folder())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while running.poll() is None and not begun():
        time.sleep(0.01)
    time.sleep(random.Random(f"{words[0]} {seed}").random() * seconds)
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()
