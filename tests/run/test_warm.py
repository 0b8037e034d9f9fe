"""What the forkserver does before it forks."""

import subprocess
import sys

LOOK = """
import sys
from pathlib import Path
from govlib.run import shell
import matplotlib.pyplot as plt
shell.draw(sys.argv[1])  # as at its import, where a fault would pass unseen
print(len(list(Path(sys.argv[1]).iterdir())) > 3, plt.get_fignums(), plt._backend_mod)
"""


def test_the_first_figure_is_saved_and_settles_on_no_backend(tmp_path):
    done = subprocess.run([sys.executable, "-c", LOOK, tmp_path], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True [] None\n", "")
