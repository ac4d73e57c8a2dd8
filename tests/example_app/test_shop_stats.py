"""The page that counts: empty, full, and cut off from its counts."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient
from shop_page import Page

from example_app.app import create_app


def test_an_empty_page_says_where_to_begin(client: FlaskClient) -> None:
    """Nothing was looked at yet, so there is nothing to draw."""
    page = Page(client.get("/stats").text)
    assert page.faults == []
    assert "Nothing has been counted yet" in page.text
    assert "<svg" not in client.get("/stats").text


def test_a_full_page_draws_what_the_table_says(client: FlaskClient) -> None:
    """By surface, verdict and rule, with the rules' titles; the table is complete."""
    for customer in ("anna", "daniel", "lea"):
        client.get(f"/?customer={customer}")
    answer = client.get("/stats")
    page = Page(answer.text)
    assert (answer.status_code, page.faults) == (200, [])
    assert answer.text.count('<svg class="chart"') == 2
    assert "source-search" in page.text
    table = answer.text[answer.text.index("<tbody>") : answer.text.index("</tbody>")]
    rows = [row.split('<td class="num">') for row in table.split("<tr>")[1:]]
    numbers = [[int(cell.split("<")[0]) for cell in row[1:]] for row in rows]
    assert all(sum(row[:-1]) == row[-1] for row in numbers)
    assert sorted(row[-1] for row in numbers) == [18, 18, 36]


def test_a_page_without_its_counts_says_so_and_the_shop_goes_on(tmp_path: Path) -> None:
    """Redis is gone: the stats answer 503, the shop 200, and no secret is told."""
    secret = "a-secret-long-enough-for-a-test-1234"
    app = create_app(
        {"GUARDRAIL_REDIS_URL": f"unix://{tmp_path}/nobody.sock", "GUARDRAIL_SECRET": secret}
    )
    client = app.test_client()
    assert client.get("/?customer=anna").status_code == 200
    answer = client.get("/stats")
    page = Page(answer.text)
    assert (answer.status_code, page.faults) == (503, [])
    assert "cannot be read at the moment" in page.text
    assert secret not in answer.text
    app.extensions["guardrail"].close()
