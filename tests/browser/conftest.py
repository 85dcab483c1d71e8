"""JupyterLab in a real browser, with nothing but this machine to reach.

Needs Chromium, which is optional: without it these tests are skipped, with the way to get it. ``BERTLAB_CHROMIUM`` names one
that is not on the path.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync""".split()
# Every name but this machine's own leads nowhere: a page that needs the network shows it by failing.
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"

SETTINGS = {
    # Every cell is drawn at once, not only those in view: the tests look at all of them.
    "notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false", "checkForUpdates": False},
}


# For a module, not the session: while it runs, playwright's event loop holds this thread, and other tests start their own.
@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    found = os.environ.get("BERTLAB_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium found: apt-get install chromium, or set BERTLAB_CHROMIUM to the program")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        profile = str(tmp_path_factory.mktemp("chromium"))
        size = {"width": 1280, "height": 1000}
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=found, headless=True, args=[*FLAGS, OFFLINE], viewport=size
        )
        yield context
        context.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """``bertlab lab`` on a copy of the notebooks; gives the address."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(Path(__file__).parents[2] / "notebooks", home / "notebooks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--port={port}", "--no-browser", "--allow-root", "--ServerApp.port_retries=0"]
    options += ["--IdentityProvider.token="]
    for extension, settings in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / extension
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
    command = [sys.executable, "-c", "from bertlab.cli import app; app()", "lab", "--notebooks", str(home / "notebooks")]
    environment = os.environ | {f"JUPYTER_{kind}_DIR": str(home / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    environment |= {"JUPYTERLAB_SETTINGS_DIR": str(home / "settings")}
    environment.pop("MPLBACKEND")
    with open(home / "log", "w") as log:
        server = subprocess.Popen([*command, *options], stdout=log, stderr=log, env=environment)
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(240):
                assert server.poll() is None, (home / "log").read_text()
                try:
                    urllib.request.urlopen(f"{address}/api/status", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.25)
            else:
                pytest.fail(f"JupyterLab did not answer within a minute:\n{(home / 'log').read_text()}")
            yield address
        finally:
            server.terminate()
            server.wait(20)
