"""The shop in a real browser: nothing is wider than the screen, on a telephone or on a desk."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
MEASURE = """<script>
const wide = [...document.querySelectorAll("main *")].filter(
  e => !e.closest(".scroll") && e.getBoundingClientRect().right > innerWidth + 1);
parent.document.title = `seen ${innerWidth} needs ${document.documentElement.scrollWidth} ` +
  `dark ${matchMedia("(prefers-color-scheme: dark)").matches} wide ` +
  wide.map(e => e.tagName + "." + e.className).join(" ");
</script>"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on PATH"),
]


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    from example_app.app import create_app

    app = create_app({"GUARDRAIL_MODE": "enforce"})
    client = app.test_client()
    client.get("/?customer=anna")
    yield client
    app.extensions["guardrail"].close()


def measured(page: Path, width: int, *, dark: bool) -> dict[str, str]:
    """What the browser says of a page at a width."""
    assert BROWSER is not None
    scheme = 0 if dark else 1
    done = subprocess.run(
        [
            BROWSER,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={page.parent / 'profile'}",
            f"--window-size={max(width, 500)},2000",
            f"--blink-settings=preferredColorScheme={scheme}",
            "--virtual-time-budget=1000",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = re.search(
        r"<title>seen (?P<seen>\d+) needs (?P<needs>\d+) dark (?P<dark>\w+) wide (?P<wide>.*?)</",
        done.stdout,
    )
    assert found, done.stderr[-800:]
    return found.groupdict()


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1280, False)])
@pytest.mark.parametrize(
    "address", ["/?customer=miriam", "/newsletter?customer=anna", "/treatments", "/stats"]
)
def test_nothing_is_wider_than_the_screen(
    client: FlaskClient, tmp_path: Path, address: str, width: int, *, dark: bool
) -> None:
    """Tables scroll by themselves; everything else fits, in the colours that were asked for."""
    css = (ROOT / "example_app" / "static" / "shop.css").read_text("utf-8")
    # The shop's own policy allows no script, so what is measured is a copy of the page; and a
    # window of the browser is never narrower than 500, so the copy stands in a frame.
    style = f"<style>{css}</style>"
    inner = re.sub(r'<link rel="stylesheet"[^>]*>', lambda _: style, _page(client, address))
    inner = inner.replace("</body>", MEASURE + "</body>")
    frame = f'<iframe width="{width}" height="1200" srcdoc="{escape(inner)}"></iframe>'
    (tmp_path / "page.html").write_text(f"<title></title>{frame}", "utf-8")
    found = measured(tmp_path / "page.html", width, dark=dark)
    assert found["dark"] == str(dark).lower()
    assert found["wide"].strip() == ""
    assert int(found["needs"]) <= int(found["seen"])
    assert int(found["seen"]) == width


def _page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.text
