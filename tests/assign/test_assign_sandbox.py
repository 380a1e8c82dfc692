"""The walls: what code in a sandbox can see, reach, use and break; and what is left when it is over."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ganlab.assign import sandbox as sandbox_module
from ganlab.assign import seccomp
from ganlab.assign.channel import Answer, ForgedError, Output
from ganlab.assign.sandbox import EndedError, Limits, Sandbox, Sandboxes
from ganlab.errors import UserError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
LIMITS = Limits(seconds=20, megabytes=300, room=16, processes=12)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a secret, beside an environment that has one too."""
    folder = tmp_path_factory.mktemp("private folder")
    (folder / "secret.txt").write_text("SECRET")
    return folder


@pytest.fixture(scope="module")
def sandboxes(private: Path) -> Iterator[Sandboxes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("API_KEY", "SECRET")
        with Sandboxes(LIMITS) as made:
            yield made


@pytest.fixture
def box(sandboxes: Sandboxes) -> Iterator[Sandbox]:
    with sandboxes.open(20) as opened:
        yield opened


def run(box: Sandbox, code: str, seconds: float = 5) -> Answer:
    return box.ask({"ask": "cell", "code": code}, seconds)


def said(box: Sandbox, code: str) -> str:
    answer = run(box, code)
    assert answer.kind == "done", answer.text
    return answer.output.strip()


# --- what it sees


_CAN = """
import json, os
def can(path):
    try:
        return bool(os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))
    except OSError:
        return False
print(json.dumps([path for path in %s if can(path)]))
"""


def test_it_sees_python_and_nothing_of_anybody(box: Sandbox, private: Path) -> None:
    ours = [private, private / "secret.txt", Path.home() / ".bashrc", Path.home() / ".cache"]
    ours += [ROOT / name for name in ("tests", "notebooks", "README.md", ".git")]
    machine = [
        "/etc/shadow",
        "/etc/hostname",
        "/var",
        "/run",
        "/sys",
        "/boot",
        "/mnt",
        "/proc/1/environ",
        "/proc/1/root",
    ]
    empty = ["/home/student", "/dev/shm", *(["/tmp"] if Path("/tmp") not in ROOT.parents else [])]
    python = [str(ROOT / "ganlab"), "/usr/lib", os.__file__]
    assert json.loads(said(box, _CAN % [*map(str, ours), *machine, *empty, *python])) == python


def test_it_has_no_part_of_the_environment(box: Sandbox) -> None:
    everything = said(box, "import os; print(dict(os.environ)); print(open('/proc/self/environ').read())")
    assert "SECRET" not in everything and "'HOME': '/home/student'" in everything


def test_it_sees_no_other_process_and_three_streams(box: Sandbox) -> None:
    assert said(box, """
import os
print(sorted(int(name) for name in os.listdir("/proc") if name.isdigit()), os.getpid(), os.getppid())
print([os.readlink(f"/proc/self/fd/{n}").split(":")[0] for n in range(4)])
print(len([n for n in range(256) if os.path.exists(f"/proc/self/fd/{n}")]))
""").splitlines() == ["[1, 2] 2 1", "['/dev/null', 'pipe', 'pipe', 'socket']", "4"]  # fmt: skip


def test_it_has_no_rights_and_cannot_get_any(box: Sandbox) -> None:
    status = said(box, "print(open('/proc/self/status').read())")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {fields[f"Cap{kind}"].strip("0") for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {""}
    assert fields["NoNewPrivs"] == "1" and fields["Uid"].split() == ["1000"] * 4
    assert fields["Seccomp"] == ("2" if seccomp.available() else "0")


@pytest.mark.skipif(os.geteuid() != 0, reason="a user's own files are already all that a user has")
def test_marked_by_root_it_is_nobody_outside(box: Sandbox) -> None:
    assert "65534" in said(box, "print(open('/proc/self/uid_map').read())").split()
    assert said(box, "import os; print(os.access('/proc/sysrq-trigger', os.W_OK))") == "False"


# --- what it cannot do


_LIBC = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"


@pytest.mark.parametrize(
    "code",
    [
        "open('/usr/lib/x', 'w')",
        "import ganlab; open(ganlab.__file__, 'a')",
        "import os; os.mkdir('/x')",
        "open('/proc/self/oom_score_adj', 'w')",
        "import os; os.setuid(0)",
        "import os; os.chroot('/tmp')",
        "import os; os.nice(-1)",
        "import os; os.kill(-1, 0)",
        "import os; os.mknod('/tmp/disk', 0o60600, os.makedev(8, 0))",
        "import os; os.memfd_create('x')",
        "import resource; resource.setrlimit(resource.RLIMIT_DATA, (-1, -1))",
        "import socket; socket.create_connection(('127.0.0.1', 22), 1)",
        "import socket; socket.getaddrinfo('pypi.org', 80)",
        "import socket; socket.socket(socket.AF_VSOCK)",
        "import socket; socket.socket(socket.AF_PACKET)",
        _LIBC + "if libc.unshare(0x10000000): raise OSError(ctypes.get_errno(), '')",
        _LIBC + "if libc.mount(b'/proc', b'/tmp', None, 4096, None): raise OSError(ctypes.get_errno(), '')",
        _LIBC + "if libc.umount2(b'/usr/lib', 2): raise OSError(ctypes.get_errno(), '')",
    ],
)
def test_it_cannot(box: Sandbox, code: str) -> None:
    answer = run(box, code)
    assert answer.kind == "raised" and "rror" in answer.text, answer


def test_it_hears_nobody_and_nobody_hears_it(sandboxes: Sandboxes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, sandboxes.open(20) as box:
        server.settimeout(0.5)
        port = server.getsockname()[1]
        answer = run(box, f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1).send(b'hello')")
        assert "unreachable" in answer.text
        with pytest.raises(TimeoutError):
            server.accept()


def test_system_calls_of_every_column_are_refused_by_their_numbers() -> None:
    """The filter, run by hand: each refused number is refused and those beside them are not."""

    def verdict(machine: str, number: int, argument: int = 0) -> int:
        code, place, value = seccomp.program(machine), 0, 0
        audit = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}[machine]
        fields = {0: number, 4: audit, 16: argument}
        while True:
            operation, yes, no, k = (int.from_bytes(code[8 * place + a : 8 * place + b], sys.byteorder) for a, b in
                                     ((0, 2), (2, 3), (3, 4), (4, 8)))  # fmt: skip
            place += 1
            if operation == 0x20:
                value = fields[k]
            elif operation == 0x06:
                return k
            else:
                met = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[operation]
                place += yes if met else no

    allow, refused = 0x7FFF0000, {0x00050000 | 1, 0x00050000 | 38}
    for column, machine in enumerate(("x86_64", "aarch64")):
        numbers = {numbers[column] for numbers in (seccomp._REFUSED | seccomp._MISSING).values()}
        assert {verdict(machine, number) for number in numbers} == refused
        others = set(range(450)) - numbers - {seccomp._SOCKET[column], seccomp._SOCKETPAIR[column]}
        assert {verdict(machine, number) for number in others} == {allow}
        assert verdict(machine, seccomp._CLONE[column], 17) == allow  # SIGCHLD alone: a fork
        assert verdict(machine, seccomp._CLONE[column], 0x10000000 | 17) in refused
        assert [verdict(machine, seccomp._SOCKET[column], family) == allow for family in (1, 2, 10, 16, 17, 40)] == [
            True, True, True, True, False, False,
        ]  # fmt: skip
    assert verdict("x86_64", 0x40000000 | 39) == 0x80000000


# --- what it may use


def test_room_for_files_is_small_and_shared(box: Sandbox) -> None:
    assert run(box, "open('/tmp/x', 'wb').write(bytes(10 << 20))").kind == "done"
    assert "No space left" in run(box, "open('y', 'wb').write(bytes(10 << 20))").text
    assert "File too large" in run(box, "open('/dev/shm/z', 'wb').truncate(17 << 20)").text
    run(box, "import os; os.remove('/tmp/x'); os.remove('y')")
    assert "No space left" in run(box, "for n in range(30000): open(f'/tmp/{n}', 'w').close()").text


def test_too_much_memory_raises_before_it_kills(box: Sandbox) -> None:
    assert run(box, "x = [bytes(10 << 20) for _ in range(100)]").text.startswith("MemoryError")
    assert run(box, "import torch; torch.zeros(10 ** 9)").kind == "raised"
    assert said(box, "print(len(bytes(10 << 20)))") == str(10 << 20)


ENDS = {
    "shared memory": (
        "import mmap\nx = mmap.mmap(-1, 900 << 20)\nwhile True: x.write(bytes(1 << 26))",
        "took more than 300 MB of memory",
    ),
    "memory of many": (
        "import os, time\nfor _ in range(5):\n    if not os.fork(): x = b'x' * (150 << 20); time.sleep(9)\nos.wait()",
        "took more than 300 MB of memory",
    ),
    "fork bomb": (
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        "more than 12 processes|memory",
    ),
    "exit": ("import os; os._exit(3)", "exit status 3"),
    "kill": ("import os; os.kill(os.getpid(), 9)", "killed"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "segmentation fault"),
    "close": ("import os; os.close(3)", "ended|closed|crashed"),
    "close all": ("import os; os.closerange(0, 256)", "ended|closed|crashed"),
    "deaf": (
        "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)\nimport time; time.sleep(99)",
        "could not be stopped",
    ),
    "masked": ("import signal, time; signal.pthread_sigmask(0, [14]); time.sleep(99)", "could not be stopped"),
}


@pytest.mark.parametrize("name", ENDS)
def test_what_ends_it_is_told(sandboxes: Sandboxes, name: str) -> None:
    code, why = ENDS[name]
    with sandboxes.open(15) as box, pytest.raises(EndedError, match=why):
        run(box, code, seconds=1 if "could not" in why else 8)
        run(box, "pass")


def test_an_endless_loop_is_stopped_and_life_goes_on(box: Sandbox) -> None:
    assert run(box, "while True: pass", 0.3).text == "it was still running after 0.3 seconds"
    stubborn = "import time\nn = 0\nwhile n < 2:\n    try: time.sleep(9)\n    except BaseException: n += 1"
    assert run(box, stubborn, 0.3).kind == "done"
    assert said(box, "print(n)") == "2"


def test_what_lies_in_sight_can_be_covered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work handed in may lie where Python's packages lie; a package that is imported is all that can be seen of it."""
    package = tmp_path / "course"
    for name, text in {"__init__.py": "", "handed in/ann/x.ipynb": "{}", "tests/hidden.py": ""}.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    (tmp_path / "beside.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    look = f"import os, course; print(sorted(name for _, _, names in os.walk({str(tmp_path)!r}) for name in names))"
    with Sandboxes(LIMITS, modules=["course"], covered=[package / "handed in"]) as made, made.open(20) as box:
        assert said(box, look) == "['__init__.py', 'hidden.py']"


def test_the_whole_has_a_time_limit(sandboxes: Sandboxes) -> None:
    with sandboxes.open(0.5) as box, pytest.raises(EndedError, match="time limit"):
        run(box, "import time; time.sleep(9)", 9)


_LEAVES = """
import os, time, ctypes
for _ in range(3):
    if not os.fork():
        ctypes.CDLL(None).prctl(15, b"left-behind")
        os.setsid()
        if os.fork(): os._exit(0)
        time.sleep(60)
    os.wait()
"""


def left_behind(wanted: int) -> int:
    """How many processes of that name there are, once there are so many, or after some seconds."""
    until = time.monotonic() + 5
    while True:
        names = [path / "comm" for path in Path("/proc").iterdir() if path.name.isdigit()]
        count = 0
        for name in names:
            with contextlib.suppress(OSError):
                count += name.read_text() == "left-behind\n"
        if count == wanted or time.monotonic() > until:
            return count
        time.sleep(0.02)


@pytest.mark.parametrize("walls", [True, False])
def test_everything_it_started_ends_with_it(sandboxes: Sandboxes, walls: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandboxes, "walls", walls)
    with sandboxes.open(20) as box:
        run(box, _LEAVES)
        assert left_behind(3) == 3
    assert left_behind(0) == 0


def test_everything_ends_when_the_marking_is_killed(tmp_path: Path) -> None:
    program = f"""
from ganlab.assign.sandbox import Limits, Sandboxes
made = Sandboxes(Limits())
box = made.open(60)
box.ask({{"ask": "cell", "code": {_LEAVES!r}}}, 5)
print("ready", flush=True)
input()
"""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1, cwd=ROOT, env=environment) as marking:
        assert marking.stdout is not None and marking.stdout.readline() == b"ready\n" and left_behind(3) == 3
        marking.kill()
    assert left_behind(0) == 0
    until = time.monotonic() + 5
    while list(tmp_path.iterdir()) and time.monotonic() < until:
        time.sleep(0.02)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [name for name in ENDS if name != "close all"])
def test_without_walls_the_limits_are_kept(sandboxes: Sandboxes, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandboxes, "walls", False)
    test_what_ends_it_is_told(sandboxes, name)


def test_a_signal_to_everybody_stays_inside(sandboxes: Sandboxes) -> None:
    with sandboxes.open(20) as other, sandboxes.open(20) as box:
        for pid, signum in ((1, 9), (-1, 15), (0, 15)):
            run(box, f"import os, signal; signal.signal(15, signal.SIG_IGN); os.kill({pid}, {signum})")
        assert said(other, "print(1)") == "1"
    assert sandboxes._forks is not None and sandboxes._forks._process.poll() is None


def test_sandboxes_share_nothing(sandboxes: Sandboxes) -> None:
    with sandboxes.open(20) as one, sandboxes.open(20) as two:
        said(
            one, "import torch, os; open('/tmp/note', 'w').write('x'); torch.allclose = None; os.environ['NOTE'] = 'x'"
        )
        assert said(
            two, "import torch, os; print('note' in os.listdir('/tmp'), torch.allclose is None, 'NOTE' in os.environ)"
        ) == ("False False False")


_SCAN = """
import re
word, count = {word!r}[::-1].encode(), 0
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        start, end = (int(number, 16) for number in line.split()[0].split("-"))
        if line.split()[1].startswith("rw"):
            memory.seek(start)
            try: count += memory.read(end - start).count(word)
            except (OSError, ValueError, OverflowError): pass
print(count - 1)  # one of them is the word that is looked for
"""


def test_nothing_of_one_submission_is_in_the_memory_of_the_next(sandboxes: Sandboxes) -> None:
    with sandboxes.open(20) as one:
        said(one, f"note = 'w0rd-0f-0ne-student' * {len('xx')}")
        assert int(said(one, _SCAN.format(word="w0rd-0f-0ne-student"[::-1]))) > 0
    with sandboxes.open(20) as two:
        assert int(said(two, _SCAN.format(word="w0rd-0f-0ne-student"[::-1]))) == 0


# --- what it says


def test_a_gigabyte_of_output_is_read_and_dropped(box: Sandbox) -> None:
    answer = run(box, "x = 'x' * 2 ** 20\nfor _ in range(1024): print(x)", 30)
    assert answer.kind == "done" and len(answer.output) < 30_000 and "dropped" in answer.output
    assert said(box, "print('and then')") == "and then"


def test_output_belongs_to_the_cell_that_printed_it(box: Sandbox) -> None:
    for number in range(30):
        assert said(box, f"import os, sys; print({number}); sys.stderr.write('e'); x = os.system('echo {number}')") == (
            f"{number}\ne{number}"
        )
    assert run(box, "import os; os.close(1); os.close(2)").kind == "done"
    assert run(box, "x = 1").kind == "done"


def test_output_that_is_no_text_is_shown_as_far_as_it_goes(box: Sandbox) -> None:
    assert "�" in said(box, r"import os; os.write(1, b'\xff\xfe\x00'); print('\ud800')")


@pytest.mark.parametrize(
    "forged",
    [
        "b'x'", "b'0' * 5000", "b'0' * 32 + b' seen 0 1\\n1'", "b'\\n' * 3", "b'{}\\n'",
        "b'0' * 32 + b' seen 0 999999999\\n'", "bytes(range(256))",
    ],
)  # fmt: skip
def test_a_forged_line_is_no_answer(sandboxes: Sandboxes, forged: str) -> None:
    with sandboxes.open(20) as box, pytest.raises(ForgedError):
        run(box, f"import os; os.write(3, {forged})")
        run(box, "pass")


def test_an_answer_to_another_question_is_no_answer(sandboxes: Sandboxes) -> None:
    with sandboxes.open(20) as box:
        run(box, "from ganlab.assign import channel\nkept = []\nold = channel.Answering.answer\n"
            "def answer(self, question, kind, text, left):\n"
            "    kept.append(dict(question)); old(self, kept[0], kind, text, left)\n"
            "channel.Answering.answer = answer")  # fmt: skip
        with pytest.raises(ForgedError):
            run(box, "pass")
            run(box, "pass")


def test_a_mark_in_pieces_is_found() -> None:
    reading, writing = os.pipe()
    output = Output(reading)
    try:
        output.expect(b"\0mark\n")
        for part in (b"one\0ma", b"rk", b"\ntwo"):
            os.write(writing, part)
            time.sleep(0.05)
        assert output.until_mark() == "one"
        output.expect(b"\0other\n")
        os.write(writing, b"\0mark\n\0other\n")
        assert output.until_mark() == "two\0mark\n"
    finally:
        os.close(writing)


# --- where there are no walls


_WITHOUT = """
import json
from ganlab.assign.sandbox import Limits, Sandboxes
from ganlab.errors import UserError
try:
    Sandboxes(Limits())
except UserError as error:
    refusal = str(error)
with Sandboxes(Limits(), unsafe=True) as made, made.open(20) as box:
    where = box.ask({"ask": "cell", "code": "import os; print(os.getcwd())"}, 5).output
    print(json.dumps([refusal, made.walls, where]))
"""


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs the program unshare")
def test_without_namespaces_it_refuses_unless_told(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(_WITHOUT)
    command = f"echo 0 > /proc/sys/user/max_user_namespaces; exec {sys.executable!r} {str(tmp_path / 'run.py')!r}"
    done = subprocess.run(
        ["unshare", "-r", "sh", "-c", command], check=True, timeout=120, cwd=ROOT, stdout=subprocess.PIPE
    )
    refusal, walls, where = json.loads(done.stdout)
    assert "no sandbox" in refusal and "--unsafe" in refusal and "\n" not in refusal
    assert walls is False and "ganlab-" in where


def test_where_there_is_no_linux_it_refuses_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_module.sys, "platform", "plan9")
    with pytest.raises(UserError, match="--unsafe"):
        Sandboxes(LIMITS)
    with Sandboxes(LIMITS, unsafe=True) as made, made.open(60) as box:
        assert made.walls is False
        folder = Path(said(box, "import os; open('x', 'w').close(); print(os.getcwd())"))
        assert folder.name.startswith("ganlab-") and (folder / "x").exists()
        with pytest.raises(EndedError, match="exit status 3"):
            run(box, "import os; os._exit(3)")
    assert not folder.exists()


def test_a_worker_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such module >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    with pytest.raises(UserError, match="no such module"):
        Sandboxes(LIMITS)


def test_packages_that_only_root_can_read_are_told_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_module, "_PROBE", "open('/proc/sysrq-trigger')")
    with pytest.raises(UserError, match="chmod -R a\\+rX"):
        Sandboxes(LIMITS)


def test_many_at_once_do_not_mix(sandboxes: Sandboxes) -> None:
    answers: dict[int, str] = {}

    def live(number: int) -> None:
        with sandboxes.open(30) as box:
            run(box, f"x = {number}", 20)
            answers[number] = run(box, "print(x)", 20).output.strip()

    threads = [threading.Thread(target=live, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: str(number) for number in range(6)}


def test_nothing_is_left_on_the_disk(private: Path) -> None:
    with Sandboxes(LIMITS) as made, made.open(20) as box:
        folder = Path(made._forks._folder.name)  # type: ignore[union-attr]
        run(box, "open('/tmp/x', 'w').write('x'); open('y', 'w').write('y')")
        assert sorted(path.name for path in folder.rglob("*")) == ["errors", "root", "work"]
    assert not folder.exists() and (private / "secret.txt").read_text() == "SECRET"
