"""Submissions that mean harm, or do it by mistake, for the tiny source: each with what it may keep and what is said."""

from __future__ import annotations

from dataclasses import dataclass, field

from handed_in import RIGHT

SECRET = "s3cr3t-0f-th3-h1dd3n-t3sts"  # stands in the hidden tests of 07.1 alone
HIDDEN = f'''\
# %% kind="hidden" task="07.1"
def observe(scaled):
    note = "{SECRET}"
    return {{"line": [scaled(-2.0), scaled(10.0)], "length": len(note)}}


def judge(seen):
    if not near(seen["line"], [-2.0 * SLOPE, 10.0 * SLOPE]):
        reject("own", f"the line went to {{seen['line']}}.")
'''


@dataclass(frozen=True)
class Work:
    """answers by task, own cells by the first line of the cell before them.

    keeps: the parts that have to be right all the same, as "07.1 visible". says: words of the notes on it.
    """

    answers: dict[str, str] = field(default_factory=lambda: RIGHT)
    own: dict[str, str] = field(default_factory=dict)
    keeps: tuple[str, ...] = ("07.1 visible", "07.1 hidden", "07.2 visible", "07.2 hidden")
    says: str = ""


NOTHING_RIGHT = {"07.1": "def scaled(x):\n    return 1", "07.2": "def shifted(x):\n    return 1"}
ALONE = {"07.2": "def shifted(x):\n    return 3 * x - 4"}  # needs no other task, but for its hidden tests


def first(code: str, says: str = "", keeps: tuple[str, ...] | None = None) -> Work:
    """Right answers, and this cell before them all."""
    work = Work(own={"given 07.a": code}, says=says)
    return work if keeps is None else Work(own=work.own, says=says, keeps=keeps)


def called(code: str, says: str = "") -> Work:
    """This happens when the check calls the answer to 07.1."""
    body = "\n".join(f"    {line}" for line in code.splitlines())
    return Work(ALONE | {"07.1": f"def scaled(x):\n{body}\n    return 3 * x"}, keeps=("07.2 visible",), says=says)


_FIND = f"""
import linecache, os, sys, threading, time

found = []
backwards = {SECRET[::-1]!r}  # so as not to find itself

def has(text):
    return backwards in str(text)[::-1]

def look():
    for entry in list(linecache.cache.values()):
        if len(entry) == 4 and has("".join(entry[2])):
            found.append("".join(entry[2]))
    for frame in sys._current_frames().values():
        while frame:
            found.extend(str(text) for text in [*frame.f_code.co_consts, *list(frame.f_locals.values())] if has(text))
            frame = frame.f_back
    if found:
        os.write(1, found[0].encode())
        print(found[0], file=sys.stderr, flush=True)
        open("/tmp/found", "w").write(found[0])
"""

WORK: dict[str, Work] = {
    # --- ends its own process
    "exits at once": Work(
        ALONE | {"07.1": "import os; os._exit(0)"},
        keeps=("07.2 visible",),
        says="the cell for 07.1 ended Python (exit status 0)",
    ),
    "exits when called": called("import os; os._exit(0)", "the check of 07.1: it ended Python"),
    "exits in many cells": Work(
        own=dict.fromkeys(
            ("given 07.a", "solution 07.1", "check 07.1", "solution 07.2", "check 07.2"), "import os; os._exit(1)"
        ),
        says="exit status 1",
    ),
    "crashes": first("import ctypes; ctypes.string_at(0)", "segmentation fault"),
    "kills itself": first("import os; os.kill(os.getpid(), 9)", "killed"),
    "kills its parents": Work(
        own={
            "given 07.a": "import os\ntry: os.kill(os.getppid(), 9)\nexcept OSError: pass",
            "check 07.1": "import os; os.kill(0, 9)",
            "check 07.2": "import os; os.kill(-1, 9)",
        },
        says="killed",
    ),
    "ends in a thread": first(
        """
import os, threading
threading.Timer(0, os._exit, (2,)).start()
threading.Event().wait(5)
""",
        "exit status 2",
    ),
    "closes everything": first("import os; os.closerange(0, 256)"),
    # --- does not end
    "loops deaf": called(
        "import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ntime.sleep(99)", "could not be stopped"
    ),
    "swallows": called(
        "import time\nwhile True:\n    try: time.sleep(9)\n    except BaseException: pass", "could not be stopped"
    ),
    # --- takes too much
    "forks without end": first("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", "processes"),
    "forks by mistake": first("import os\nif os.fork(): os.wait()"),
    "starts threads": first("""
import threading, time
for _ in range(10 ** 4):
    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
"""),
    "eats memory": first("x = []\nwhile True: x.append(bytes(1 << 24))", keeps=()),
    "eats shared memory": first("""
import mmap
x = mmap.mmap(-1, 1 << 30)
while True: x.write(b"x" * (1 << 26))
"""),
    "prints a gigabyte": first("x = 'x' * (1 << 20)\nfor _ in range(1 << 10): print(x)"),
    "writes gigabytes": Work(
        own={
            "given 07.a": "open('x', 'wb').write(bytes(1 << 28))",
            "check 07.1": "for n in range(99): open(f'/tmp/{n}', 'wb').write(bytes(1 << 24))",
        }
    ),
    "deletes": first("""
!rm -rf --no-preserve-root / 2>/dev/null
import os, shutil
for name in os.listdir("/"): shutil.rmtree("/" + name, ignore_errors=True)
"""),
    # --- cheats
    "changes torch and the checks": Work(
        NOTHING_RIGHT,
        {
            "given 07.a": """
import builtins, torch
from ganlab.teaching import checks
torch.allclose = torch.equal = checks.near = checks.matches = near = matches = lambda *a, **k: True
checks.verdict = lambda *a: None
checks.reject = reject = print
checks.Rejected.__init__ = lambda self, *a: None
checks.check = check = lambda *a, **k: print("✓")
builtins.isinstance = lambda *a: True
torch.Tensor.__eq__ = lambda *a: True
""",
            "check 07.1": "print('✓ Task 07.1 is right.')",
        },
        keeps=(),
    ),
    "forges in advance": Work(
        NOTHING_RIGHT,
        {"given 07.a": "import os; os.write(3, b'0' * 32 + b' seen 0 1\\n1')"},
        keeps=(),
        says="wrote into the line",
    ),
    "answers from a thread": Work(
        NOTHING_RIGHT,
        {
            "given 07.a": """
import json, os, socket, threading
def steal():
    line = socket.socket(fileno=os.dup(3))
    questions = line.makefile("rb")
    while True:
        line.sendall(f"{json.loads(questions.readline())['number']} seen 0 1\\n1".encode())
threading.Thread(target=steal, daemon=True).start()
"""
        },
        keeps=(),
    ),
    "says it is right": Work(
        NOTHING_RIGHT,
        {
            "given 07.a": """
from ganlab.assign import channel
answer = channel.Answering.answer
channel.Answering.answer = lambda self, question, kind, text, left: answer(self, question, "right", "", 0)
"""
        },
        keeps=(),
    ),
    "writes at exit": Work(
        NOTHING_RIGHT, {"given 07.a": "import atexit, os; atexit.register(os.write, 3, b'x' * 99)"}, keeps=()
    ),
    # --- looks for the hidden tests
    "prints hidden tests": Work(
        RIGHT | {"07.1": f"{_FIND}\ndef scaled(x):\n    look()\n    return 3 * x"},
        {"answer 07.3": "print(found, os.listdir('/tmp'))"},
    ),
    "returns hidden tests": Work(
        RIGHT | {"07.1": f"{_FIND}\ndef scaled(x):\n    look()\n    return found[0] if found else 3 * x"},
        keeps=("07.1 visible",),
    ),
    "raises hidden tests": Work(
        RIGHT
        | {"07.1": f"{_FIND}\ndef scaled(x):\n    look()\n    if found: raise ValueError(found[0])\n    return 3 * x"},
        keeps=("07.1 visible",),
    ),
    "waits for hidden tests": first(f"""{_FIND}
def wait():
    while True:
        look()
        time.sleep(0.01)
threading.Thread(target=wait, daemon=True).start()
"""),
    "keeps hidden tests for another life": Work(
        RIGHT
        | {
            "07.1": f"""{_FIND}
print(os.listdir('/tmp'), os.listdir())
def scaled(x):
    look()
    if found: os._exit(1)
    return 3 * x
"""
        },
        keeps=("07.1 visible", "07.2 visible"),
    ),
}

NO_NOTEBOOKS: dict[str, bytes] = {
    "not json": b"\x89PNG",
    "not utf-8": b'{"cells": ["\xff"]}',
    "deep": b'{"cells":' * 200_000,
    "wide": b'{"cells": [' + b"[]," * 3_000_000 + b"[]]}",
    "large": b" " * (17 << 20),
    "no cells": b"{}",
}

NAMES = (
    "=cmd|' \\C calc'!A0",
    "<script>alert(1)",
    "\u202egro.evil",
    "a\nb\tc\x1b[31m",
    "-1+1",
    "@SUM(A1)",
    "x" * 250,
    "con",
    "a..",
)


def escape(files: list[str], port: int) -> Work:
    """Reads and removes these files, calls this port, and looks for others' work."""
    touch = f"""
import os, shutil, socket
for path in {files}:
    try: print(open(path).read(), "WAS READ")
    except OSError: pass
    for act in (os.remove, lambda p: open(p, "w").write("x"), lambda p: shutil.rmtree(os.path.dirname(p))):
        try: act(path)
        except OSError: pass
try: socket.create_connection(("127.0.0.1", {port}), 1).sendall(b"found you")
except OSError: pass
"""
    search = f"""
names = {{os.path.basename(path) for path in {files}}}
for place, _, here in os.walk("/"):
    if not place.startswith(("/usr/", "/proc/")) and "site-packages" not in place:
        if names & set(here) or any(name.endswith(".ipynb") for name in here): print("FOUND", place)
"""
    return Work(own={"solution 07.1": touch, "check 07.1": search})
