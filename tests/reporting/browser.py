"""A headless browser for pages that people look at."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr"),
)
PROBE = "<script>addEventListener('load', () => {{ document.title = JSON.stringify(({})()) }})</script>"


def browse(page: Path, *arguments: str, width: int = 1320) -> subprocess.CompletedProcess[str]:
    """Open a page; skip the test on a machine without chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no chromium on this machine")
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run(
            [chromium, *FLAGS, f"--user-data-dir={profile}", f"--window-size={width},1400", *arguments, page.as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )


def evaluate(page: Path, function: str, *, width: int = 1320) -> Any:
    """Return what a JavaScript function without arguments gives, once the page is drawn."""
    probed = page.with_name(f"probed-{page.name}")
    probed.write_text(page.read_text(encoding="utf-8") + PROBE.format(function), encoding="utf-8")
    dom = browse(probed, "--dump-dom", width=width).stdout
    found = re.search(r"<title>(.*?)</title>", dom, re.DOTALL)
    assert found
    return json.loads(html.unescape(found[1]))
