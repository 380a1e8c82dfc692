"""The rules for device, threads and precision, on machines that are imagined here."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import torch

from ganlab.errors import UserError
from ganlab.training import choose_device, choose_precision, default_threads, describe, use_threads
from ganlab.training.device import fastest_precision, flushed_denormals

GPU, CPU = torch.device("cuda"), torch.device("cpu")


@pytest.fixture(autouse=True)
def _process_settings() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def _gpu(monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int] | None) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: capability is not None)
    # PyTorch says yes on a T4 too, which only emulates it: nobody may ask it.
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *a, **k: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: capability)


@pytest.mark.parametrize(("there", "name", "expected"), [
    (True, "auto", "cuda"), (False, "auto", "cpu"), (True, "cpu", "cpu"), (False, "cpu", "cpu"), (True, "cuda", "cuda"),
])  # fmt: skip
def test_the_device(monkeypatch: pytest.MonkeyPatch, there: bool, name: str, expected: str):
    _gpu(monkeypatch, (8, 0) if there else None)
    assert choose_device(name).type == expected


def test_a_gpu_that_is_not_there_is_refused_and_so_is_an_unknown_name(monkeypatch: pytest.MonkeyPatch):
    _gpu(monkeypatch, None)
    with pytest.raises(UserError, match="--device cpu"):
        choose_device("cuda")
    for name in ("gpu", "mps", "CUDA", ""):
        with pytest.raises(UserError, match="auto, cpu or cuda"):
            choose_device(name)


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        ((7, 0), torch.float32),
        ((7, 5), torch.float32),  # T4, the free Colab GPU
        ((8, 0), torch.bfloat16),
        ((8, 9), torch.bfloat16),
        ((9, 0), torch.bfloat16),
        ((12, 0), torch.bfloat16),
    ],
)
def test_bfloat16_by_compute_capability(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], expected: torch.dtype
):
    _gpu(monkeypatch, capability)
    assert choose_precision(GPU) == expected
    assert choose_precision(GPU, "float32") == torch.float32
    assert choose_precision(GPU, "bfloat16") == torch.bfloat16


def test_a_cpu_takes_bfloat16_only_when_asked_and_is_not_asked_about_gpus(monkeypatch: pytest.MonkeyPatch):
    def ask(device: object = None) -> tuple[int, int]:
        raise AssertionError("there is no GPU to ask")

    monkeypatch.setattr(torch.cuda, "get_device_capability", ask)
    assert choose_precision(CPU) == torch.float32
    assert choose_precision(CPU, "bfloat16") == torch.bfloat16


@pytest.mark.parametrize("units", ["_is_avx512_bf16_supported", "_is_amx_tile_supported", None])
def test_where_speed_counts_a_cpu_takes_bfloat16_if_it_has_units_for_it(
    monkeypatch: pytest.MonkeyPatch, units: str | None
):
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda name=name: name == units, raising=False)
    assert fastest_precision(CPU) == ("bfloat16" if units else "float32")
    _gpu(monkeypatch, (7, 5))
    assert fastest_precision(GPU) == "float32"


@pytest.mark.parametrize("name", ["float16", "fp16", "bf16", "half", ""])
def test_other_precisions_are_refused(name: str):
    with pytest.raises(UserError, match="auto, float32 or bfloat16"):
        choose_precision(CPU, name)


@pytest.mark.parametrize(("allowed", "threads"), [(1, 1), (2, 1), (3, 1), (4, 2), (6, 3), (16, 8), (17, 8), (256, 8)])
def test_half_the_processors_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch, allowed: int, threads: int):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(allowed)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 1024)  # the whole machine, of which we may have a part
    assert default_threads() == threads


@pytest.mark.parametrize(("count", "threads"), [(None, 1), (1, 1), (8, 4), (64, 8)])
def test_where_affinity_is_unknown_the_machine_is_counted(
    monkeypatch: pytest.MonkeyPatch, count: int | None, threads: int
):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert default_threads() == threads


def test_the_thread_count_is_set_and_reported():
    assert use_threads(1) == 1
    assert torch.get_num_threads() == 1
    assert describe(CPU) == "CPU, 1 thread"
    assert use_threads(2) == 2
    assert torch.get_num_threads() == 2
    assert describe(CPU) == "CPU, 2 threads"


def test_denormal_numbers_are_zero_inside_the_block_and_themselves_after_it():
    tiny = torch.tensor([1e-39])
    with flushed_denormals():
        assert float(tiny * 1) == 0
    assert float(tiny * 1) > 0


@pytest.mark.parametrize("count", [0, -1])
def test_no_threads_are_refused(count: int):
    with pytest.raises(UserError, match="1 or more"):
        use_threads(count)


def test_a_gpu_is_reported_by_its_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device=None: "Tesla T4")
    assert describe(GPU) == "Tesla T4"
