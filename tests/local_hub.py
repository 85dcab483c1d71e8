"""A Hub on this machine: a small HTTP server that the real from_pretrained and load_dataset take for the Hub.

`LocalHub` serves repositories from memory through the calls that huggingface_hub and datasets make, and fails on
demand. Those libraries read HF_ENDPOINT when they are imported, so code that is to meet it as a user's would runs
in a process of its own: `run_with_hub`.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

BERT = "google-bert/bert-base-uncased"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
IMDB = "stanfordnlp/imdb"
FAILURES = ("missing", "gated", "cut off", "wrong bytes")

_SPLITS = {"train": [0, 1], "test": [0, 1], "unsupervised": [-1]}
_ROOT = Path(__file__).resolve().parent.parent
_LARGE = (".safetensors", ".bin", ".parquet")  # what the Hub keeps in LFS: its ETag is the file's SHA-256
_API = re.compile(r"/api/(models|datasets)/([^/]+/[^/]+?)(?:/(revision|tree|paths-info)/([^/]+)(?:/(.*))?)?")
_RESOLVE = re.compile(r"/(datasets/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)")


class LocalHub:
    """A Hub on a free port of the loopback; a context manager.

    `repos[kind, repo_id]` maps paths to bytes, with kind "models" or "datasets". `failures[repo_id]` is one of
    `FAILURES`: the repository does not exist, or is gated, or its large files arrive cut off or with one byte
    changed. `requests` lists what was asked, as "GET /path".
    """

    def __init__(self) -> None:
        self.repos: dict[tuple[str, str], dict[str, bytes]] = {}
        self.failures: dict[str, str] = {}
        self.requests: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.hub = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> LocalHub:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop answering: from here on nobody listens on the port. May be called twice."""
        self._server.shutdown()
        self._server.server_close()

    def environment(self, home: Path) -> dict[str, str]:
        """The caller's environment, pointed at this Hub alone, with an empty cache under `home`."""
        foreign = re.compile(r"(HF|HUGGING\w*|TRANSFORMERS|BERTLAB)_\w+|https?_proxy|all_proxy", re.IGNORECASE)
        clean = {key: value for key, value in os.environ.items() if not foreign.fullmatch(key)}
        return clean | {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(home / "hf"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_UPDATE_DOWNLOAD_COUNTS": "0",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), clean.get("PYTHONPATH")])),
        }


def run_with_hub(
    code: str, hub: LocalHub, tmp_path: Path, env: dict[str, str] | None = None, *, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own that knows no other Hub than this one; `timeout` in seconds.

    It starts in `tmp_path`, where its caches lie too (a second call with the same folder finds them). `env` is
    added to its environment, for instance {"BERTLAB_PROFILE": "full"}.
    """
    return subprocess.run(
        [sys.executable, "-c", code],
        env=hub.environment(tmp_path) | (env or {}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


@pytest.fixture
def local_hub() -> Iterator[LocalHub]:
    """A Hub with small random models under BERT's and MiniLM's ids and a small data set under IMDb's."""
    with LocalHub() as hub:
        hub.repos["models", BERT] = dict(small_bert("BertForPreTraining"))
        hub.repos["models", MINILM] = dict(small_bert("BertModel"))
        hub.repos["datasets", IMDB] = dict(small_imdb())
        yield hub


@functools.cache
def small_bert(architecture: str) -> dict[str, bytes]:
    """The files of a random BERT, 2 layers deep and 32 wide, as save_pretrained writes them, with a tokenizer."""
    import torch
    import transformers

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *".,!?'\"-():;"]
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = {word for text in _sentences() for word in re.findall(r"[a-z0-9]+", text.lower())}
    vocabulary += [*letters, *(f"##{letter}" for letter in letters), *sorted(words - set(letters))]
    config = transformers.BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
    )
    with tempfile.TemporaryDirectory() as folder, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        getattr(transformers, architecture)(config).save_pretrained(folder)
        tokenizer = transformers.BertTokenizer(vocab={word: index for index, word in enumerate(vocabulary)})
        tokenizer.model_max_length = config.max_position_embeddings
        tokenizer.save_pretrained(folder)
        files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    return files | {"vocab.txt": "\n".join(vocabulary).encode() + b"\n"}


@functools.cache
def small_imdb(per_class: int = 50) -> dict[str, bytes]:
    """The files of a data set shaped like IMDb's: sorted by label, with its names, features and third split."""
    from datasets import ClassLabel, Dataset, Features, Value

    features = Features({"text": Value("string"), "label": ClassLabel(names=["neg", "pos"])})
    files, splits = {}, []
    for split, labels in _SPLITS.items():
        drawn = random.Random(split)
        rows = [(_review(drawn, label), label) for label in labels for _ in range(per_class)]
        data = Dataset.from_dict({"text": [text for text, _ in rows], "label": [label for _, label in rows]}, features)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "part.parquet"
            data.to_parquet(path)
            files[f"plain_text/{split}-00000-of-00001.parquet"] = path.read_bytes()
        splits.append(f"  - name: {split}\n    num_bytes: {len(rows)}\n    num_examples: {len(rows)}\n")
    card = (
        "---\ndataset_info:\n  config_name: plain_text\n  features:\n  - name: text\n    dtype: string\n"
        "  - name: label\n    dtype:\n      class_label:\n        names:\n          '0': neg\n          '1': pos\n"
        f"  splits:\n{''.join(splits)}  download_size: 1\n  dataset_size: 1\n"
        "configs:\n- config_name: plain_text\n  default: true\n  data_files:\n"
        + "".join(f"  - split: {split}\n    path: plain_text/{split}-*\n" for split in _SPLITS)
        + "---\n"
    )
    return {"README.md": card.encode(), **files}


_OPENINGS = ("I saw this film last night.", "My sister chose it.", "We had waited a year for it.", "It is a long film.")
_VERDICTS = (
    ("The plot is dull and the actors look bored.", "I would not watch it again.", "It was never funny."),
    ("The plot is clever and the actors are superb.", "I would watch it again.", "It was never dull."),
)
_ENDINGS = ("The music is by the same hand as before.", "It runs for two hours.", "The last scene is in the rain.")


def _sentences() -> list[str]:
    return ["This movie is fantastic!", *_OPENINGS, *_VERDICTS[0], *_VERDICTS[1], *_ENDINGS]


def _review(drawn: random.Random, label: int) -> str:
    verdicts = drawn.sample(_VERDICTS[label % 2], k=drawn.randint(1, 3))
    return " ".join([drawn.choice(_OPENINGS), *verdicts, drawn.choice(_ENDINGS)])


class _Handler(BaseHTTPRequestHandler):
    """The part of the Hub's interface that is asked for when a model or a data set is loaded."""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Say nothing: `requests` is the log."""

    def _serve(self) -> None:
        hub: LocalHub = self.server.hub
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        hub.requests.append(f"{self.command} {path}")
        if path == "/":
            self._send(200, b"")
        elif match := _API.fullmatch(path):
            kind, repo_id, call, revision, below = match.groups()
            if self._exists(kind, repo_id, revision or "main"):
                self._send_json(self._answer(kind, repo_id, call, below, body))
        elif match := _RESOLVE.fullmatch(path):
            kind = "datasets" if match[1] else "models"
            if self._exists(kind, match[2], match[3]):
                self._send_file(kind, match[2], match[4])
        else:
            self._send(404, b"")

    def _exists(self, kind: str, repo_id: str, revision: str) -> bool:
        files, failure = self.server.hub.repos.get((kind, repo_id)), self.server.hub.failures.get(repo_id)
        if files is None or failure == "missing":
            self._refuse(404, "RepoNotFound", "Repository not found")
        elif failure == "gated":
            self._refuse(401, "GatedRepo", f"Access to {repo_id} is restricted. Please log in.")
        elif revision not in ("main", _commit(files)):
            self._refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        else:
            return True
        return False

    def _answer(self, kind: str, repo_id: str, call: str | None, below: str | None, body: bytes) -> object:
        files = self.server.hub.repos[kind, repo_id]
        if call in (None, "revision"):
            siblings = [{"rfilename": path} for path in files]
            about = {"id": repo_id, "sha": _commit(files), "private": False, "gated": False, "disabled": False}
            return about | {"tags": [], "downloads": 0, "likes": 0, "siblings": siblings}
        folders = {str(parent) for path in files for parent in Path(path).parents} - {"."}
        entries = [{"type": "directory", "path": folder, "oid": _git_id(b""), "size": 0} for folder in sorted(folders)]
        entries += [_entry(path, content) for path, content in files.items()]
        if call == "paths-info":
            wanted = urllib.parse.parse_qs(body.decode()).get("paths", [])
            return [entry for entry in entries if entry["path"] in wanted]
        deep = "recursive=true" in self.path.lower()
        inside = f"{below}/" if below else ""
        return [
            entry
            for entry in entries
            if entry["path"].startswith(inside) and (deep or "/" not in entry["path"][len(inside) :])
        ]

    def _send_file(self, kind: str, repo_id: str, path: str) -> None:
        files, failure = self.server.hub.repos[kind, repo_id], self.server.hub.failures.get(repo_id)
        if path not in files:
            self._refuse(404, "EntryNotFound", f"Entry not found: {path}", commit=_commit(files))
            return
        content, large = files[path], path.endswith(_LARGE)
        headers = {
            "X-Repo-Commit": _commit(files),
            "ETag": f'"{_file_id(path, content)}"',
            "X-Linked-Size": str(len(content)),
            "Accept-Ranges": "bytes",
        }
        if large and failure == "wrong bytes":
            content = content[:-1] + bytes([content[-1] ^ 1])
        if large and failure == "cut off":
            content = content[: len(content) // 2]
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if span is None:
            self._send(200, content, headers)
            return
        first, last = int(span[1]), min(int(span[2] or len(content) - 1), len(content) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        self._send(206, content[first : last + 1], headers)

    def _refuse(self, status: int, code: str, message: str, *, commit: str | None = None) -> None:
        headers = {"X-Error-Code": code, "X-Error-Message": message} | ({"X-Repo-Commit": commit} if commit else {})
        self._send(status, json.dumps({"error": message}).encode(), headers)

    def _send_json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _git_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _file_id(path: str, content: bytes) -> str:
    return hashlib.sha256(content).hexdigest() if path.endswith(_LARGE) else _git_id(content)


def _entry(path: str, content: bytes) -> dict[str, object]:
    entry: dict[str, object] = {"type": "file", "path": path, "size": len(content), "oid": _git_id(content)}
    if path.endswith(_LARGE):
        entry["lfs"] = {"oid": _file_id(path, content), "size": len(content), "pointerSize": 130}
    return entry


def _commit(files: dict[str, bytes]) -> str:
    """A commit id that changes with what the repository holds."""
    listing = "\n".join(f"{path} {_file_id(path, content)}" for path, content in sorted(files.items()))
    return hashlib.sha1(listing.encode()).hexdigest()
