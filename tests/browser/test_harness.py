"""The harness itself: what it must notice, it notices."""

import time

import pytest

PAGE = "<!doctype html><html lang=en><title>Page</title><main><h1>Page</h1>{}</main>"


def test_a_quiet_page_has_no_problems(page, find_barriers):
    page.set_content(PAGE.format("<p>Text</p>"))
    assert find_barriers(page) == []
    assert page.problems == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("<script>console.error('gone wrong')</script>", "console: gone wrong"),
        ("<script>nowhere()</script>", "exception: nowhere is not defined"),
        ("<script>alert('hello')</script>", "dialog: hello"),
        ("<img src=https://example.org/a.png alt=a>", "request outside: https://example.org"),
        ("<img src=http://127.0.0.1:9/a.png alt=a>", "request failed: http://127.0.0.1:9"),
    ],
)
def test_a_problem_is_noticed(page, content, problem):
    page.set_content(PAGE.format(content))
    end = time.monotonic() + 60
    while not any(text.startswith(problem) for text in page.problems) and time.monotonic() < end:
        page.wait_for_timeout(50)
    found = [text for text in page.problems if text.startswith(problem)]
    page.problems.clear()
    assert found


def test_a_problem_that_is_expected_is_left_out(open_page):
    page = open_page(expected="somebody else")
    page.set_content(PAGE.format("<script>console.error('somebody else')</script>"))
    page.wait_for_timeout(100)
    assert page.problems == []


def test_barriers_are_found(page, find_barriers):
    page.set_content(PAGE.format("<p style='color:#ccc'>pale</p><img src=data:,>"))
    page.problems.clear()
    found = " ".join(find_barriers(page))
    assert "color-contrast" in found
    assert "image-alt" in found
    assert find_barriers(page, within="h1") == []
