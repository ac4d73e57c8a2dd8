"""Where the repository is, and a reader of pages that says what should not be in them."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parents[2]

VOID = {"meta", "link", "input", "br", "img", "path", "circle", "rect", "ellipse", "use"}


class Page(HTMLParser):
    """``faults``: scripts, styles and addresses that a strict page has not, and bad nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.text = ""
        self.ids: list[str] = []
        self.used: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is left open" for tag in self._open]
        self.faults += [f"id {i} twice" for i in set(self.ids) if self.ids.count(i) > 1]
        self.faults += [f"#{i} is not there" for i in self.used if i not in self.ids]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style", "iframe", "object"}:
            self.faults.append(f"<{tag}>")
        for name, given in attrs:
            value = given or ""
            if name.startswith("on") or name == "style":
                self.faults.append(f"{name}= in <{tag}>")
            if name in {"href", "src", "action"}:
                if value.startswith("#"):
                    self.used.append(value[1:])
                elif not value.startswith("/") or value.startswith("//"):
                    self.faults.append(f"{name}={value}")
            if name == "id":
                self.ids.append(value)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text += data
