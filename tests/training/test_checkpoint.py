"""Checkpoints and sample files: the same back, or refused in one sentence; nothing in a file is ever executed."""

from __future__ import annotations

import io
import pickle
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nursery import undo_process_settings
from torch import Tensor

from ganlab import data
from ganlab.errors import UserError
from ganlab.models import MODELS
from ganlab.training import TrainConfig, Trainer, checkpoint, open_run
from ganlab.training.checkpoint import _sealed


@pytest.fixture(autouse=True, scope="module")
def _process_as_it_was() -> Iterator[None]:
    yield
    undo_process_settings()


SMALL: dict[str, Any] = {"gan": {"latent": 2, "g_widths": (3,), "d_widths": (3,)}, "dcgan": {"latent": 2, "width": 2}}


def trainer(folder: Path | None = None, model: str = "gan", **settings: Any) -> Trainer:
    digits = data.load("digits")
    built = MODELS[model](digits.shape, MODELS[model].Config(**{**SMALL[model], **settings}))
    return Trainer(built, digits, TrainConfig(batch_size=16, log_every=1), folder, where="cpu", threads=1)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    trainer(folder).run(2, progress=False)
    return folder


@pytest.fixture(scope="module")
def content(run: Path) -> bytes:
    return (run / "checkpoint.pt").read_bytes()


@pytest.fixture(scope="module")
def state(run: Path) -> dict[str, Any]:
    return checkpoint.load(run / "checkpoint.pt")


def same(a: Any, b: Any) -> bool:
    """Equal to the bit: structure, types, and tensors."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and torch.equal(a, b)
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def test_same_is_strict():
    assert same({"a": [torch.ones(2), 1]}, {"a": [torch.ones(2), 1]})
    for other in ({"a": [torch.ones(2), 2]}, {"a": [torch.ones(2)]}, {"a": [torch.zeros(2), 1]}, {"b": []}):
        assert not same({"a": [torch.ones(2), 1]}, other)
    assert not same(torch.ones(2), torch.ones(2, dtype=torch.float64))


def test_what_was_saved_comes_back(tmp_path: Path):
    saved = trainer()
    saved.run(3, progress=False)
    checkpoint.save(tmp_path / "new" / "c.pt", saved.state())
    assert same(checkpoint.load(tmp_path / "new" / "c.pt"), saved.state())


def test_a_checkpoint_holds_tensors_and_plain_data_only(state):
    def kinds(value: Any) -> set[type]:
        if isinstance(value, dict):
            return set().union(*map(kinds, value.values()), map(type, value))
        return set().union(*map(kinds, value)) if isinstance(value, list | tuple) else {type(value)}

    assert kinds(state) <= {Tensor, str, int, float, bool, type(None)}


def refused(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        checkpoint.load(path)
    message = str(caught.value)
    assert str(path) in message and "\n" not in message
    return message


def test_a_truncated_checkpoint_is_refused_whatever_its_length(tmp_path: Path, content: bytes):
    lengths = {0, 1, 2, 4, 21, 22, 30, 100, len(content) - 1, len(content) - 2, len(content) - 22, len(content) - 23}
    for length in lengths | set(range(0, len(content), 997)):
        (tmp_path / "c.pt").write_bytes(content[:length])
        refused(tmp_path / "c.pt")


def test_a_single_flipped_bit_anywhere_is_refused(tmp_path: Path, content: bytes):
    chance = random.Random(1)
    ends = [*range(100), *range(len(content) - 200, len(content))]  # the first entry; the table of contents, the seal
    for offset in chance.sample(range(len(content)), 500) + ends:
        broken = bytearray(content)
        broken[offset] ^= 1 << chance.randrange(8)
        (tmp_path / "c.pt").write_bytes(broken)
        assert "damaged" in refused(tmp_path / "c.pt")


@pytest.mark.parametrize("extra", [b"\0", b"PK", b"more" * 100])
def test_bytes_before_or_behind_a_checkpoint_are_refused(tmp_path: Path, content: bytes, extra: bytes):
    for altered in (content + extra, extra + content, content * 2):
        (tmp_path / "c.pt").write_bytes(altered)
        assert "damaged" in refused(tmp_path / "c.pt")


def test_a_checkpoint_is_an_ordinary_pytorch_file(run: Path, state):
    assert same(torch.load(run / "checkpoint.pt", weights_only=True), state)
    assert zipfile.is_zipfile(run / "checkpoint.pt")
    with zipfile.ZipFile(run / "checkpoint.pt") as archive:
        assert archive.testzip() is None and archive.comment.startswith(b"sha256 ")


class Trap:
    """Pickled, it becomes a call that creates a file when it is loaded carelessly."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.marker), "w"))


def hostile_files(marker: Path, content: bytes) -> dict[str, bytes]:
    trap = Trap(marker)
    zipped, swapped = io.BytesIO(), io.BytesIO()
    torch.save({"model": trap}, zipped)
    # A true checkpoint in which only the pickle was exchanged, checksums and all.
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(swapped, "w") as new:
        for entry in old.infolist():
            hostile = entry.filename.endswith("data.pkl")
            new.writestr(entry.filename, pickle.dumps({"model": trap}, 2) if hostile else old.read(entry))
    legacy = io.BytesIO()
    torch.save({"model": trap}, legacy, _use_new_zipfile_serialization=False)
    return {
        "pickle": pickle.dumps(trap),
        "zip": zipped.getvalue(),
        "swapped": swapped.getvalue(),
        "legacy": legacy.getvalue(),
    }


@pytest.mark.parametrize("kind", ["pickle", "zip", "swapped", "legacy"])
def test_a_pickle_that_would_run_code_is_refused_and_nothing_executes(tmp_path: Path, content: bytes, kind: str):
    marker = tmp_path / "executed"
    hostile = hostile_files(marker, content)[kind]
    for name, file in (("c.pt", hostile), ("sealed.pt", _sealed(hostile))):  # anybody can seal a file
        (tmp_path / name).write_bytes(file)
        refused(tmp_path / name)
    assert not marker.exists(), "code from the file was executed"
    # The trap is a real one: an ordinary unpickler falls into it.
    if kind in ("zip", "swapped"):
        torch.load(io.BytesIO(hostile), weights_only=False)
        assert marker.exists()


@pytest.mark.parametrize(
    "raw",
    [b"", b"garbage", b"c__builtin__\n", b"(", b"0.", b"\x80\x02}q\x00", b"R.", b"\x80\x02\x8a\xff", b"]" * 5000],
    ids=repr,
)
def test_a_broken_pickle_in_a_sound_archive_is_refused(tmp_path: Path, content: bytes, raw: bytes):
    archive = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(archive, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, raw if entry.filename.endswith("data.pkl") else old.read(entry))
    (tmp_path / "c.pt").write_bytes(_sealed(archive.getvalue()))
    assert "more than tensors and plain data" in refused(tmp_path / "c.pt")


@pytest.mark.parametrize("foreign", [[1, 2], torch.ones(3), "text", 5], ids=["list", "tensor", "text", "number"])
def test_what_is_no_dictionary_is_no_checkpoint(tmp_path: Path, foreign: Any):
    checkpoint.save(tmp_path / "c.pt", foreign)
    assert "not a checkpoint" in refused(tmp_path / "c.pt")


def test_a_missing_checkpoint_and_a_folder_in_its_place_are_said(tmp_path: Path):
    assert "no checkpoint" in refused(tmp_path / "c.pt")
    (tmp_path / "c.pt").mkdir()
    assert "cannot read" in refused(tmp_path / "c.pt")


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("dcgan", {}),
        ("gan", {"g_widths": (4,)}),
        ("gan", {"latent": 5}),
        ("gan", {"norm": "batch", "g_widths": (3, 3)}),
    ],
)
def test_the_checkpoint_of_another_model_is_refused_and_leaves_the_run_alone(tmp_path: Path, run, model, settings):
    other = trainer(tmp_path / "other", model, **settings)
    other.run(1, progress=False)
    (tmp_path / "other" / "checkpoint.pt").write_bytes((run / "checkpoint.pt").read_bytes())
    before = {path: path.read_bytes() for path in (tmp_path / "other").rglob("*") if path.is_file()}
    with pytest.raises(UserError, match="another model"):
        trainer(tmp_path / "other", model, **settings).resume()
    assert {path: path.read_bytes() for path in (tmp_path / "other").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("part", ["model", "batches", "rng", "layers_rng", "ema"])
def test_a_checkpoint_without_one_of_its_parts_is_refused(tmp_path: Path, part: str):
    whole = trainer(tmp_path / "run")
    whole.run(1, progress=False)
    checkpoint.save(tmp_path / "run" / "checkpoint.pt", {k: v for k, v in whole.state().items() if k != part})
    with pytest.raises(UserError, match="checkpoint of another model or another version"):
        trainer(tmp_path / "run").resume()


# The generator's own file.


def test_a_truncated_generator_is_refused(tmp_path: Path, run: Path):
    content = (run / "generator.safetensors").read_bytes()
    (tmp_path / "config.json").write_bytes((run / "config.json").read_bytes())
    for length in {0, 1, 7, 8, 9, len(content) - 1, *range(0, len(content), 41)}:
        (tmp_path / "generator.safetensors").write_bytes(content[:length])
        with pytest.raises(UserError, match="damaged"):
            open_run(tmp_path)


def test_a_changed_header_of_a_generator_is_refused_or_harmless(tmp_path: Path, run: Path):
    content = (run / "generator.safetensors").read_bytes()
    weights = open_run(run).network.state_dict()
    (tmp_path / "config.json").write_bytes((run / "config.json").read_bytes())
    header, chance = 8 + int.from_bytes(content[:8], "little"), random.Random(3)
    for offset in range(header):
        broken = bytearray(content)
        broken[offset] ^= 1 << chance.randrange(8)
        (tmp_path / "generator.safetensors").write_bytes(broken)
        try:
            loaded = open_run(tmp_path).network.state_dict()
        except UserError:
            continue
        assert {k: v.shape for k, v in loaded.items()} == {k: v.shape for k, v in weights.items()}


def test_the_generator_of_another_model_is_refused(tmp_path: Path, run: Path):
    trainer(tmp_path / "other", "dcgan").run(1, progress=False)
    (tmp_path / "other" / "generator.safetensors").write_bytes((run / "generator.safetensors").read_bytes())
    with pytest.raises(UserError, match="weights of another model than dcgan"):
        open_run(tmp_path / "other")


def test_a_run_without_a_generator_says_what_is_missing(tmp_path: Path, run: Path):
    (tmp_path / "config.json").write_bytes((run / "config.json").read_bytes())
    with pytest.raises(UserError, match=r"generator\.safetensors is missing"):
        open_run(tmp_path)


# Samples in files.


def test_samples_come_back_from_npz_as_they_were(tmp_path: Path):
    samples = torch.rand(5, 1, 8, 8) * 2 - 1
    checkpoint.write_samples(samples, tmp_path / "new" / "s.npz")
    assert same(checkpoint.read_samples(tmp_path / "new" / "s.npz"), samples)
    with np.load(tmp_path / "new" / "s.npz") as archive:
        assert archive.files == ["samples"] and archive["samples"].dtype == np.float32


def test_samples_in_float64_are_read_as_float32_and_numpy_says_nothing(tmp_path: Path, recwarn):
    np.savez(tmp_path / "s.npz", samples=np.array([0.5, 1e300, np.nan]))
    assert checkpoint.read_samples(tmp_path / "s.npz")[:2].tolist() == [0.5, float("inf")]
    assert not recwarn.list


def test_pickled_objects_in_npz_are_refused_and_nothing_executes(tmp_path: Path):
    marker = tmp_path / "executed"
    np.savez(tmp_path / "s.npz", samples=np.array([Trap(marker)], dtype=object))
    with pytest.raises(UserError, match="no numeric array"):
        checkpoint.read_samples(tmp_path / "s.npz")
    (tmp_path / "s.npz").write_bytes(pickle.dumps(Trap(marker)))
    with pytest.raises(UserError, match="no numeric array"):
        checkpoint.read_samples(tmp_path / "s.npz")
    assert not marker.exists()


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def endless() -> bytes:
    """An archive whose array claims to have 10^15 numbers."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("samples.npy", npy(np.zeros(1)).replace(b"(1,), }" + b" " * 15, b"(1000000000000000,), }"))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        npz(images=np.zeros(3)), npz(samples=np.array(["a"])), npz(samples=np.zeros(3, dtype=complex)),
        npy(np.zeros(3)), b"", b"PK", b"not an archive", npz(samples=np.zeros(300))[:-40], endless(),
    ],
    ids=["another name", "text", "complex", "npy", "empty", "PK", "text file", "truncated", "endless"],
)  # fmt: skip
def test_a_file_without_a_numeric_array_called_samples_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "s.npz").write_bytes(content)
    with pytest.raises(UserError, match="holds no numeric array called `samples`"):
        checkpoint.read_samples(tmp_path / "s.npz")


def test_integers_are_refused_with_the_conversion(tmp_path: Path):
    np.savez(tmp_path / "s.npz", samples=np.zeros((2, 1, 8, 8), dtype=np.uint8))
    with pytest.raises(UserError, match=r"x / 127\.5 - 1"):
        checkpoint.read_samples(tmp_path / "s.npz")


def test_missing_samples_are_said(tmp_path: Path):
    with pytest.raises(UserError, match="there is no file"):
        checkpoint.read_samples(tmp_path / "s.npz")
    (tmp_path / "s.npz").mkdir()
    with pytest.raises(UserError, match="no numeric array"):
        checkpoint.read_samples(tmp_path / "s.npz")


def test_a_flipped_bit_in_an_npz_is_refused_or_changes_nothing(tmp_path: Path):
    samples, chance = np.linspace(-1, 1, 40, dtype=np.float32).reshape(10, 1, 2, 2), random.Random(4)
    content = npz(samples=samples)
    for offset in range(len(content)):
        broken = bytearray(content)
        broken[offset] ^= 1 << chance.randrange(8)
        (tmp_path / "s.npz").write_bytes(broken)
        try:
            loaded = checkpoint.read_samples(tmp_path / "s.npz")
        except UserError:
            continue
        assert np.array_equal(loaded.numpy(), samples), f"byte {offset}"
