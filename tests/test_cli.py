"""The command line as a user meets it: one sentence for a mistake, the right status, and no torch for a help text."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nursery import undo_process_settings
from PIL import Image

import ganlab
from ganlab import zoo
from ganlab.__main__ import main

TINY = ("--set", "latent=2", "--set", "g_widths=3", "--set", "d_widths=3", "--batch-size", "8", "--threads", "1")


@pytest.fixture(autouse=True, scope="module")
def _process_as_it_was() -> Iterator[None]:
    yield
    undo_process_settings()


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def ganlab_(tmp_path: Path, monkeypatch, capfd) -> Command:
    """Run a command in this process, in an empty folder, without any data that were downloaded."""
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "no-data"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(*arguments: object) -> Said:
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        return Said(status, *capfd.readouterr())

    return run


def mistake(said: Said) -> str:
    """A user's mistake: status 2 and one line on stderr. Returns the sentence."""
    assert said.status == 2, said
    assert re.fullmatch(r"ganlab: [^\n]+\n", said.err), said.err
    assert "Traceback" not in said.err
    return said.err.removeprefix("ganlab: ").rstrip()


def process(*arguments: object, module: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    start = [sys.executable, "-m", "ganlab"] if module else [str(Path(sys.executable).with_name("ganlab"))]
    return subprocess.run([*start, *map(str, arguments)], capture_output=True, text=True, timeout=120, **options)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Two small runs, one of images and one of points. Read only."""
    folder = tmp_path_factory.mktemp("runs")
    for data in ("digits", "ring"):
        assert main(["train", "gan", "--data", data, "--steps", "2", "--out", str(folder / data), *TINY]) == 0
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A run that a test may spoil."""
    return Path(shutil.copytree(made / "digits", tmp_path / "run"))


# Mistakes in the words of a command. Each row: the arguments, and what the sentence has to say.

MISTAKES: list[tuple[str, str]] = [
    ("trian gan", "No such command 'trian'.*Did you mean 'train'"),
    ("data gett mnist", "No such command 'gett'.*Did you mean 'get'"),
    ("--versoin", "No such option: --versoin.*--version"),
    ("train gan --stpes 3", "No such option: --stpes.*--steps"),
    ("train", "Missing argument 'model'.*ganlab train --help"),
    ("train gan dcgan", "unexpected extra argument"),
    ("experiment run digits-classifier", "Missing option '--out'"),
    ("train gna", "unknown model 'gna': did you mean 'gan'"),
    ("bench dcgn", "unknown model 'dcgn': did you mean 'dcgan'"),
    ("train gan --data mnits", "unknown data set 'mnits': did you mean 'mnist'"),
    ("train gan --data ''", "unknown data set ''"),
    ("train gan --data ./nowhere", "there is no folder nowhere"),
    ("data get mnits", "unknown data set 'mnits': did you mean 'mnist'"),
    ("data info digit", "unknown data set 'digit': did you mean 'digits'"),
    ("train gan --objective hinje", "unknown objective 'hinje': did you mean 'hinge'"),
    ("train gan --penalty gp1", "unknown penalty 'gp1': did you mean 'gp'"),
    ("train gan --set latnt=3", "unknown setting of gan 'latnt': did you mean 'latent'"),
    ("experiment run digit-classifier --out x", "unknown experiment .* did you mean 'digits-classifier'"),
    ("experiment run digits-classifier --out x --size tiny", "unknown size 'tiny'"),
    (
        "experiment run museum --out x --only mode-colapse",
        "unknown museum piece 'mode-colapse': did you mean 'mode-col",
    ),
    ("experiment run small-data --out x --only plane", "unknown condition 'plane': did you mean 'plain'"),
    ("experiment run plane-remedies --out x --only dragon", "unknown variant 'dragon': did you mean 'dragan'"),
    ("experiment run plane-frames --out x --only minmax", "unknown run 'minmax': did you mean 'minimax'"),
    (
        "experiment run digits-classifier --out x --only digits",
        "digits-classifier has no parts to choose from: leave out",
    ),
    ("experiment show plane-remedy", "unknown experiment 'plane-remedy': did you mean 'plane-remedies'"),
    ("experiment show plane-remedies --out nowhere", "no record nowhere/records.jsonl"),
    ("sample dcgan-digist", "unknown run folder or zoo name 'dcgan-digist': did you mean 'dcgan-digits'"),
    ("sample runs/nowhere", "unknown run folder or zoo name 'runs/nowhere'"),
    ("sample .", "not a run folder"),
    ("evaluate nowhere", "unknown run folder or zoo name"),
    ("evaluate samples.npz", "say with --data"),
    ("evaluate samples.npz --data digits", "there is no file samples.npz"),
    ("train gan --steps 0", "'--steps'.*1"),
    ("train gan --steps many", "'--steps'.*integer"),
    ("train gan --batch-size 0", "'--batch-size'.*1"),
    ("train gan --batch-size 5000", "digits has 1198 items"),
    ("train gan --lr 0", "learning rate must be a positive number, not 0"),
    ("train gan --lr -1", "learning rate must be a positive number, not -1"),
    ("train gan --lr nan", "learning rate must be a positive number, not nan"),
    ("train gan --lr inf", "learning rate must be a positive number, not inf"),
    ("train gan --lr fast", "'--lr'.*number"),
    ("train gan --seed -1", "'--seed'"),
    ("train gan --seed 100000000000000000000000", "'--seed'"),
    ("train gan --penalty gp --penalty-weight -1", "penalty's weight must be 0 or more, not -1"),
    ("train gan --penalty gp --penalty-weight nan", "penalty's weight must be 0 or more, not nan"),
    ("train gan --threads 0", "'--threads'"),
    ("train gan --threads 100000", "'--threads'"),
    ("train gan --size 0", "'--size'"),
    ("train gan --size 4000", "--size must be between 1 and 1024"),
    ("train gan --data ring --size 8", "--size is for images"),
    ("train gan --checkpoint-every 0", "'--checkpoint-every'"),
    ("train gan --ema-halflife nan", "half-life"),
    ("train gan --lr-end 0.1", "both an end, such as --lr-end, and --schedule-steps"),
    ("train gan --lr-end nan --schedule-steps 5", "lr-end must be 0 or more"),
    ("train gan --set latent", "KEY=VALUE, not 'latent'"),
    ("train gan --set =3", "KEY=VALUE, not '=3'"),
    ("train gan --set latent=", "latent of gan cannot be"),
    ("train gan --set latent=1.5", "latent of gan cannot be 1.5"),
    ("train gan --set latent=true", "latent of gan cannot be True"),
    ("train gan --set latent=1e999", "latent of gan cannot be inf"),
    ("train gan --set latent=99999999999999999999", "latent of gan cannot be"),
    ("train gan --set g_widths=a,b", "g_widths of gan cannot be"),
    ("train gan --set g_widths=1000000000,1000000000", "does not fit into memory"),
    ("train dcgan --set norm=layer", "norm must be 'none' or 'batch'"),
    ("train dcgan --penalty gp", "batch normalisation in D.*--set norm=none"),
    ("train dcgan --data ring", "dcgan takes images, and this data set holds points"),
    ("train dcgan --size 9", "cannot halve images of side 9"),
    ("train gan --device gpu", "unknown device 'gpu': choose auto, cpu or cuda"),
    ("train gan --precision float16", "unknown precision 'float16'"),
    ("train gan --resume", "not a run folder"),
    ("train gan --out /dev/null/run --steps 1", "cannot write /dev/null/run"),
    ("train gan --out /dev/null --steps 1", "/dev/null is a file"),
    (f"train gan --data {'x' * 300}", "cannot use x.*File name too long"),
    (f"train gan --out {'x' * 300}", "cannot use x.*File name too long"),
    ("sample dcgan-digits --out picture.jpg", r"--out must end in \.png or \.npz, not \.jpg"),
    ("sample dcgan-digits --out picture", r"--out must end in \.png or \.npz, not nothing"),
    ("sample dcgan-digits --out /dev/null/s.png", "cannot write /dev/null/s.png"),
    ("sample dcgan-digits -n 0", "'-n'"),
    ("sample dcgan-digits -n 9999999999", "'-n'"),
    ("sample dcgan-digits --seed -3", "'--seed'"),
    ("evaluate dcgan-digits --data ring", "draws samples of shape .*ring holds points"),
    ("evaluate dcgan-digits --real nowhere", "there is nothing at nowhere"),
    ("evaluate dcgan-digits --real nowhere --data digits", "choose one of them"),
    ("evaluate .", "is no run folder .*add --real PATH"),
    ("evaluate dcgan-digits --size 8", "belong to --real"),
    ("evaluate dcgan-digits --page report.pdf", r"--page must end in \.html or \.png, not \.pdf"),
    ("bench gan --data ring", "bench times image models"),
    ("bench gan --rounds 0", "'--rounds'"),
    ("bench gan --batch-size 5000", "digits has 1198 items"),
]


@pytest.mark.parametrize(("line", "says"), MISTAKES, ids=[line[:60] for line, _ in MISTAKES])
def test_a_mistake_is_one_sentence_status_2_and_leaves_nothing_behind(ganlab_: Command, line: str, says: str):
    sentence = mistake(ganlab_(*shlex.split(line)))
    assert re.search(says, sentence), sentence
    assert not list(Path.cwd().iterdir()), "a mistake left something behind"


def test_a_gpu_that_is_not_there_is_said(ganlab_: Command, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "choose --device cpu" in mistake(ganlab_("train", "gan", "--device", "cuda"))


@pytest.mark.parametrize("arguments", [["trian"], ["train", "gan", "--lr", "nan"], ["sample", "nothing-like-it"]])
def test_a_mistake_in_a_real_process_looks_the_same(tmp_path: Path, arguments: list[str]):
    done = process(*arguments, cwd=tmp_path, module=arguments[0] != "trian")
    mistake(Said(done.returncode, done.stdout, done.stderr))
    assert not list(tmp_path.iterdir())


def test_a_real_fault_of_ours_is_not_hidden(monkeypatch):
    """Only what the user can mend becomes a sentence."""
    import ganlab.cli

    for fault in (RuntimeError("shapes do not match"), ValueError("bug"), OSError("without a file")):
        with monkeypatch.context() as patch, pytest.raises(type(fault)):

            def broken(*args: object, fault: Exception = fault, **kwargs: object) -> None:
                raise fault

            patch.setattr(ganlab.cli, "app", broken)
            main(["models"])


# Folders and files.


def test_a_folder_that_is_taken_is_refused(ganlab_: Command, run: Path):
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert "already holds another run: add --resume" in mistake(ganlab_("train", "gan", "--out", run))
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    (run / "config.json").unlink()
    sentence = mistake(ganlab_("train", "gan", "--out", run))
    assert "already holds other files" in sentence and "--resume" not in sentence


def test_resuming_with_other_values_says_which(ganlab_: Command, run: Path):
    sentence = mistake(ganlab_("train", "gan", "--out", run, "--resume", "--lr", 0.5, "--seed", 3, "--data", "ring"))
    for part in ("lr is 0.0002 there and 0.5 now", "seed is 0 there and 3 now", "data is digits there and ring now"):
        assert part in sentence
    assert "model is gan there and dcgan now" in mistake(ganlab_("train", "dcgan", "--out", run, "--resume"))


def test_resuming_needs_neither_the_data_nor_any_other_option_again(ganlab_: Command, made: Path, tmp_path: Path):
    run = shutil.copytree(made / "ring", tmp_path / "ring")
    said = ganlab_("train", "gan", "--out", run, "--steps", 3, "--resume")
    assert said.status == 0 and "3 steps done" in said.out
    said = ganlab_("train", "gan", "--out", run, "--steps", 1, "--resume")
    assert said.status == 0 and "it has made 3 steps already" in said.out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not readable JSON"), ("[]", "lacks"), ('{"model": "gan"}', "lacks"),
        ('{"model": "gann", "data": "digits", "shape": [1, 8, 8]}', "unknown model 'gann'"),
        ('{"model": "gan", "data": "digits", "shape": [1, 8, 8], "settings": {"depth": 3}}', "depth"),
        ('{"model": "gan", "data": "digits", "shape": [1, 8, 8], "settings": []}', "settings"),
        ('{"model": "dcgan", "data": "digits", "shape": [1, 8, 8]}', "weights of another model"),
    ],
)  # fmt: skip
def test_a_broken_configuration_is_one_sentence(ganlab_: Command, run: Path, text: str, says: str):
    (run / "config.json").write_text(text)
    assert says in mistake(ganlab_("sample", run))


def test_a_broken_generator_or_checkpoint_is_one_sentence(ganlab_: Command, run: Path, made: Path):
    weights = (run / "generator.safetensors").read_bytes()
    (run / "generator.safetensors").write_bytes(weights[:-1])
    assert "damaged" in mistake(ganlab_("sample", run))
    (run / "generator.safetensors").write_bytes((made / "ring" / "generator.safetensors").read_bytes())
    assert "another model" in mistake(ganlab_("sample", run))
    (run / "generator.safetensors").unlink()
    assert "is missing" in mistake(ganlab_("evaluate", run))
    (run / "checkpoint.pt").write_bytes((made / "ring" / "checkpoint.pt").read_bytes())
    assert "checkpoint of another model" in mistake(ganlab_("train", "gan", "--out", run, "--resume", "--steps", 5))
    (run / "checkpoint.pt").write_bytes(b"c__builtin__\neval\n")
    assert "damaged" in mistake(ganlab_("train", "gan", "--out", run, "--resume", "--steps", 5))


@pytest.fixture
def entry(made: Path, tmp_path: Path) -> Path:
    """A zoo entry of the user's own."""
    zoo.publish(made / "digits", tmp_path / "zoo" / "mine", command="ganlab train", metrics={})
    return tmp_path / "zoo" / "mine"


def test_a_zoo_entry_of_ones_own_is_used_by_its_path(ganlab_: Command, entry: Path):
    assert ganlab_("sample", entry, "--out", "s.png").status == 0


def test_a_broken_zoo_entry_is_one_sentence(ganlab_: Command, entry: Path):
    card, weights = entry.with_suffix(".json"), entry.with_suffix(".safetensors")
    good, bytes_ = json.loads(card.read_text()), weights.read_bytes()
    for text, says in (("{", "not readable JSON"), ("[]", "not the card"), ("{}", "not the card")):
        card.write_text(text)
        assert says in mistake(ganlab_("sample", entry))
    for change, says in (({"model": "gann"}, "unknown model"), ({"settings": {"deep": 1}}, "deep")):
        card.write_text(json.dumps(good | change))
        assert says in mistake(ganlab_("sample", entry))
    card.write_text(json.dumps(good))
    for content in (bytes_[:-1], bytes_[:-1] + bytes([bytes_[-1] ^ 1]), b""):
        weights.write_bytes(content)
        assert "does not match the sha256" in mistake(ganlab_("sample", entry))
    weights.unlink()
    assert "is missing" in mistake(ganlab_("sample", entry))


@pytest.mark.parametrize(
    ("samples", "says"),
    [
        ({"samples": np.zeros((600, 1, 8, 8), np.uint8)}, "are integers"),
        ({"samples": np.full((600, 1, 8, 8), np.nan, np.float32)}, "NaN"),
        ({"samples": np.full((600, 1, 8, 8), 1e300)}, "[-1, 1]"),
        ({"samples": np.full((600, 1, 8, 8), 2.0)}, "[-1, 1]"),
        ({"samples": np.zeros((600, 64))}, "(N, C, H, W)"),
        ({"samples": np.zeros((600, 1, 8, 9))}, "square"),
        ({"samples": np.zeros((5, 1, 8, 8))}, "5"),
        ({"samples": np.array([{"a": 1}], dtype=object)}, "no numeric array"),
        ({"images": np.zeros((600, 1, 8, 8))}, "no numeric array"),
    ],
    ids=["integers", "NaN", "huge", "range", "flat", "oblong", "few", "objects", "another name"],
)
def test_samples_that_cannot_be_measured_are_one_sentence(ganlab_: Command, samples: dict[str, Any], says: str):
    np.savez("s.npz", **samples)
    assert says in mistake(ganlab_("evaluate", "s.npz", "--data", "digits"))


def test_a_folder_of_pictures_with_a_bad_one_is_one_sentence_that_names_it(ganlab_: Command):
    folder = Path("pictures")
    folder.mkdir()
    train = ("train", "gan", "--data", "pictures", "--steps", 1, "--out", "run")
    assert "holds no images" in mistake(ganlab_(*train))
    for i in range(9):
        Image.new("L", (8, 8), 9 * i).save(folder / f"{i}.png")
    for name, content in (("broken.png", b"\x89PNG\r\n\x1a\nrest"), ("empty.png", b""), ("text.jpg", b"words")):
        (folder / name).write_bytes(content)
        assert name in mistake(ganlab_(*train))
        (folder / name).unlink()
    Image.new("L", (8, 9)).save(folder / "odd.png")
    assert "odd.png is 8x9 where 8x8 was expected" in mistake(ganlab_(*train))
    assert not Path("run").exists()
    assert ganlab_(*train, *TINY, "--size", 8).status == 0


# The data root.


def test_mnist_offline_with_a_read_only_root_says_what_to_do(ganlab_: Command, tmp_path: Path):
    root = tmp_path / "no-data"
    root.mkdir()
    root.chmod(0o555)
    facts = root.stat()
    for line in ("train gan --data mnist", "data get mnist", "bench gan --data mnist"):
        sentence = mistake(ganlab_(*line.split()))
        assert "is read-only" in sentence and "GANLAB_DATA" in sentence and "train-images" in sentence
    assert ganlab_("data", "list").status == ganlab_("doctor").status == 0
    assert not list(root.iterdir()) and root.stat().st_mtime_ns == facts.st_mtime_ns


def test_mnist_offline_never_falls_back_to_other_data(ganlab_: Command, monkeypatch):
    import requests

    def offline(*args: object, **kwargs: object) -> None:
        raise requests.ConnectionError("no network in this test")

    monkeypatch.setattr(requests.Session, "request", offline)
    said = ganlab_("train", "gan", "--data", "mnist", "--out", "run")
    *attempts, sentence = said.err.splitlines()
    assert said.status == 2 and sentence.startswith("ganlab: mnist is not in ")
    assert all(attempt.startswith("Downloading data from 'https://") for attempt in attempts)  # pooch's own notes
    assert "go online" in sentence and "'digits', which needs no download" in sentence
    assert not Path("run").exists()


def test_a_relative_data_root_means_the_folder_of_the_start(tmp_path: Path):
    code = (
        "import os, sys; from ganlab import data; os.chdir('/'); print(data.root());"
        "from ganlab.__main__ import main; sys.exit(main(['doctor']))"
    )
    (tmp_path / "store").mkdir()
    environment = os.environ | {"GANLAB_DATA": "store"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == str(tmp_path / "store")
    assert f"data root: {tmp_path / 'store'}" in done.stdout
    assert not list((tmp_path / "store").iterdir()) and [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_data_root_that_is_complete_is_only_read(ganlab_: Command, mnist_root: Path, monkeypatch):
    def snapshot() -> list[tuple[str, int, int]]:
        every = [mnist_root, *sorted(mnist_root.rglob("*"))]
        return [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in every]

    monkeypatch.setenv("GANLAB_DATA", str(mnist_root))
    before = snapshot()
    assert ganlab_("data", "get", "mnist").status == 0
    assert ganlab_("train", "gan", "--data", "mnist", "--steps", 1, "--out", "run", *TINY).status == 0
    assert snapshot() == before


# Train, sample, evaluate.


def test_train_sample_evaluate(ganlab_: Command, tmp_path: Path):
    said = ganlab_("train", "gan", "--steps", 3, "--out", "run", *TINY)
    assert said.status == 0 and said.err == ""
    assert "3 steps done; the run is in run" in said.out and "samples: run/samples/step-00000003.png" in said.out
    assert {path.name for path in Path("run").iterdir()} == {
        "config.json", "log.jsonl", "checkpoint.pt", "generator.safetensors", "samples", "dashboard.html",
    }  # fmt: skip
    # 599 are as many as the digits have test images, and so as many as `evaluate RUN` draws.
    said = ganlab_("sample", "run", "-n", 599, "--seed", 5, "--out", "s.npz")
    assert said.status == 0 and said.out == "599 samples in s.npz\n"
    with np.load("s.npz") as archive:
        samples = archive["samples"]
    assert samples.dtype == np.float32 and samples.shape == (599, 1, 8, 8) and np.abs(samples).max() <= 1
    assert ganlab_("evaluate", "s.npz", "--data", "digits", "--json", "deep/a.json").status == 0
    said = ganlab_("evaluate", "run", "--seed", 5, "--json", "b.json")
    assert said.status == 0 and "floor" in said.out
    from_file, from_run = json.loads(Path("deep/a.json").read_text()), json.loads(Path("b.json").read_text())
    assert (from_file["card"].pop("generated"), from_run["card"].pop("generated")) == (
        "s.npz: 599 generated images", "run: 599 generated images",
    )  # fmt: skip
    assert from_file == from_run, "the same seed gives the same samples, so the same report"
    assert from_run["distance"] > from_run["floor"] > 0 and 0 <= from_run["covered"] <= 10
    assert "cannot write" in ganlab_("evaluate", "run", "--json", "/dev/null/r.json").err


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(ganlab_: Command, made: Path):
    for kind in ("png", "npz"):
        for data in ("digits", "ring"):
            files = [f"{name}.{kind}" for name in ("one", "two", "other")]
            for file, seed in zip(files, (1, 1, 2), strict=True):
                assert ganlab_("sample", made / data, "-n", 9, "--seed", seed, "--out", file).status == 0
            one, two, other = (Path(file).read_bytes() for file in files)
            assert one == two != other
            if kind == "png":
                with Image.open(files[0]) as picture:
                    picture.load()


def test_points_are_measured_with_the_modes_of_their_law(ganlab_: Command, made: Path):
    said = ganlab_("evaluate", made / "ring", "--json", "r.json", "--page", "r.html")
    assert said.status == 0 and "modes, 20 samples each" in said.out and Path("r.html").is_file()
    lines = {line["key"]: line for line in json.loads(Path("r.json").read_text())["card"]["lines"]}
    assert lines["frechet"]["worse"] and lines["modes"]["floor"] == 8


def test_files_of_ones_own_on_both_sides(ganlab_: Command):
    rng = np.random.default_rng(0)
    np.save("real.npy", rng.normal(size=(500, 3)))
    np.savez("fake.npz", samples=rng.normal(size=(150, 3)))
    said = ganlab_("evaluate", "fake.npz", "--real", "real.npy", "--json", "r.json", "--page", "r.png")
    assert said.status == 0 and "MEMORISATION" in said.out and Path("r.png").is_file()
    assert "too few" in mistake(ganlab_("evaluate", "fake.npz", "--real", "fake.npz"))
    assert "rows of 3 numbers" not in said.out
    np.save("wide.npy", rng.normal(size=(500, 4)))
    assert "rows of 3 numbers" in mistake(ganlab_("evaluate", "fake.npz", "--real", "wide.npy"))


@pytest.mark.parametrize("name", zoo.names())
def test_every_zoo_entry_can_be_sampled(ganlab_: Command, name: str):
    assert name in ganlab_("zoo").out
    assert ganlab_("sample", name, "-n", 4, "--out", "s.png").status == 0


def test_the_museum_lists_its_pieces_and_shows_one(ganlab_: Command, monkeypatch):
    from ganlab import museum

    listed = ganlab_("museum").out
    assert all(name in listed for name in museum.names())
    brief = museum.show("oscillation", seed=3, steps=20)
    monkeypatch.setattr(museum, "show", lambda name, seed: brief if (name, seed) == ("oscillation", 3) else None)
    said = ganlab_("museum", "oscillation", "--seed", 3, "--out", "o.png")
    assert said.status == 0 and "+ descend(opt_D, loss_D + r1(D, real))" in said.out
    assert Path("o.png").read_bytes().startswith(b"\x89PNG")
    assert "did you mean 'oscillation'" in mistake(ganlab_("museum", "ocillation"))
    assert "must end in .png" in mistake(ganlab_("museum", "oscillation", "--out", "o.jpg"))


def test_bench_writes_its_figures(ganlab_: Command, monkeypatch):
    from ganlab.training import bench

    figures = dict.fromkeys((f for f in bench.BenchResult.__dataclass_fields__), 1.0) | {
        "model": "gan", "device": "CPU", "precision": "float32",
    }  # fmt: skip
    asked: dict[str, Any] = {}

    def measured(model: str, data: str, **values: Any) -> bench.BenchResult:
        asked.update(values, model=model, data=data)
        return bench.BenchResult(**figures)

    monkeypatch.setattr(bench, "benchmark", measured)
    said = ganlab_("bench", "gan", "--rounds", 3, "--set", "latent=2", "--json", "b.json")
    assert said.status == 0 and "ratio to the plain loop: 1.00" in said.out
    assert json.loads(Path("b.json").read_text()) == figures
    assert asked["rounds"] == 3 and asked["settings"] == {"latent": 2}


@pytest.mark.parametrize("place", ["import", "work"])
def test_ctrl_c_before_anything_could_be_saved_is_130_without_a_traceback(tmp_path: Path, place: str):
    """While modules are still being imported, or in a command that saves nothing."""
    interrupt = "import signal; signal.raise_signal(signal.SIGINT)"
    if place == "import":
        (tmp_path / "typer.py").write_text(interrupt)
        code = "import sys; from ganlab.__main__ import main; sys.exit(main(['models']))"
    else:
        code = (
            "import sys, ganlab.cli; from ganlab.__main__ import main\n"
            f"def broken(*a, **k): {interrupt}\n"
            "ganlab.cli.typer.echo = broken; sys.exit(main(['data', 'list']))"
        )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 130
    assert done.stderr.strip() in ("", "ganlab: interrupted")  # typer is silent where it notices first


# Help.


def test_every_setting_that_models_lists_is_accepted_as_printed(ganlab_: Command):
    listed = ganlab_("models").out
    names = sorted(ganlab.models.MODELS)
    for model, part in zip(names, re.split(r"^\w+: takes.*$", listed, flags=re.M)[1:], strict=True):
        settings = re.findall(r"^ +(--set) (\S+)$", part.partition("\nevery model")[0], flags=re.M)
        assert len(settings) > 5
        arguments = [word for pair in settings for word in pair]
        assert ganlab_("train", model, "--steps", 1, "--batch-size", 8, "--out", model, *arguments).status == 0
        # The defaults said aloud are the defaults.
        plain = json.loads(Path(model, "config.json").read_text())["settings"]
        assert plain == json.loads(json.dumps(vars(ganlab.models.MODELS[model].Config())))


HEAVY = "torch", "numpy", "sklearn", "matplotlib"


def commands() -> list[tuple[str, ...]]:
    """Every command, found by walking the tree that typer builds."""
    import typer.main

    from ganlab.cli import app

    def walk(command: Any, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        inner = [walk(child, (*path, name)) for name, child in sorted(getattr(command, "commands", {}).items())]
        return [path, *(found for each in inner for found in each)]

    return walk(typer.main.get_command(app), ())


def test_the_walk_finds_every_command():
    assert len(commands()) == 23
    assert ("data", "get") in commands() and ("experiment", "run") in commands() and ("doctor",) in commands()


def test_version_and_every_help_import_nothing_heavy():
    """All in one fresh interpreter: none of them may have imported torch at the end."""
    lines = [["--version"], *([*path, "--help"] for path in commands())]
    code = (
        "import sys\nfrom ganlab.__main__ import main\n"
        f"for line in {lines!r}:\n    assert main(line) == 0, line\n"
        f"print(*({set(HEAVY)!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == ganlab.__version__
    assert done.stdout.count("Usage: ganlab") == len(commands())
    assert done.stderr.split() == []


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_help_says_what_the_command_does_and_every_example_is_a_valid_line(ganlab_: Command, path):
    said = ganlab_(*path, "--help")
    assert said.status == 0 and said.out.startswith(f"Usage: {' '.join(('ganlab', *path))} ") and said.err == ""
    if path and path not in (("assign",), ("data",), ("experiment",)):  # groups list their commands instead
        (example,) = re.findall(r"Example: ganlab (.+)", said.out)
        assert tuple(shlex.split(example)[: len(path)]) == path
        parse(shlex.split(example))


def parse(words: list[str]) -> None:
    """What typer does before it calls a command: unknown or invalid words raise."""
    import typer.main

    from ganlab.cli import app

    command, context = typer.main.get_command(app), None
    name: str | None = "ganlab"
    while True:
        context = command.make_context(name, list(words), parent=context)
        if not hasattr(command, "commands"):
            return
        # The name differs between the versions of click that typer uses or carries.
        remaining = [*getattr(context, "_protected_args", getattr(context, "protected_args", [])), *context.args]
        name, command, words = command.resolve_command(context, remaining)


def test_the_parser_of_examples_refuses_a_wrong_one():
    for wrong in ("train gan --stpes 3", "data gett mnist", "train", "sample x -n 0"):
        with pytest.raises(Exception, match=r"[Nn]o such|Missing|Input should be"):
            parse(shlex.split(wrong))


@pytest.mark.parametrize("arguments", [[], ["data"], ["experiment"]], ids=" ".join)
def test_without_a_command_there_is_help(ganlab_: Command, arguments: list[str]):
    said = ganlab_(*arguments)
    assert said.status == 0 and said.out.startswith("Usage: ganlab") and said.err == ""


def test_listings(ganlab_: Command):
    assert "digits" in ganlab_("data", "list").out and "embedded" in ganlab_("data", "list").out
    assert "needs no download" in ganlab_("data", "get", "digits").out
    assert "1198 train and 599 test" in ganlab_("data", "info", "digits").out
    assert "digits-classifier" in ganlab_("experiment", "list").out
    doctor = ganlab_("doctor")
    assert doctor.status == 0 and all(word in doctor.out for word in ("torch", "device", "threads", "data root"))
    assert "not here yet: mnist, fashion-mnist" in doctor.out


@pytest.mark.parametrize("arguments", [[], ["--help"], ["models"], ["train", "--help"]], ids=" ".join)
def test_a_reader_that_goes_away_hears_no_complaint(arguments: list[str]):
    """`ganlab | head -1`, at its worst: nobody has read a byte."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "ganlab", *arguments]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=120)
    os.close(write)
    assert done.stderr == ""


def test_head_gets_its_line():
    done = subprocess.run(
        f"{shlex.quote(sys.executable)} -m ganlab | head -1", shell=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("Usage: ganlab") and done.stderr == ""


# The dashboard.


def test_a_run_keeps_a_dashboard_that_can_be_written_anew(ganlab_: Command):
    done = ganlab_("train", "gan", *TINY, "--steps", 4, "--log-every", 2, "--out", "run", "--metric-every", 2)
    assert done.status == 0 and "curves and warnings: run/dashboard.html" in done.out
    page = Path("run/dashboard.html")
    before = page.read_bytes()
    assert b"Metric: frechet" in before
    page.unlink()
    said = ganlab_("dashboard", "run")
    assert said.status == 0 and said.out == "open run/dashboard.html\nno alarm, which is no proof of health\n"
    assert page.read_bytes() == before


def test_a_dashboard_says_the_alarms_of_a_log(ganlab_: Command):
    ganlab_("train", "gan", *TINY, "--steps", 2, "--log-every", 1, "--out", "run")
    log = Path("run/log.jsonl")
    log.write_text("".join(json.dumps({**json.loads(row), "update_G": 0.0}) + "\n" for row in log.open()))
    said = ganlab_("dashboard", "run")
    assert said.status == 0 and "warning: frozen (since step 1): a step changed no weight of G" in said.out


def test_no_monitor_no_dashboard_and_no_metric(ganlab_: Command):
    assert ganlab_("train", "gan", *TINY, "--steps", 1, "--out", "run", "--no-monitor").status == 0
    assert not Path("run/dashboard.html").exists()
    said = ganlab_("train", "gan", *TINY, "--steps", 1, "--out", "other", "--no-monitor", "--metric-every", 5)
    assert said.status == 2 and "leave out --no-monitor" in said.err


@pytest.mark.parametrize("where", ["nowhere", "."])
def test_a_dashboard_of_no_run_is_one_sentence(ganlab_: Command, where: str):
    said = ganlab_("dashboard", where)
    assert said.status == 2 and "not a run folder" in said.err
