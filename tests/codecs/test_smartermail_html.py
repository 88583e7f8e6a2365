"""HTML as readable text, and an edit of the text carried into the markup."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instep.codecs.smartermail_html import looks_like_html, tidy, to_plain
from instep.codecs.smartermail_html_edit import edited, from_plain


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        pytest.param("a &amp; b &#228; &euro;&nbsp;5", "a & b ä € 5", id="entities"),
        pytest.param("<p>one</p>\n<p>two<br>three</p>", "one\ntwo\nthree", id="lines"),
        pytest.param("<div>a</div><div><br></div><div>b</div>", "a\n\nb", id="a blank line"),
        pytest.param("<p>a<br></p><p>b</p>", "a\nb", id="a break at the end of a block is none"),
        pytest.param("<p class=MsoNormal>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb", id="as Outlook writes a blank line"),
        pytest.param("a\n   b\t<b> c</b>", "a b c", id="white space falls together"),
        pytest.param("<ul><li>a<li>b<ul><li>c</ul></ul>d", "* a\n* b\n  * c\nd", id="lists"),
        pytest.param("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b", id="a numbered list"),
        pytest.param("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\nc", id="a table"),
        pytest.param("<a href='https://x.org/a?b&amp;c'>here</a>", "here <https://x.org/a?b&c>", id="a link"),
        pytest.param("<a href=https://x.org/>https://x.org</a>", "https://x.org", id="a link that says itself"),
        pytest.param("<a href='mailto:a@x.org'>a@x.org</a>", "a@x.org", id="an address that says itself"),
        pytest.param("<a href='javascript:alert(1)'>x</a>", "x", id="a link that nobody shall follow"),
        pytest.param("a<script>alert('</div>')</script><style>b{}</style>c<!-- d -->", "ac", id="never shown"),
        pytest.param("<SCRIPT>x", "", id="a script without an end"),
        pytest.param("<title>t</title><body>b", "b", id="a title is no text"),
        pytest.param("<p title='a>b'>c</p>", "c", id="a sign between quotes"),
        pytest.param("<pre>a\n  b</pre>", "a\n  b", id="text as it is typed"),
        pytest.param("a\nb &lt;c&gt;", "a\nb <c>", id="without any tag lines stay"),
        pytest.param("1 < 2 and 3 > 2 <b>!</b>", "1 < 2 and 3 > 2 !", id="signs that are no tags"),
        pytest.param("a<![CDATA[x]]><?php y ?>b<br>", "ab", id="declarations"),
        pytest.param("<b", "<b", id="a tag that never ends"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_html_is_read_as_a_person_sees_it(html: str, plain: str) -> None:
    assert to_plain(html) == plain


PAGE = "<body><p>Dear <b>Anna</b>,</p><p>milk &amp; eggs<br>bread</p><ul><li>one</li><li>two</li></ul></body>"
TEXT = "Dear Anna,\nmilk & eggs\nbread\n* one\n* two"


@pytest.mark.parametrize(
    ("new", "html"),
    [
        pytest.param(TEXT.replace("Anna", "Ben"), PAGE.replace("Anna", "Ben"), id="a word between marks"),
        pytest.param(TEXT.replace("&", "<and>"), PAGE.replace("&amp;", "&lt;and&gt;"), id="what must be escaped"),
        pytest.param(TEXT.replace("bread", "bread\nrolls"), PAGE.replace("bread", "bread<br>rolls"), id="a new line"),
        pytest.param(TEXT.replace("milk & eggs\n", ""), PAGE.replace("milk &amp; eggs<br>", ""), id="a line less"),
        pytest.param(TEXT.replace("* one\n", ""), PAGE.replace("one", ""), id="an entry less"),
        pytest.param("So\n" + TEXT, PAGE.replace("Dear", "So<br>Dear"), id="a line before"),
        pytest.param(TEXT + "\nend", PAGE.replace("two", "two<br>end"), id="a line after"),
        pytest.param(TEXT + "  \n", PAGE, id="white space at the end is no change"),
        pytest.param("Something\nquite else", None, id="another text"),
        pytest.param(TEXT.replace("* one", "+ one"), None, id="a mark that only the page shows"),
    ],
)
def test_an_edit_of_the_text_changes_its_words_in_the_markup(new: str, html: str | None) -> None:
    assert to_plain(PAGE) == TEXT
    assert edited(PAGE, TEXT, new) == html


def test_an_edit_of_another_text_is_not_carried() -> None:
    assert edited(PAGE, "not the text", "x") is None


@pytest.mark.parametrize(
    ("text", "is_html"),
    [
        ("<p>a</p>", True),
        ("a<br/>b", True),
        ("<div class='x'>", True),
        ("<!DOCTYPE html>", True),
        ("a < b > c", False),
        ("Anna <anna@example.org>", False),
        ("use <title> & co", False),
        ("", False),
    ],
)
def test_markup_is_told_from_typed_text(text: str, is_html: bool) -> None:
    assert looks_like_html(text) is is_html


pieces = st.sampled_from(
    [
        *("<p>", "</p>", "<div>", "</div>", "<br>", "<b>", "</b>", "<li>", "<ul>", "</ul>", "<a href='https://x'>"),
        *("</a>", "word", " ", "  ", "&amp;", "&nbsp;", "<", ">", "&", "\n", "'", '"', "<!--", "-->", "<script>"),
        *("</script>", "<td>", "<pre>", "</pre>", "<ol>", "ä", "\t"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=14).map("".join), st.text(st.sampled_from("ab <&\n"), max_size=12), st.data())
def test_an_edit_says_the_new_text_or_is_given_up(html: str, more: str, data: st.DataObject) -> None:
    old = to_plain(html)
    assert old == tidy(old)
    assert edited(html, old, old) == html
    at = data.draw(st.integers(0, len(old)))
    new = old[:at] + more + old[at + data.draw(st.integers(0, 3)) :]
    written = edited(html, old, new)
    assert written is None or to_plain(written) == tidy(new)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("ab  <>&;\n\t\"'#x1"), max_size=30))
def test_a_text_made_into_html_is_read_back(text: str) -> None:
    assert to_plain(from_plain(text)) == tidy(text)


@pytest.mark.parametrize(
    "piece", ["<", "<a", "<a '", '<a "', "<!--", "<script", "<script>", "&", "&#", "</", "<a href=", "<p><pre>", "<ul>"]
)
def test_a_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    """Seconds for a quadratic reader, which the number of steps of a run would not show."""
    text = piece * (150_000 // len(piece))
    assert len(to_plain(text)) <= 3 * len(text) + 10**6
    assert len(to_plain(text + ">")) <= 3 * len(text) + 10**6
