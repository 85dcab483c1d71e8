"""Finished runs, kept in the JSON as they come: a benchmark of hours can be stopped, and goes on where it was."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bertlab.errors import InputError
from tests.benchmarks.reports import machine, today, write_json

Record = dict[str, Any]


class Ledger:
    """The runs of one benchmark in one file.

    Args:
        path: the JSON. One that is there is gone on with.
        command: what the benchmark was called with.
        settings: all that a run's outcome depends on but its key; the machine is added, since times are told.
        resume: False begins anew, over what is there.

    Raises:
        InputError: for a file that was written with other settings, or is no such JSON; the message says what differs.
    """

    def __init__(self, path: Path, command: str, settings: Mapping[str, Any], *, resume: bool = True) -> None:
        self.path, self.command = path, command
        self.settings = json.loads(json.dumps(dict(settings) | {"machine": machine()}))
        self.runs: list[Record] = []
        if resume and path.exists():
            self.runs = self._read()

    def _read(self) -> list[Record]:
        way_out = "Name another file with --out, or begin anew, over this one, with --no-resume."
        try:
            written = json.loads(self.path.read_text(encoding="utf-8"))
            settings, runs = written["settings"], written["runs"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{self.path} is not what this benchmark writes ({error!r}). {way_out}") from error
        names = sorted(settings.keys() | self.settings.keys())
        differ = [name for name in names if settings.get(name) != self.settings.get(name)]
        if differ:
            told = "; ".join(f"{name}: {settings.get(name)!r} there, {self.settings.get(name)!r} now" for name in differ)
            raise InputError(f"{self.path} holds runs with other settings ({told}). {way_out}")
        return runs

    def run(self, work: Callable[[], Mapping[str, Any]], **key: Any) -> Record:
        """The record of the run with this key, in JSON's types: the one that is there, or what ``work`` returns, kept."""
        key = json.loads(json.dumps(key))
        for record in self.runs:
            if record["key"] == key:
                return record
        record = json.loads(json.dumps({"key": key, "date": today(), **work()}))
        self.runs.append(record)
        self.write()
        return record

    def write(self, **told: Any) -> None:
        """Write the settings, the runs and what else is told."""
        about = {"date": today(), "machine": machine(), "command": f"python -m tests.benchmarks.{self.command}"}
        write_json(self.path, about | told | {"settings": self.settings, "runs": self.runs})
