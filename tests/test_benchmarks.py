"""The benchmarks run, on a handful of reviews and with nothing but what is installed: no figure of theirs is tested."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(module, *options):
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *options]
    return subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True)


def test_the_founding_loop_beside_ours(tmp_path):
    out = tmp_path / "founding.json"
    few = "--reviews film-world --train 16 --test 16 --epochs 1 --seeds 2 --max-length 32 --unshuffled".split()
    done = run("founding", *few, "--out", str(out))
    assert done.returncode == 0, done.stderr
    told = json.loads(out.read_text())
    loops = [entry["loop"] for entry in told["runs"]]
    ours = ["bertlab.fine_tune", "no attention dropout", "fine_tune, set for it"]
    assert loops[:4] == ["founding loop", *ours] and loops[8:] == ["founding, unshuffled"]
    assert loops[4:8] == loops[3::-1], "the loops take turns, in alternating order"
    table = done.stdout.split("time ratio")[1]
    for name in set(loops):
        assert name in table
    founding = next(line for line in table.splitlines() if line.startswith("founding loop"))
    assert founding.split()[-1] == "1.00"
