"""The command line's outer wall: every user's mistake leaves here as one sentence on stderr and exit status 2."""

from __future__ import annotations

import os
import sys
from typing import Any


def main(argv: list[str] | None = None) -> int:
    """Run ``ganlab`` with the given arguments (default: those of the process); return the exit status."""
    try:
        status = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return _say("interrupted", 130)
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(argv: list[str]) -> int:
    import typer

    from ganlab.cli import app
    from ganlab.errors import NonFiniteError, ProcessLost, UserError

    # typer carries its own copy of click in some versions and imports it in others: find the base class either way.
    usage_error: Any = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
    try:
        status = app(argv, standalone_mode=False, prog_name="ganlab")
    except UserError as error:
        return _say(str(error), 2)
    except NonFiniteError as error:
        return _say(str(error), 1)
    except ProcessLost as error:
        return _say(str(error), 1, alone=False)
    except usage_error as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message())
            return 0
        context = getattr(error, "ctx", None)
        path = getattr(context, "command_path", "ganlab")
        return _say(f"{error.format_message().rstrip('.')} (see `{path} --help`)", 2)
    except typer.Abort:
        return _say("interrupted", 130)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None:
            raise
        return _say(f"cannot use {error.filename}: {error.strerror}; check the path and your rights to it", 2)
    except (MemoryError, RuntimeError) as error:
        if not any(words in f"{type(error).__name__}: {error}" for words in _OUT_OF_MEMORY):
            raise
        return _say(
            "this does not fit into memory: ask for a smaller model, batch, size or number of samples", 2, alone=False
        )
    return status if isinstance(status, int) else 0


# How Python, PyTorch's CPU and CUDA allocators, and a tensor beyond every address say it.
_OUT_OF_MEMORY = ("MemoryError", "can't allocate memory", "OutOfMemoryError", "Storage size calculation overflowed")


def _say(message: str, status: int, alone: bool = True) -> int:
    from ganlab.progress import speaks

    if speaks() or not alone:
        print(f"ganlab: {' '.join(message.split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
