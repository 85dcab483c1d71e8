"""What every benchmark says of itself: when, where and by which command, on the screen and in the JSON behind it."""

import json
import os
import platform
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import torch


def machine() -> str:
    """What it runs on, in a line."""
    found = (
        f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}, {torch.get_num_threads()} threads"
    )
    return found + (f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else "")


def headline(command: str, about: str) -> None:
    """Say when, where and by which command a table is made."""
    print(f"{today()}; {machine()}; python -m tests.benchmarks.{command}\n{about}", flush=True)


def write(path: Path, command: str, told: Mapping[str, Any]) -> None:
    """The numbers behind a table, as JSON."""
    about = {"date": today(), "machine": machine(), "command": f"python -m tests.benchmarks.{command}"}
    write_json(path, about | told)
    print(f"\nwritten: {path}")


def write_json(path: Path, told: Mapping[str, Any]) -> None:
    """Write under another name and rename, so that a run that is broken off leaves the old file or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def today() -> str:
    """The date, in UTC."""
    return datetime.now(timezone.utc).date().isoformat()
