"""The engine: outputs as in papermill's own, no run seen in the next, an end to hung cells."""

import asyncio
import json
import os
import re
import shutil
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
from papermill.engines import NBClientEngine
from papermill.exceptions import PapermillExecutionError

from govlib.datasets import package as catalog
from govlib.run import kernels


def write_notebook(path, *cells):
    """Write a notebook; a cell that ends in a comment `# raises` may raise."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata["language_info"] = {"name": "python"}
    for source in cells:
        tags = ["raises-exception"] if source.endswith("# raises") else []
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}))
    nbformat.write(notebook, path)
    return path


def execute(folder, *cells, name="govlib", **options):
    """Execute cells in an engine and return the notebook."""
    path = write_notebook(folder / f"{name}.ipynb", *cells)
    return papermill.execute_notebook(
        path, folder / f"{name}.out.ipynb", engine_name=name, progress_bar=False, **options
    )


def said(notebook):
    """Return the outputs of all cells as plain lists, without what differs in any two runs."""
    outputs: list[list[dict]] = [[] for _ in notebook.cells]
    for told, cell in zip(outputs, notebook.cells, strict=True):
        for output in cell.get("outputs", []):
            if told and "name" in output and told[-1].get("name") == output["name"]:
                told[-1]["text"] += output["text"]  # in how many pieces a text comes is chance
            else:
                told.append(dict(output))
    text = re.sub(r"ipykernel_\d+/\d+", "ipykernel_N/N", repr(outputs))
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
    "from tqdm.auto import tqdm\nfor i in tqdm(range(3), bar_format='{n}/{total}'): pass",
    "warnings.warn('careful')\nlogging.warning('logged')",
    "!echo shell; echo error >&2\nos.system('echo system')\nos.write(1, b'raw')\n"
    "import time; time.sleep(0.5)",
    "%%bash\necho from bash",
    # A thread reads what a child writes, in either engine: before the result if it has the time.
    "import subprocess\ndone = subprocess.run(['echo', 'child']); time.sleep(0.5)\ndone",
    "subprocess.run(['cat'], timeout=5).returncode  # reads until its input ends",
    "await asyncio.sleep(0.01)\ntask = asyncio.create_task(asyncio.sleep(0.01, 'done'))",
    "await asyncio.sleep(0.05)\ntask.done(), task.result()",
    "def deep(n):\n    return 1 / n if n == 0 else deep(n - 1)\ndeep(3)  # raises",
    "for  # raises",
    "input('?')  # raises",
    "sys.exit(3)  # raises",
    "_, __, Out.keys(), len(In), get_ipython().execution_count",
    "'IPKernelApp' in get_ipython().config, __name__, sys.stdout.isatty(), sys.path[0]",
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
    # ipykernel leaves raw file descriptors alone under pytest.
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    both = []
    for name in ("nbclient", "govlib"):
        with pytest.raises(PapermillExecutionError, match="at the end"):
            execute(tmp_path, *EVERY_KIND, name=name)
        both.append(nbformat.read(tmp_path / f"{name}.out.ipynb", as_version=4))
    stock, ours = both
    for one, other in zip(stock.cells, ours.cells, strict=True):
        told = [
            re.sub(
                "'model_id': '[0-9a-f]{32}'", "", str(said(nbformat.from_dict({"cells": [cell]})))
            )
            for cell in (other, one)  # a widget has a random number
        ]
        assert told[0] == told[1], other.source
        assert other.get("execution_count") == one.get("execution_count")
        assert other.metadata.keys() == one.metadata.keys()
        if "execution" in one.metadata:
            assert other.metadata.execution.keys() == one.metadata.execution.keys()
        states = [cell.metadata.get("papermill", {}).get("status") for cell in (one, other)]
        assert states[0] == states[1]
    assert stock.metadata.language_info == ours.metadata.language_info


def text_of(notebook):
    """Return what the last cell that printed has printed."""
    return [o.text for c in notebook.cells for o in c.get("outputs", []) if "text" in o][-1].strip()


OPEN_FILES = """import os, pathlib
open_files = [os.path.realpath(path) for path in pathlib.Path('/proc/self/fd').iterdir()]
print(any(path.endswith('left.txt') for path in open_files))"""


@pytest.mark.parametrize(
    ("leave", "look"),
    [
        (
            "left = 1; import builtins; builtins.left2 = 1",
            "print('left' in globals(), 'left2' in dir(__builtins__))",
        ),
        (
            "import matplotlib as m; m.rcParams['lines.linewidth'] = 99",
            "import matplotlib as m; print(m.rcParams['lines.linewidth'] == 99)",
        ),
        (
            "import pandas as pd; pd.options.display.max_rows = 7",
            "import pandas as pd; print(pd.options.display.max_rows == 7)",
        ),
        ("import os; os.chdir('/')", "import os; print(os.getcwd() == '/')"),
        ("import os; os.environ['LEFT'] = '1'", "import os; print('LEFT' in os.environ)"),
        (
            "import matplotlib.pyplot as plt; plt.switch_backend('agg'); plt.figure()",
            "import matplotlib.pyplot as plt; print(bool(plt.get_fignums()))",
        ),
        (
            "file = open(path, 'w')",
            OPEN_FILES,
        ),
        (
            "import sys; sys.modules['json'].left = 1; sys.path.append('left')",
            "import json, sys; print(hasattr(json, 'left') or 'left' in sys.path)",
        ),
        (
            "import warnings; warnings.simplefilter('error')",
            "import warnings; print(('error', None, Warning, None, 0) in warnings.filters)",
        ),
        (
            "import signal; signal.signal(signal.SIGALRM, lambda *_: 0)",
            "import signal; print(signal.getsignal(signal.SIGALRM) != signal.SIG_DFL)",
        ),
    ],
    ids=[
        "names",
        "rcParams",
        "options",
        "folder",
        "environment",
        "figures",
        "files",
        "modules",
        "filters",
        "signals",
    ],
)
def test_nothing_of_one_run_is_in_the_next(tmp_path, leave, look):
    path = f"path = {str(tmp_path / 'left.txt')!r}\n"
    assert "True" in text_of(execute(tmp_path, path + leave, look))
    assert "True" not in text_of(execute(tmp_path, look))


def test_a_figure_of_constrained_layout_is_shown_as_by_the_stock_engine(tmp_path):
    plot = (
        "import matplotlib.pyplot as plt, govlib; plt.style.use('govlib.paper')\n"
        "table = govlib.wgi.read(2023, economies='KAZ')\n"
        "govlib.plot_trend(table[table.dimension.isin(['ge', 'va'])], ax=plt.subplots()[1]);"
    )
    shown = []
    for name in ("nbclient", "govlib"):
        done = execute(tmp_path, plot, name=name)
        shown.append([o["data"]["image/png"] for o in done.cells[0].outputs if "data" in o])
    assert len(shown[0]) == 1
    assert shown[0] == shown[1]


def test_the_figures_of_other_backends_are_left_to_them(tmp_path):
    done = execute(
        tmp_path,
        "import matplotlib.pyplot as plt\nplt.subplots();",
        "%matplotlib agg\nplt.subplots();",
        "print(plt.get_fignums())",
    )
    assert [len(cell.outputs) for cell in done.cells[:2]] == [1, 0]
    assert text_of(done) == "[1]"


def test_data_that_cannot_be_read_are_the_notebooks_to_report(tmp_path):
    code = (
        "import papermill\n"
        "papermill.execute_notebook('in.ipynb', 'out.ipynb', engine_name='govlib')\n"
    )
    write_notebook(
        tmp_path / "in.ipynb",
        "import govlib, os, sys; print(os.getppid())",
        "govlib.wgi.read(2023)",
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"GOVLIB_DATA": str(tmp_path)},
    )
    assert "stock engine" not in done.stderr
    assert "AlteredFile: " in done.stderr


def test_random_numbers_differ_between_runs(tmp_path):
    draw = (
        "import random, numpy as np\n"
        "print(random.random(), np.random.rand(), np.random.default_rng().random())"
    )
    draws = {word for _ in range(2) for word in text_of(execute(tmp_path, draw)).split()}
    assert len(draws) == 6


def test_folder_and_environment_are_those_of_the_caller_at_the_time(tmp_path, monkeypatch):
    look = "import os; print(os.getcwd(), os.environ.get('GOVLIB_SEEN'), os.environ.get('SEEN'))"
    execute(tmp_path, "1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOVLIB_SEEN", "one")
    assert text_of(execute(tmp_path, look)) == f"{tmp_path} one None"
    # An import may have read any other variable: it needs another warm process.
    monkeypatch.setenv("SEEN", "two")
    before = kernels._warm
    assert text_of(execute(tmp_path, look)) == f"{tmp_path} one two"
    assert kernels._warm is not before


CHANGED = """import pathlib, papermill
def run():
    notebook = papermill.execute_notebook("in.ipynb", "out.ipynb", engine_name="govlib",
                                          progress_bar=False)
    print(notebook.cells[-1].outputs[0].text.strip())
run(); run()
path = pathlib.Path("govlib/i18n/labels.py")
path.write_text(path.read_text() + "\\nMARK = 'new'\\n")
run()"""


def test_a_package_that_has_changed_since_is_imported_anew(tmp_path):
    # A long session or a worker of Dask would go on with the code that it began with.
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(kernels.__file__).parents[1], tmp_path / "govlib", ignore=ignored)
    look = (
        "import govlib.i18n.labels, os; print(getattr(govlib.labels, 'MARK', 'old'), os.getppid())"
    )
    write_notebook(tmp_path / "in.ipynb", look)
    done = subprocess.run(
        [sys.executable, "-c", CHANGED],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    first, second, third = done.stdout.splitlines()
    assert first == second
    assert first.startswith("old ")
    assert third.startswith("new ")


STARTING = """import os, socket, sys, threading
from govlib.run import warm
warm._warm_up()
from govlib.run import forked
before, (ours, theirs) = set(sys.modules), socket.socketpair()
threading.Thread(target=lambda: [*iter(lambda: theirs.recv(65536), b"")], daemon=True).start()
forked._make_app(ours, {"key": "x", "arguments": []})
os.write(int(sys.argv[1]), repr(sorted(set(sys.modules) - before)).encode())
os._exit(0)"""


@pytest.mark.parametrize("options", [[], ["--c", "named = 2"]], ids=["settings", "options"])
def test_a_kernel_takes_settings_and_options(tmp_path, options):
    arguments = ["--InteractiveShellApp.exec_lines=set_first = 1", *options]
    names = "[name for name in ('set_first', 'named') if name in globals()]"
    notebook = execute(tmp_path, names, extra_arguments=arguments)
    assert notebook.cells[0].outputs[0]["data"]["text/plain"] == (
        "['set_first', 'named']" if options else "['set_first']"
    )


def test_a_kernel_imports_nothing_to_start():
    reading, writing = os.pipe()
    command = [sys.executable, "-c", STARTING, str(writing)]
    subprocess.run(command, check=True, pass_fds=[writing], capture_output=True)
    assert os.read(reading, 10_000) == b"[]"
    os.close(reading)
    os.close(writing)


def test_files_that_a_notebook_leaves_open_are_written_and_exit_functions_run(tmp_path):
    execute(
        tmp_path,
        f"file = open({str(tmp_path / 'open.txt')!r}, 'w'); file.write('kept')",
        "import atexit, pathlib\n"
        f"atexit.register(pathlib.Path({str(tmp_path / 'exit.txt')!r}).touch)",
    )
    assert (tmp_path / "open.txt").read_text() == "kept"
    assert (tmp_path / "exit.txt").exists()


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


@pytest.mark.parametrize("hung", ["import time; time.sleep(60)", "while True: pass"])
def test_a_hung_cell_is_ended_after_its_time_with_all_it_started(tmp_path, hung):
    pids = tmp_path / "pids"
    begun = time.monotonic()
    with pytest.raises(CellTimeoutError, match="timed out while it was being executed, after 3 s"):
        execute(tmp_path, STARTED.format(str(pids)), hung, execution_timeout=3)
    assert time.monotonic() - begun < 15
    wait_until(lambda: not any(alive(pid) for pid in pids.read_text().split()))


def test_a_cell_can_be_interrupted_instead_and_the_next_one_runs(tmp_path):
    cells = ["import time; time.sleep(60)  # raises", "print('went on')"]
    with pytest.raises(PapermillExecutionError, match="KeyboardInterrupt"):
        execute(tmp_path, *cells, execution_timeout=4, interrupt_on_timeout=True)
    assert text_of(nbformat.read(tmp_path / "govlib.out.ipynb", as_version=4)) == "went on"


@pytest.mark.parametrize("end", ["import os; os._exit(1)", "quit()"])
def test_a_kernel_that_dies_is_reported(tmp_path, end):
    with pytest.raises(DeadKernelError):
        execute(tmp_path, end, "print('never reached')")
    assert text_of(execute(tmp_path, "print('the next run is not touched')")).startswith("the next")


def run_papermill(*arguments, **options):
    """Start the command papermill."""
    return subprocess.Popen(
        [sys.executable, "-m", "papermill", "--engine", "govlib", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_the_papermill_command_knows_the_engine(tmp_path):
    notebook = write_notebook(tmp_path / "in.ipynb", "print(6 * 7)")
    done = run_papermill(notebook, tmp_path / "out.ipynb")
    _, errors = done.communicate(timeout=60)
    assert done.returncode == 0, errors
    assert "stock engine" not in errors
    assert text_of(nbformat.read(tmp_path / "out.ipynb", as_version=4)) == "42"


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running_when_papermill_is_ended(tmp_path, end):
    pids = tmp_path / "pids"
    notebook = write_notebook(
        tmp_path / "in.ipynb", STARTED.format(str(pids)), "import time; time.sleep(60)"
    )
    done = run_papermill(notebook, tmp_path / "out.ipynb")
    wait_until(lambda: pids.exists() and pids.read_text(), 60)
    done.send_signal(end)
    done.communicate(timeout=20)
    assert done.returncode != 0
    wait_until(lambda: not any(alive(pid) for pid in pids.read_text().split()))


def test_notebooks_run_side_by_side_in_threads_and_share_the_warm_process(tmp_path):
    def run(number):
        folder = tmp_path / str(number)
        folder.mkdir()
        done[number] = text_of(execute(folder, "import os; print(os.getppid())"))
        asyncio.get_event_loop().close()  # which nbclient leaves open

    done = {}
    threads = [threading.Thread(target=run, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 4
    assert set(done.values()) == {str(kernels._warm.process.pid)}


def test_runs_leave_no_open_file_thread_or_process(tmp_path):
    execute(tmp_path, "1")
    warm = kernels._warm.process.pid

    def count():
        return (
            len(list(Path("/proc/self/fd").iterdir())),
            threading.active_count(),
            len(list(Path(f"/proc/{warm}/fd").iterdir())),
            len(list(Path(f"/proc/{warm}/task").iterdir())),
        )

    def worked():
        return Path(f"/proc/{warm}/stat").read_text().rsplit(")", 1)[1].split()[11:13]

    def rests():  # it rehearses while nobody waits
        before = worked()
        time.sleep(0.5)
        return before == worked()

    wait_until(rests, seconds=30)
    before = count()
    for _ in range(5):
        execute(tmp_path, "import matplotlib.pyplot as plt; plt.plot([1, 2])")
    assert count() == before
    wait_until(lambda: not Path(f"/proc/{warm}/task/{warm}/children").read_text())


def test_another_kernel_or_system_falls_back_to_the_stock_engine_and_says_so(
    tmp_path, monkeypatch, caplog
):
    assert kernels.find_obstacle("python3") is None
    assert "no kernel 'julia'" in kernels.find_obstacle("julia")
    folder = tmp_path / "kernels/other"
    folder.mkdir(parents=True)
    argv = ["/other/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Other"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert "not the Python" in kernels.find_obstacle("other")
    monkeypatch.setattr(kernels.sys, "platform", "darwin")
    with caplog.at_level("WARNING"):
        assert text_of(execute(tmp_path, "print('ran')")) == "ran"
    assert "not safe on darwin; the stock engine runs this notebook" in caplog.text


def test_the_warm_process_imports_beside_its_client_and_is_shared_by_forks():
    code = """import os, time
from govlib.run import kernels
begun = time.monotonic()
kernels.warm_up()
took = time.monotonic() - begun
children = []
for _ in range(2):
    if (child := os.fork()) == 0:
        kernels.connect().close()
        os._exit(kernels._warm.process.pid % 251)
    children.append(os.waitpid(child, 0)[1] >> 8)
kernels.connect().close()
print(took < (time.monotonic() - begun) / 2, {kernels._warm.process.pid % 251} == set(children))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("True True\n", 0), done.stderr


def test_a_warm_process_that_is_not_needed_is_ended_before_its_imports_are_done(tmp_path):
    code = """from govlib import kernels
kernels.warm_up()
process = kernels._warm.process
kernels.stop()
print(process.returncode)"""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
    assert int(done.stdout) == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("import sys; sys.exit(1)", "its imports failed"),
        (
            "import threading, time; threading.Thread(target=time.sleep, args=[60]).start()",
            "it has 2 threads",
        ),
    ],
)
def test_a_warm_process_that_cannot_be_forked_leaves_the_run_to_the_stock_engine(
    tmp_path, broken, reason
):
    (tmp_path / "odrpack.py").write_text(broken)  # one of the packages that it imports
    write_notebook(tmp_path / "in.ipynb", "print('ran')")
    command = [sys.executable, "-m", "papermill", "--engine", "govlib", "in.ipynb", "out.ipynb"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"does not answer ({reason}" in done.stderr
    assert "the stock engine runs this notebook" in done.stderr
    assert text_of(nbformat.read(tmp_path / "out.ipynb", 4)) == "ran"


def test_a_package_that_prints_while_it_is_imported_is_no_answer(tmp_path):
    (tmp_path / "odrpack.py").write_text("print('2 or more')")
    write_notebook(tmp_path / "in.ipynb", "print('ran')")
    command = [sys.executable, "-m", "papermill", "--engine", "govlib", "in.ipynb", "out.ipynb"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "stock engine" not in done.stderr


@pytest.mark.parametrize("broken", [False, True])
def test_a_rehearsal_leaves_no_thread_figure_setting_or_file(tmp_path, broken):
    code = """import sys
from govlib.run import warm
warm._warm_up()
import matplotlib as mpl, matplotlib.pyplot as plt
before = mpl.rcParams.copy()
steps = list(warm._rehearse())
print(len(steps) > 10, set(steps), warm._count_threads(), plt.get_fignums(), before == mpl.rcParams)
from govlib.datasets import world
print(len(world._RANKED), "seaborn" in sys.modules, "statsmodels" in sys.modules)"""
    folders = written, packages = tmp_path / "written", tmp_path / "packages"
    for folder in folders:
        folder.mkdir()
    if broken:
        (packages / "seaborn.py").write_text("raise OSError('a library is missing')")
    given = {"TMPDIR": str(written), "PYTHONPATH": str(packages)}
    environment = os.environ | given | kernels.QUIET
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
    held = f"{len(catalog.held_editions())} {not broken} True"
    assert done.stdout.decode().splitlines() == ["True {0.0} 1 [] True", held], done.stderr
    assert list(written.iterdir()) == []


def test_a_kernel_goes_without_the_debugger_that_a_notebook_can_still_import(tmp_path):
    asked = "import sys\n'debugpy' in sys.modules, any('pydevd' in name for name in sys.modules)"
    imported = "import debugpy\ndebugpy.is_client_connected()"
    executed = execute(tmp_path, asked, imported)
    shown = [cell.outputs[-1]["data"]["text/plain"] for cell in executed.cells]
    assert shown == ["(False, False)", "False"]


def test_the_executed_notebook_is_written_though_the_engine_saves_seldom(tmp_path):
    execute(tmp_path, "print('one')", "print('two')")
    saved = nbformat.read(tmp_path / "govlib.out.ipynb", 4)
    assert [cell.outputs[0].text for cell in saved.cells] == ["one\n", "two\n"]
    assert saved.metadata.papermill.end_time


def test_what_was_reached_is_written_when_the_engine_is_broken_off(tmp_path, monkeypatch):
    def reach(nb_man, *_, **__):
        nb_man.nb.metadata["reached"] = "half"
        nb_man.save()
        raise OSError("broken off")

    execute(tmp_path, "0")  # so that the next is reached within the second between two savings
    monkeypatch.setattr(NBClientEngine, "execute_managed_notebook", reach)
    with pytest.raises(OSError, match="broken off"):
        execute(tmp_path, "1")
    saved = nbformat.read(tmp_path / "govlib.out.ipynb", 4)
    assert saved.metadata["reached"] == "half"
