"""The traps of WSGI middleware, each with the tests that would notice if it were fallen into."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "reference" / "wire.md").read_text(encoding="utf-8")
TRAPS = {
    "close() exactly once": [
        "test_the_app_is_closed_exactly_once",
        "test_a_response_that_was_never_taken_starts_nothing",
    ],
    "exc_info": [
        "test_an_error_replaces_what_is_held",
        "test_a_replaced_response_is_judged_afresh",
        "test_a_list_in_place_of_a_stream_is_judged_as_a_list",
        "test_a_list_after_the_first_byte_of_a_stream_is_the_servers",
        "test_starting_twice_without_an_error_is_a_mistake",
        "test_no_traceback_is_kept",
    ],
    "write()": [
        "test_what_is_written_comes_before_what_is_returned",
        "test_records_that_are_written_are_judged",
    ],
    "a late start_response": ["test_an_error_page_that_starts_late_passes"],
    "a piece before anything is known": [
        "test_empty_pieces_may_come_before_the_status",
        "test_headers_go_out_before_the_first_record_and_each_record_at_once",
    ],
    "HEAD": [
        "test_head_is_not_covered_and_has_no_body",
        "test_head_has_headers_and_no_body",
        "test_head_of_a_stream_has_no_body",
    ],
    "204, 304, 1xx": ["test_responses_without_a_body", "test_an_answer_without_a_body_stays_one"],
    "Content-Length": [
        "test_a_wrong_length_is_put_right",
        "test_a_guarded_body_arrives_whole",
    ],
    "validators and 304": [
        "test_the_app_is_asked_for_a_whole_readable_body",
        "test_a_changed_body_goes_out_with_its_own_headers",
    ],
    "ranges": ["test_headers_alone_can_refuse_a_body"],
    "Content-Encoding": [
        "test_compression_that_was_not_asked_for_is_undone",
        "test_a_bomb_is_not_unpacked",
        "test_every_body_in_every_coding_is_judged_alike",
    ],
    "caches": [
        "test_no_cache_is_told_that_it_may_keep_a_personal_response",
        "test_head_and_then_get_through_a_cache",
    ],
    "digests": ["test_every_digest_of_the_old_body_goes"],
    "content type and charset": [
        "test_json_types_are_read_whatever_their_spelling",
        "test_bytes_that_are_not_utf_8_are_refused",
        "test_a_byte_order_mark_is_not_judged",
    ],
    "streams of unknown length": [
        "test_a_blanked_body_is_not_read_to_its_end",
        "test_an_endless_response_takes_bounded_memory",
    ],
    "NDJSON and server-sent events": [
        "test_each_record_is_judged_alone",
        "test_a_stream_is_judged_record_by_record",
    ],
    "file_wrapper": [
        "test_an_unguarded_response_is_the_object_that_the_app_gave",
        "test_an_unguarded_file_is_sent_as_without_a_guard",
    ],
    "hop-by-hop headers": [
        "test_what_cannot_be_read_is_held_back_where_that_is_wanted",
        "test_a_kept_connection_stays_in_step",
    ],
    "never break the page": [
        "test_a_mistake_lets_the_page_through",
        "test_a_mistake_leaves_a_blank_where_that_is_wanted",
        "test_a_mistake_within_a_stream",
    ],
    "prefetch and retries": ["test_only_what_went_out_counts"],
    "environ": ["test_an_unguarded_request_reaches_the_app_as_it_came"],
    "applied twice": ["test_a_guard_inside_a_guard_does_nothing"],
    "threads": [
        "test_threads_share_one_guard_and_mix_nothing_up",
        "test_requests_share_nothing",
    ],
    "what is no Exception": ["test_what_ends_the_process_is_not_caught"],
}


@pytest.fixture(scope="module")
def tests_there_are() -> set[str]:
    files = [*TESTS.glob("intercept/*.py"), *TESTS.glob("wire/*.py"), *TESTS.glob("servers/*.py")]
    found: set[str] = set()
    for file in files:
        found.update(re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.M))
    return found


def test_there_are_twenty_four() -> None:
    """None is left out."""
    assert len(TRAPS) == 24


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_has_its_tests(trap: str, tests_there_are: set[str]) -> None:
    """By the names that they have today."""
    assert set(TRAPS[trap]) <= tests_there_are


@pytest.mark.parametrize("trap", TRAPS)
def test_the_reference_page_names_the_tests_of_a_trap(trap: str) -> None:
    """In a row of its own."""
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| {trap} |"))
    assert re.findall(r"`(test_\w+)`", row) == TRAPS[trap]


def test_every_test_on_the_reference_page_is_there() -> None:
    """Whatever is promised there has a test, by the name that it has today."""
    texts = [file.read_text(encoding="utf-8") for file in TESTS.glob("*/test_*.py")]
    there_are = {name for text in texts for name in re.findall(r"^def (test_\w+)", text, re.M)}
    assert set(re.findall(r"`(test_\w+)`", PAGE)) <= there_are
