"""The engine: outputs as in papermill's own, no run seen in the next, an end to hung cells."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from notebookfiles import write_notebook
from papermill.exceptions import PapermillExecutionError


def execute(folder, *cells, name="govlib", kernel="python3", **options):
    """Execute cells in an engine and return the notebook."""
    path = write_notebook(folder / f"{name}.ipynb", *cells, parameters=None, kernel=kernel)
    return papermill.execute_notebook(
        path, folder / f"{name}.out.ipynb", engine_name=name, progress_bar=False, **options
    )


def said(cell):
    """Return the outputs of a cell, without what differs in any two runs."""
    told: list[dict] = []
    for output in cell.get("outputs", []):
        if told and "name" in output and told[-1].get("name") == output["name"]:
            told[-1]["text"] += output["text"]  # in how many pieces a text comes is chance
        else:
            told.append(dict(output))
    for output in told:
        if "input" in cell.source and "traceback" in output:
            output["traceback"] = output["traceback"][:1]  # then come lines of ipykernel
    text = re.sub(r"\\x1b\[[\d;]*m", "", repr(told))  # colours depend on the highlighter
    text = re.sub(r"/tmp/ipykernel_\d+/\d+.py|<ipython-input[^>]*>|\d{6,}.py", "FILE", text)
    return re.sub(r"0x[0-9a-f]{6,}", "0xN", text)


EVERY_KIND = [
    "import sys, asyncio, logging, warnings, os\nprint('out')\nprint('err', file=sys.stderr)",
    "'é ∑'",
    "import pandas as pd\npd.DataFrame({'a': [1.5, None], 'b': ['x', 'y']})",
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])\nax",
    "%matplotlib inline\nplt.plot([3, 1])\nplt.show()\nprint(plt.get_backend(), plt.get_fignums())",
    "os.environ['SOURCE_DATE_EPOCH'] = '0'\nplt.rcParams['svg.hashsalt'] = 'salt'",
    "%config InlineBackend.figure_formats = ['svg', 'retina']\nfig",
    "from IPython.display import *\ndisplay(Markdown('*m*'), Latex('$x$'), HTML('<b>b</b>'))",
    "JSON({'a': [1]})",
    "handle = display('before', display_id='here')\nprint('between')",
    "handle.update('after')\nupdate_display('last', display_id='here')",
    "print('gone')\nclear_output()\nprint('stays')\nclear_output(wait=True)\nprint('replaces')",
    "warnings.warn('careful')\nlogging.warning('logged')",
    "!echo shell; echo error >&2\nos.system('echo system')\nos.write(1, b'raw')\n"
    "import time; time.sleep(0.5)",
    "%%bash\necho from bash",
    # A thread reads what a child writes, in either engine: before the result if it has the time.
    "import subprocess\ndone = subprocess.run(['echo', 'child']); time.sleep(0.5)\ndone",
    "subprocess.run(['cat'], timeout=5).returncode  # reads until its input ends",
    "await asyncio.sleep(0.01)\ntask = asyncio.create_task(asyncio.sleep(0.01, 'done'))",
    "await asyncio.sleep(0.05)\ntask.done(), task.result()",
    "def deep(n):\n    return 1 / n if n == 0 else deep(n - 1)\ndeep(1)  # raises",
    "for  # raises",
    "input('?')  # raises",
    "sys.exit(3)  # raises",
    "_, __, Out.keys(), len(In), get_ipython().execution_count",
    "'IPKernelApp' in get_ipython().config, __name__, sys.stdout.isatty()",
    "from concurrent.futures import ProcessPoolExecutor\nfrom multiprocessing import get_context\n"
    "with ProcessPoolExecutor(1, mp_context=get_context('fork')) as pool:\n"
    "    print(*pool.map(abs, [-1, -2]))",
    "import threading\nthread = threading.Thread(target=print, args=['from a thread'])\n"
    "thread.start(); thread.join()",
    "class Kind:\n    def _repr_html_(self): return '<i>k</i>'\nKind.__name__ and Kind()",
    "%precision 2\n3.14159",
    "%who int\n%whos dict",
    "help(abs)\nabs?",
    "raise ValueError('at the end')",
    "print('never reached')",
]


def test_every_kind_of_output_is_that_of_the_stock_engine(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel leaves descriptors alone under pytest
    both = []
    for name in ("nbclient", "govlib"):
        with pytest.raises(PapermillExecutionError, match="at the end"):
            execute(tmp_path, *EVERY_KIND, name=name)
        both.append(nbformat.read(tmp_path / f"{name}.out.ipynb", as_version=4))
    stock, own = both
    for one, other in zip(stock.cells, own.cells, strict=True):
        assert said(other) == said(one), other.source
        assert other.get("execution_count") == one.get("execution_count")
        about, expected = (cell.metadata.get("papermill", {}) for cell in (other, one))
        assert (about.keys(), about.get("status")) == (expected.keys(), expected.get("status"))
    assert stock.metadata.language_info == own.metadata.language_info
    assert stock.metadata.papermill.keys() == own.metadata.papermill.keys()


def text_of(notebook):
    """Return what the last cell that printed has printed."""
    return [o.text for c in notebook.cells for o in c.get("outputs", []) if "text" in o][-1].strip()


LOOK = """import json, os, pathlib, signal, sys, warnings
import matplotlib as mpl, matplotlib.pyplot as plt, pandas as pd
opened = [os.path.realpath(path) for path in pathlib.Path('/proc/self/fd').iterdir()]"""
LEFT = """left = 1 -> 'left' in globals()
import builtins; builtins.left2 = 1 -> 'left2' in dir(__builtins__)
mpl.rcParams['lines.linewidth'] = 99 -> mpl.rcParams['lines.linewidth'] == 99
pd.options.display.max_rows = 7 -> pd.options.display.max_rows == 7
os.environ['LEFT'] = '1' -> 'LEFT' in os.environ
plt.switch_backend('agg'); plt.figure() -> bool(plt.get_fignums())
file = open('left.txt', 'w') -> any(path.endswith('left.txt') for path in opened)
json.left = 1; sys.path.append('left') -> hasattr(json, 'left') or 'left' in sys.path
signal.signal(signal.SIGALRM, print) -> signal.getsignal(signal.SIGALRM) != signal.SIG_DFL
warnings.simplefilter('error') -> ('error', None, Warning, None, 0) in warnings.filters
os.chdir('/') -> os.getcwd() == '/'"""


def test_nothing_of_one_run_is_in_the_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    leave, looks = zip(*(line.split(" -> ") for line in LEFT.splitlines()), strict=True)
    look = f"{LOOK}\nprint({', '.join(looks)})"
    assert "False" not in text_of(execute(tmp_path, LOOK, *leave, look))
    assert "True" not in text_of(execute(tmp_path, look))


CALL = "papermill.execute_notebook('in.ipynb', 'out.ipynb', engine_name='govlib'"
GUARDED = f"import papermill; print('once')\nif __name__ == '__main__': {CALL}"
SCRIPTS = {
    f"{GUARDED})": "",
    f"{GUARDED}, log_output=True)": "it has no option log_output; papermill's own engine",
    # multiprocessing would run the script once more in each new process.
    f"import papermill; print('once'); {CALL})": "script.py does not have its work under `if __na",
}


@pytest.mark.parametrize("script", SCRIPTS, ids=["guarded", "option", "not guarded"])
def test_settings_of_the_user_change_nothing_in_either_engine(tmp_path, script):
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 99\n")
    startup = tmp_path / "profile_default/startup/a.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("started = 1")
    (tmp_path / "script.py").write_text(script)
    look = "import matplotlib as m; print(m.rcParams['lines.linewidth'], 'started' in globals())"
    write_notebook(tmp_path / "in.ipynb", look)
    environment = os.environ | {"IPYTHONDIR": str(tmp_path), "MATPLOTLIBRC": str(tmp_path)}
    command = [sys.executable, "script.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert SCRIPTS[script] in done.stderr
    assert ("papermill's own engine" in done.stderr) == bool(SCRIPTS[script])
    assert script.startswith(GUARDED) or done.stdout == "once\n"
    assert text_of(nbformat.read(tmp_path / "out.ipynb", 4)) == "1.5 False"


def test_a_run_has_its_own_random_numbers_and_the_callers_folder_and_environment(
    tmp_path, monkeypatch
):
    draw = "import os, random, numpy as np\nfile = open('open.txt', 'w'); file.write('kept')\n"
    draw += "print(random.random(), np.random.rand(), np.random.default_rng().random())"
    drawn = set()
    for seen in ("one", "two"):
        monkeypatch.setenv("SEEN", seen)
        (tmp_path / seen).mkdir()
        monkeypatch.chdir(tmp_path / seen)
        done = execute(tmp_path, draw, "print(os.getcwd(), os.environ['SEEN'])")
        assert text_of(done) == f"{tmp_path / seen} {seen}"
        drawn |= set(done.cells[0].outputs[0].text.split())
        assert (tmp_path / seen / "open.txt").read_text() == "kept"  # though it was left open
    assert len(drawn) == 6


def alive(pid):
    """Tell whether a process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds=10):
    """Wait for a condition; fail after some seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


STARTED = """import os, subprocess, pathlib
child = subprocess.Popen(['sleep', '60'])
pathlib.Path({!r}).write_text(f'{{os.getpid()}} {{child.pid}}')"""


def test_a_hung_cell_is_ended_after_its_time_with_all_it_started(tmp_path):
    pids = tmp_path / "pids"
    begun = time.monotonic()
    cells = STARTED.format(str(pids)), "while True: pass"
    with pytest.raises(CellTimeoutError, match="timed out"):
        execute(tmp_path, *cells, execution_timeout=3)
    assert time.monotonic() - begun < 15
    wait_until(lambda: not any(alive(pid) for pid in pids.read_text().split()))
    saved = nbformat.read(tmp_path / "govlib.out.ipynb", 4)  # what was reached is written
    assert saved.cells[1].metadata.papermill.status == "failed"


def test_a_process_that_dies_is_reported_with_its_cell(tmp_path):
    how = re.escape("in cell 2 (In [2]): killed by SIGSEGV")
    with pytest.raises(DeadKernelError, match=how):
        execute(tmp_path, "1", "import ctypes; ctypes.string_at(0)", "print('never reached')")
    assert text_of(execute(tmp_path, "print('the next run')")) == "the next run"


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_running_when_the_papermill_command_is_ended(tmp_path, end):
    pids = tmp_path / "pids"
    cells = STARTED.format(str(pids)), "import time; time.sleep(60)"
    notebook = write_notebook(tmp_path / "in.ipynb", *cells)
    command = [sys.executable, "-m", "papermill", "--engine", "govlib", str(notebook)]
    done = subprocess.Popen([*command, str(tmp_path / "out.ipynb")], stderr=subprocess.PIPE)
    wait_until(lambda: pids.exists() and pids.read_text(), 60)
    done.send_signal(end)
    _, errors = done.communicate(timeout=20)
    assert done.returncode != 0
    assert b"own engine" not in errors
    wait_until(lambda: not any(alive(pid) for pid in pids.read_text().split()))


def test_notebooks_run_side_by_side_and_leave_no_process_or_file(tmp_path):
    def run(number):
        done[number] = text_of(execute(tmp_path / str(number), "import os; print(os.getpid())"))

    def count():
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    execute(tmp_path, "1")
    before, done = count(), {}
    threads = [threading.Thread(target=run, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(done.values())) == 4
    assert not any(map(alive, done.values()))
    assert count() == before


WARM = """
import sys
from pathlib import Path
from govlib.run import shell
import matplotlib.pyplot as plt
shell.draw(sys.argv[1])  # as at its import, where a fault would pass unseen
print(len(list(Path(sys.argv[1]).iterdir())) > 3, plt.get_fignums(), plt._backend_mod)
"""


def test_what_the_forkserver_draws_is_saved_and_settles_on_no_backend(tmp_path):
    done = subprocess.run([sys.executable, "-c", WARM, tmp_path], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True [] None\n", "")
