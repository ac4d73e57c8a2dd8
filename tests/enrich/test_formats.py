"""Every format of a catalogue gives the same facts, and says with file and line what is wrong."""

from __future__ import annotations

import io
import json
import sqlite3
from pathlib import Path

import pytest

from guardrail.enrich import CatalogueError, open_catalogue
from guardrail.enrich.file import read_file
from guardrail.enrich.progress import Progress

HOSE = ("Garden hose, 20 m", ("home.garden", "custom:garden hoses"), "Gardena")
ACID = ("Folic acid", ("health.pregnancy",), None)

FEED = """\
<?xml version="1.0"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>
  <title>The shop</title>
  <item>
    <g:id>sku-1</g:id><title>Garden &amp; hose</title><g:brand>Gardena</g:brand>
    <g:product_type>home.garden</g:product_type><g:product_type>Tools > Hoses</g:product_type>
    <g:google_product_category>2962</g:google_product_category>
    <g:shipping><g:id>not this</g:id><g:price>1 EUR</g:price></g:shipping>
  </item>
  <item><g:id>2</g:id><g:title>Folic acid</g:title>
    <g:google_product_category>Health &amp; Beauty > Health Care</g:google_product_category></item>
</channel></rss>
"""
ATOM = """\
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
  <entry><g:id>sku-1</g:id><id>tag:shop,1</id><title>Hose</title></entry>
</feed>
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "a.csv",
            'id,title,categories,brand\nsku-1,"Garden hose, 20 m",home.garden|Garden Hoses,Gardena'
            "\n"
            "\n2,Folic acid,health.pregnancy\n",
        ),
        (
            "b.csv",
            "\ufeffSKU;Name;Category;Vendor\n"
            "sku-1;Garden hose, 20 m;home.garden|Garden Hoses;Gardena\n"
            "2;Folic acid;health.pregnancy;\n",
        ),
        (
            "c.tsv",
            "id\ttitle\tcategories\tbrand\n"
            "sku-1\tGarden hose, 20 m\thome.garden;Garden Hoses\tGardena\n"
            "2\tFolic acid\thealth.pregnancy\t\n",
        ),
        (
            "d.ndjson",
            '{"id":"sku-1","title":"Garden hose, 20 m","categories":["home.garden","Garden Hoses"],'
            '"brand":"Gardena"}\n\n{"id":2,"name":"Folic acid","category":"health.pregnancy"}\n',
        ),
        (
            "e.json",
            '{"id":"sku-1","title":"Garden hose, 20 m","categories":["home.garden","Garden Hoses"],'
            '"brand":"Gardena"}\n{"id":2,"name":"Folic acid","category":"health.pregnancy"}\n',
        ),
        (
            "f.json",
            '{"products": [{"id":"sku-1","title":"Garden hose, 20 m","categories":'
            '["home.garden","Garden Hoses"],"brand":"Gardena"},\n'
            '{"id":2,"name":"Folic acid","category":"health.pregnancy"}]}',
        ),
        (
            "g.jsonld",
            '{"@context":"https://schema.org","@graph":[{"@type":"Product","sku":"sku-1","name":'
            '"Garden hose, 20 m","category":["home.garden","Garden Hoses"],'
            '"brand":[{"@type":"Brand","name":'
            '"Gardena"}]},{"@type":"Organization","name":"The shop"},{"@type":["Product"],'
            '"productID":2,"name":"Folic acid","category":"health.pregnancy"}]}',
        ),
        (
            "h.jsonl",
            '{"@type":"Product","sku":"sku-1",'
            '"name":"Garden hose, 20 m","category":"home.garden|Garden Hoses"'
            ',"brand":"Gardena"}\n{"@type":"Product","identifier":{"value":"2"},"name":"Folic acid"'
            ',"category":"health.pregnancy"}\n',
        ),
        (
            "no_suffix_that_is_known",
            '[{"@type":"ListItem","item":{"@type":"https://schema.org/Product","sku":"sku-1",'
            '"name":"Garden hose, 20 m",'
            '"category":["home.garden","Garden Hoses"],"brand":"Gardena"}},'
            '{"id":2,"name":"Folic acid","category":"health.pregnancy"}]',
        ),
    ],
)
def test_every_format_gives_the_same_facts(tmp_path, name, text):
    """Columns and keys by any of their names, ids as text."""
    held = read_file(written(tmp_path, name, text))
    assert held.facts == {"sku-1": HOSE, "2": ACID}
    assert held.repeated == 0


def test_a_merchant_feed_is_read_with_its_google_categories(tmp_path):
    """As an id and as a path; what is nested in an item is not the item's."""
    assert read_file(written(tmp_path, "feed.xml", FEED)).facts == {
        "sku-1": (
            "Garden & hose",
            ("home.garden", "custom:tools", "custom:tools > hoses", "google-product:2962"),
            "Gardena",
        ),
        "2": (
            "Folic acid",
            ("google-product:health & beauty", "google-product:health & beauty > health care"),
            None,
        ),
    }


def test_an_atom_feed_is_read_by_its_google_ids(tmp_path):
    """Atom's own id is an address."""
    assert read_file(written(tmp_path, "feed.rss", ATOM)).facts == {"sku-1": ("Hose", None, None)}


def test_one_product_alone_is_a_catalogue_of_one(tmp_path):
    """As pages carry it."""
    path = written(tmp_path, "p.jsonld", '{"@type": "Product", "sku": "1", "name": "Hose"}')
    assert read_file(path).facts == {"1": ("Hose", None, None)}


def test_of_rows_with_the_same_id_the_last_counts(tmp_path):
    """And how many there were is known."""
    held = read_file(written(tmp_path, "a.csv", "id,title\n1,Old\n1,New\n"))
    assert held == ({"1": ("New", None, None)}, 1)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "sku_code,title\n1,Hose\n", r"a\.csv:1: no column for the id \(found: sku_code"),
        ("a.csv", "id,title\n1,Hose\n,Kettle\n", r"a\.csv:3: no id in this row"),
        ("a.csv", "id,title\n1,Hose, green\n", r"a\.csv:2: 3 cells, but 2 columns; quote"),
        ("a.csv", 'id,title\n1,"Hose\n', r"a\.csv:2: not readable as CSV: unexpected end"),
        ("a.csv", "id,title\n", r"a\.csv: there is no item in it"),
        (
            "a.ndjson",
            '{"id": 1}\n{"id": 2\n',
            r"a\.ndjson:2: no JSON object .*one line is one item",
        ),
        ("a.ndjson", '{"id": 1}\n{"x": 2}\n', r"a\.ndjson:2: no key for the id"),
        ("a.ndjson", '{"@type": "Product"}\n', r"line 1: a Product without an id; give it sku"),
        ("a.json", "[1]", r"a\.json: entry 1 is no object"),
        ("a.json", '[{"name": "Hose"}]', r"a\.json: entry 1: no key for the id"),
        ("a.json", '{"a": 1}', r"a\.json: no list of items; give an array"),
        ("a.json", "[{", r"a\.json: not JSON"),
        ("a.json", '"text"', r"a\.json: no list of items"),
        ("a.xml", "<rss><item>", r"a\.xml:1: not XML: no element found"),
        ("a.xml", "<html></html>", r"a\.xml: no <item> or <entry>"),
        ("a.xml", "<rss><item><title>x</title></item></rss>", r"a\.xml:1: an item without g:id"),
        ("a.xml", '<!DOCTYPE x [<!ENTITY a "b">]><rss/>', r"a\.xml:1: a feed has no DOCTYPE"),
        ("a.parquet", "PAR1", r"no format that is known; give the file one of \.csv, \.tsv"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(tmp_path, name, text, says):
    """And with what would be right."""
    with pytest.raises(CatalogueError, match=says):
        read_file(written(tmp_path, name, text))


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path):
    """The first line that is not UTF-8."""
    path = tmp_path / "a.csv"
    path.write_bytes("id,title\n1,Hose\n2,Käse\n".encode("latin-1"))
    with pytest.raises(CatalogueError, match=r"a\.csv:3: not UTF-8"):
        read_file(path)


def test_too_many_items_are_sent_to_sqlite(tmp_path, monkeypatch):
    """Memory is bounded."""
    monkeypatch.setattr("guardrail.enrich.file.MOST_ITEMS", 5)
    monkeypatch.setattr("guardrail.enrich.file._EVERY", 1)
    rows = "".join(f"{n},Hose\n" for n in range(10))
    with pytest.raises(CatalogueError, match=r"more than 5 items; put them into SQLite"):
        read_file(written(tmp_path, "a.csv", f"id,title\n{rows}"))


def test_a_json_document_that_is_too_long_should_be_lines(tmp_path, monkeypatch):
    """Lines of JSON need not be held as a whole."""
    monkeypatch.setattr("guardrail.enrich.documents.LARGEST", 4)
    with pytest.raises(CatalogueError, match=r"write one JSON object per line"):
        read_file(written(tmp_path, "a.json", '[{"id": 1}]'))


class Screen(io.StringIO):
    """A stream that may be a terminal."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def test_a_bar_is_drawn_on_a_terminal_only():
    """Once for each percent, and gone in the end."""
    screen, pipe = Screen(True), Screen(False)
    for stream in (screen, pipe):
        progress = Progress("items.csv", 100_000_000, stream)
        progress.at(10_000_000, 1000)
        progress.at(10_000_001, 1001)
        progress.at(100_000_000, 10_000)
        progress.end()
    assert screen.getvalue().count("\r") == 3
    assert " 10 % 1,000 items" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")
    assert pipe.getvalue() == ""


def test_a_short_file_needs_no_bar():
    """It is read before anybody could see one."""
    screen = Screen(True)
    progress = Progress("items.csv", 100, screen)
    progress.at(50, 1)
    progress.end()
    assert screen.getvalue() == ""


def table(path: Path, *statements: str) -> Path:
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return path


def facts(catalogue, *ids):
    return dict(catalogue._source.facts(ids, 0))


def test_sqlite_gives_the_same_facts(tmp_path):
    """The only table, columns by any of their names; numbers as ids too."""
    path = table(
        tmp_path / "shop.db",
        "CREATE TABLE products (sku INTEGER PRIMARY KEY, name TEXT, category TEXT, brand TEXT)",
        "INSERT INTO products VALUES (2, 'Folic acid', 'health.pregnancy', NULL)",
    )
    catalogue = open_catalogue(str(path), lambda: 0)
    assert facts(catalogue, "2", "3", "2") == {"2": ACID}
    assert facts(catalogue, "2") == {"2": ACID}
    catalogue.close()


def test_of_several_tables_the_one_called_catalogue_is_meant(tmp_path):
    """Categories as a JSON array; more ids than one statement takes."""
    path = table(
        tmp_path / "shop.sqlite",
        "CREATE TABLE orders (id)",
        "CREATE TABLE Catalogue (id TEXT UNIQUE, title, categories)",
        *(
            f"INSERT INTO Catalogue VALUES ('s{n}', 'T{n}', {json.dumps(['a.b'])!r})"
            for n in range(9)
        ),
    )
    catalogue = open_catalogue(str(path), lambda: 0)
    asked = [f"s{n}" for n in range(1200)]
    assert facts(catalogue, *asked) == {f"s{n}": (f"T{n}", ("a.b",), None) for n in range(9)}
    catalogue.close()


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        ((), "which table. .found: none."),
        (("CREATE TABLE a (id)", "CREATE TABLE b (id)"), "name the one that is meant catalogue"),
        (("CREATE TABLE a (code, title)",), "table a: no column for the id"),
        (("CREATE TABLE a (id, title)",), r'CREATE INDEX by_id ON "a"\("id"\)'),
    ],
)
def test_a_wrong_table_is_told(tmp_path, statements, says):
    """Also one in which every lookup would be slow."""
    path = table(tmp_path / "a.db", "CREATE TABLE t (x)", "DROP TABLE t", *statements)
    with pytest.raises(CatalogueError, match=says):
        open_catalogue(str(path), lambda: 0)


def test_a_torn_database_is_told(tmp_path):
    """It begins like SQLite and is none."""
    path = tmp_path / "a.db"
    path.write_bytes(b"SQLite format 3\0" + b"x" * 200)
    with pytest.raises(CatalogueError, match="not readable as SQLite"):
        open_catalogue(str(path), lambda: 0)
