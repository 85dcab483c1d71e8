"""Several processes, started as people start them: the curve of one process, and no waiting for one that has died."""

import json
import os
import socket
import subprocess
import sys

import pytest

from bertlab.errors import InputError, TrainingError
from bertlab.training.processes import lost_process, this_process
from tests.training.launched import tune

LONGEST = 120
"""Seconds after which a run counts as hung; a GPU's collective would wait ten minutes and gloo's half an hour."""


def launch(kind, result, *options):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    script = ["-m", "tests.training.launched", str(result), *options]
    command = [sys.executable, *script, "--notebook", "--port", port]
    if kind == "accelerate launch":
        setting = ["--multi_gpu", "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
        command = [sys.executable, "-m", "accelerate.commands.launch", *setting, "--num_processes", "2"]
        command += ["--main_process_port", port, *script]
    ours = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "GLOO_SOCKET_IFNAME": "lo"}
    return subprocess.run(command, env=os.environ | ours, capture_output=True, text=True, timeout=LONGEST)


def told(result, rank):
    return json.loads(result.with_name(f"{result.name}.{rank}.json").read_text())


@pytest.mark.parametrize("kind", ["accelerate launch", "notebook_launcher"])
def test_two_processes_have_the_curve_of_one_with_the_same_global_batch(kind, tmp_path):
    tune(str(tmp_path / "one"), batch_size=8, dies=False)
    done = launch(kind, tmp_path / "two", "--batch-size", "4")
    assert done.returncode == 0, done.stderr[-3000:]
    one, two = told(tmp_path / "one", 0), told(tmp_path / "two", 0)
    assert two == told(tmp_path / "two", 1), "both tell the same"
    assert len(one["losses"]) == 12 and one["examples"] == two["examples"] == 96
    assert two["losses"] == pytest.approx(one["losses"], abs=1e-4)
    assert one["losses"][0] - one["losses"][-1] > 0.01, "a curve, not a line"


@pytest.mark.parametrize("kind", ["accelerate launch", "notebook_launcher"])
def test_a_process_that_dies_ends_the_run_and_is_named(kind, tmp_path):
    done = launch(kind, tmp_path / "two", "--dies")  # TimeoutExpired, where the other waits for it
    assert done.returncode != 0 and not list(tmp_path.glob("two.*"))
    assert "local_rank: 1" in done.stderr or "rank: 1" in done.stderr or "Signal 9" in done.stderr, done.stderr[-3000:]


def test_one_of_several_that_does_not_know_of_the_others_is_stopped(monkeypatch):
    assert this_process().num_processes == 1
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(InputError, match="one of 2 processes, but something was trained here before"):
        this_process()


def test_what_the_other_says_of_it():
    gloo = RuntimeError("[../third_party/gloo/gloo/transport/tcp/pair.cc:534] Connection closed by peer [127.0.0.1]:4242")
    error = lost_process(gloo, step=7)
    assert isinstance(error, TrainingError) and error.step == 7
    assert "After step 7 another process of this run did not answer" in str(error) and "closed by peer" in str(error)
    assert lost_process(RuntimeError("mat1 and mat2 shapes cannot be multiplied"), step=7) is None
    assert lost_process(TrainingError("The loss of step 7 is nan, on a socket", step=7), step=7) is None
