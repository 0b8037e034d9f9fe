"""What people and machines do to the commands: one line, earlier files as they were."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from notebookfiles import write_notebook

from govlib.cli import main
from govlib.project import project_folder
from govlib.run.notebooks import run_all, run_notebook

KERNEL = '{"argv": ["/bin/false", "{connection_file}"], "display_name": "d", "language": "python"}'


def govlib(folder, *words, before=None, **environment):
    """Run a command in a process of its own."""
    given = os.environ | {"PYTHONPATH": str(project_folder())} | environment
    command = [sys.executable, "-m", "govlib", *words]
    return subprocess.run(
        command, cwd=folder, env=given, capture_output=True, text=True, preexec_fn=before
    )


def test_a_kernel_that_dies_while_it_starts_is_told(tmp_path):
    place = tmp_path / "share/kernels/dies/kernel.json"
    place.parent.mkdir(parents=True)
    place.write_text(KERNEL)
    write_notebook(tmp_path / "one.ipynb", "1", kernel="dies")
    done = govlib(tmp_path, "run", "one.ipynb", JUPYTER_PATH=str(tmp_path / "share"))
    assert "one.ipynb failed in no cell: the kernel did not start" in done.stderr


def stored(folder):
    found = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {path: path.read_bytes() for path in found}


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (["grid", "--economies", "KAZ", "--editions", "9" * 5000], {}, "is not a valid integer"),
        (
            ["claims", "--ledger", "uzbekistan", "--output", "file/a.md"],
            {},
            "a.md cannot be read or",
        ),
        (["claims", "--ledger", "uzbekistan", "--format", "md", "--output", "."], {}, "directory)"),
        (["notebooks", "file/below"], {}, "cannot be read or written (Not a directory)"),
        (
            ["run", "one.ipynb", "--figures-dir", "f" * 300],
            {},
            "cannot be read or written (File na",
        ),
        (["run", "one.ipynb", "--figures-dir", "a\udcff"], {}, "is not a folder to write to"),
        (["claims"], {"GOVLIB_DATA": "nowhere"}, "sadykova-2024 cannot be read"),
        (["fetch", "--edition", "9" * 5000], {}, "is not a valid integer"),
        (["package", "--check", "/dev/null"], {}, "is not a package that govlib wrote"),
        (
            ["claims", "--ledger", "/dev/zero"],
            {},
            "ledger /dev/zero cannot be read (File too large)",
        ),
        (["identify", "/dev/zero"], {}, "/dev/zero cannot be read (File too large)"),
    ],
)
def test_whatever_is_asked_is_answered_in_lines_and_changes_nothing(
    govlib_command, tmp_path, monkeypatch, words, environment, said
):
    (tmp_path / "file").write_text("mine")
    write_notebook(tmp_path / "one.ipynb", parameters='economy = "KAZ"\nfigures_dir = "figures"')
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    before = stored(tmp_path)
    done = govlib_command(*words)
    assert said in done.stderr
    assert "Traceback" not in done.stderr and "fault of govlib" not in done.stderr
    if done.returncode:
        assert stored(tmp_path) == before


def test_a_full_disk_a_deleted_folder_and_a_console_without_letters_are_borne(
    govlib_command, tmp_path
):
    console = govlib(tmp_path, "whence", "Қ.png", PYTHONIOENCODING="cp1252:strict")
    assert (console.returncode, console.stderr[:16]) == (1, "govlib: \\u049a.p")
    write_notebook(tmp_path / "one.ipynb", "print('x' * 9999)")
    assert govlib_command("run", "one.ipynb").returncode == 0
    before = stored(tmp_path)
    full = govlib(
        tmp_path,
        *("run", "one.ipynb"),
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000)),
    )
    assert "(File too large)" in full.stderr and "Traceback" not in full.stderr
    assert stored(tmp_path) == before
    untold = govlib(tmp_path, "list", "groups", before=lambda: os.dup2(os.open("/dev/full", 1), 1))
    assert untold.stderr.startswith("govlib: The output cannot be read or written (No space left")
    (tmp_path / "gone").mkdir()
    gone = govlib(tmp_path / "gone", "run", before=lambda: Path.cwd().rmdir())
    assert gone.stderr == (
        "govlib: The working directory cannot be read or written (No such file or directory); "
        "earlier files are as they were.\n"
    )


def test_a_fault_of_ours_is_written_to_a_file_that_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("govlib.claims.check", lambda *_, **__: 1 / 0)
    monkeypatch.setattr(sys, "argv", ["govlib", "claims"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 70
    [said] = capsys.readouterr().err.splitlines()
    [file] = tmp_path.glob("govlib-*.txt")
    assert said.endswith(str(file)) and "ZeroDivisionError: division by zero" in said
    assert "Traceback" in file.read_text()


def test_an_interrupt_is_a_line_and_the_next_run_removes_what_a_kill_left(govlib_command, tmp_path):
    cell = "open('begun', 'w').close(); import time; time.sleep(60)"
    write_notebook(tmp_path / "one.ipynb", cell)
    words = ["grid", "--economies", "KAZ", "--editions", "2023", "--notebooks", "one.ipynb"]
    running = subprocess.Popen(
        [sys.executable, "-m", "govlib", *words],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(project_folder())},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + 60
    while not (tmp_path / "begun").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "govlib: interrupted; earlier files are as they were." in said
    assert "Traceback" not in said
    assert not list(tmp_path.rglob("*.running"))
    (tmp_path / "build/all/KAZ/.one.killed.running").mkdir(parents=True)
    write_notebook(tmp_path / "one.ipynb", "1")
    assert govlib_command("run", "one.ipynb").returncode == 0
    assert not list(tmp_path.rglob("*.running"))


def test_two_runs_of_one_result_end_as_one_whole_result(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    cells = "from govlib.project import replace_file; from pathlib import Path; import time"
    more = "time.sleep(2); replace_file(Path('figure.txt'), str(design_effect).encode())"
    declared = 'economy: str = "KAZ"\ndesign_effect: float = 2.0'
    notebook = write_notebook(
        tmp_path / "one.ipynb", cells, more, "design_effect", parameters=declared
    )
    plan = [(notebook, {"design_effect": effect}) for effect in (3.0, 4.0)]
    both = [future.result() for _, future in run_all(plan, lambda p: run_notebook(*p), jobs=2)]
    assert both == [tmp_path / "build/all/KAZ/one.ipynb"] * 2
    assert "waiting: another process writes" in capsys.readouterr().err
    executed = both[0].read_text()
    assert f'"design_effect": {(tmp_path / "figure.txt").read_text()}' in executed
    assert not list(tmp_path.rglob("*.running"))
