"""An answer as text: the same facts in each form, one shape of footnote, and article text that stays text."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len

from index.english.dates import written_day
from rag.answer import Answer, Citation, Note, Sentence
from rag.render import clean, html, inert, markdown, origin, terminal, terminal_more

CITATION = Citation(
    1, "news", "000_x.txt", "A title", "Ida Venn keeps the lighthouse.", 0, 30, "utf-8", "The Gazette", "2023-08-17"
)
SENTENCE = Sentence("Ida Venn keeps the lighthouse.", "The Gazette, 17 August 2023:", (1,), "quoted", ((0, 8),))
DOUBTFUL = Sentence("She likes it.", "", (), "not_shown")
ANSWER = Answer(
    "Who?", "Who?", "", (SENTENCE, DOUBTFUL), (CITATION,), False, 0.9, notes=(Note("dropped", "One was dropped."),)
)
MORE = replace(ANSWER, more=(replace(CITATION, path="001_y.txt", quote="The lamp is lit at five."),))
REFUSAL = Answer(
    "Who?",
    "Who?",
    "The articles do not say.",
    (),
    (),
    True,
    0.1,
    closest=(CITATION,),
    suggestion="Where is the lighthouse?",
)
LINE = "[1] 000_x.txt · The Gazette · 17 August 2023 · “Ida Venn keeps the lighthouse.”"

wild = st.one_of(
    st.text(),
    st.text(alphabet=" \n#*_`[]()<>!|~$&\\-+=.1:/@\"'\x1b\u202e"),
    st.sampled_from(
        ["<script>x</script>", "![a](http://e/x.png)", "www.e.com", "a@e.com", "[1]: http://e", "1. x", "```"]
    ),
)
forms = {"terminal": lambda answer: terminal(answer, 200).plain, "markdown": markdown, "html": html}


class Reader(HTMLParser):
    """Collects the tags and the text of our HTML."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        assert {name for name, _ in attrs} <= {"class", "href", "id", "title"}

    def handle_data(self, data: str) -> None:
        self.text += data


def wild_answer(words: str) -> Answer:
    """An answer in which everything that somebody else wrote is `words`."""
    cited = replace(CITATION, quote=words, title=words, path=words, publisher=words)
    spoken = (replace(SENTENCE, text=words, lead=words), replace(DOUBTFUL, text=words))
    return replace(
        ANSWER, asked_as=words, sentences=spoken, citations=(cited,), more=(cited,), notes=(Note("stale", words),)
    )


def test_a_day_is_written_in_words() -> None:
    assert written_day("2023-08-07") == "7 August 2023"


def test_an_unknown_day_is_undated() -> None:
    assert origin(replace(CITATION, published=None, publisher=None)) == "000_x.txt · undated"


def test_a_footnote_has_one_shape() -> None:
    assert LINE.replace(" · “", "\n    “") in terminal(REFUSAL, 200).plain
    assert LINE.replace("_", "\\_") in markdown(ANSWER)


def sources_of(*quotes: str, **fields: Any) -> str:
    """What stands below an answer of one sentence that cites these quotes of one article."""
    cited = tuple(replace(CITATION, number=number, quote=quote) for number, quote in enumerate(quotes, 1))
    sentence = replace(SENTENCE, citations=tuple(range(1, len(quotes) + 1)))
    shown = terminal(replace(ANSWER, sentences=(sentence,), citations=cited, notes=(), **fields), 200).plain
    return shown.split("\n\n")[-1]


def test_a_sentence_and_its_source_stand_once_in_the_terminal() -> None:
    assert terminal(ANSWER, 200).plain.count("keeps the lighthouse") == 1
    assert sources_of(SENTENCE.text) == "[1] 000_x.txt · The Gazette · 17 August 2023"


def test_a_source_of_several_footnotes_is_named_once() -> None:
    assert sources_of("Ida Venn", "the lighthouse") == "[1] [2] 000_x.txt · The Gazette · 17 August 2023"


def test_words_that_the_answer_does_not_have_stand_below_their_source() -> None:
    assert sources_of("She climbs it.") == "[1] 000_x.txt · The Gazette · 17 August 2023\n    “She climbs it.”"
    assert sources_of("Ida Venn", "She climbs it.").splitlines() == [
        "[1] [2] 000_x.txt · The Gazette · 17 August 2023",
        "    [2] “She climbs it.”",
    ]


def test_articles_of_the_same_name_in_two_folders_are_two_sources() -> None:
    other = replace(CITATION, number=2, root="more")
    shown = terminal(replace(ANSWER, citations=(CITATION, other)), 200).plain
    assert shown.count("000_x.txt") == 2


def test_every_form_says_lead_words_number_and_note() -> None:
    for name, form in forms.items():
        text = Reader(form(ANSWER)).text if name == "html" else form(ANSWER)
        for words in ("The Gazette, 17 August 2023:", "keeps the lighthouse.", "1", "One was dropped."):
            assert words in text, name


def test_a_quote_that_begins_with_a_quotation_mark_shows_no_second() -> None:
    spoken = replace(CITATION, quote="“I keep it,” said Ida Venn.")
    assert "2023 · “I keep it,” said Ida Venn." in markdown(replace(ANSWER, citations=(spoken,)))
    assert "““" not in "".join(form(replace(ANSWER, citations=(spoken,))) for form in forms.values())


def test_a_sentence_that_is_not_borne_out_is_marked_and_has_no_footnote() -> None:
    for name, form in forms.items():
        assert "not supported" in form(ANSWER), name
    assert html(ANSWER).count('class="cite"') == 1


def test_an_unchecked_sentence_says_so() -> None:
    answer = replace(ANSWER, sentences=(replace(DOUBTFUL, support="unchecked"),))
    assert all("unchecked" in form(answer) for form in forms.values())


def test_a_refusal_says_what_was_found_instead() -> None:
    for name, form in forms.items():
        for words in ("The articles do not say.", "Closest passages", "Where is the lighthouse?"):
            assert words in form(REFUSAL), name
    assert '<li id="cite-3-1"' in html(REFUSAL, 3)


def test_what_else_the_articles_say_stands_below_with_numbers_of_its_own() -> None:
    assert terminal_more(MORE, 200).plain.splitlines() == [
        "More from the articles:",
        "1. 001_y.txt · The Gazette · 17 August 2023",
        "   “The lamp is lit at five.”",
    ]
    assert "More from the articles:\n\n1. 001\\_y.txt · The Gazette · 17 August 2023 · “The lamp" in markdown(MORE)
    assert '<details><summary>More from the articles</summary><ol class="footnotes"><li id="more-4-1">' in html(MORE, 4)


def test_what_else_the_articles_say_is_no_part_of_the_answer_in_the_terminal() -> None:
    assert terminal(MORE).plain == terminal(ANSWER).plain


def test_a_question_understood_otherwise_is_shown() -> None:
    assert "Interpreted as “Who keeps it?”" in terminal(replace(ANSWER, asked_as="Who keeps it?")).plain


def test_a_question_differing_in_spaces_only_is_not_interpreted() -> None:
    assert "Interpreted" not in html(replace(ANSWER, question="  Who? "))


def test_a_day_asked_for_is_named() -> None:
    assert "As of 1 September 2023" in terminal(replace(ANSWER, as_of="2023-09-01")).plain


def test_the_answering_words_are_emphasised() -> None:
    assert "**Ida Venn** keeps" in markdown(ANSWER)
    assert "<strong>Ida Venn</strong> keeps" in html(ANSWER)
    assert any(span.style == "bold" for span in terminal(ANSWER).spans)


def test_each_chip_links_to_its_footnote() -> None:
    assert Reader(html(ANSWER, 4)).links == ["#cite-4-1"]
    assert '<li id="cite-4-1">' in html(ANSWER, 4)


@given(wild)
def test_a_terminal_line_fits_and_carries_no_control_character(words: str) -> None:
    plain = terminal(wild_answer(words), 60).plain + terminal_more(wild_answer(words), 60).plain
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in plain.replace("\n", ""))
    assert "\u202e" not in plain
    assert all(cell_len(line) <= 60 for line in plain.split("\n"))


@given(wild)
def test_html_shows_the_words_and_adds_no_tag_of_theirs(words: str) -> None:
    page = html(wild_answer(words))
    read = Reader(page)
    assert read.tags <= {"a", "details", "div", "em", "li", "ol", "p", "q", "span", "strong", "summary"}
    assert clean(words) in read.text
    assert all(link.startswith("#cite-") for link in read.links)


@given(wild)
def test_html_is_one_block_for_a_markdown_parser(words: str) -> None:
    page = html(wild_answer(words))
    tokens = MarkdownIt("commonmark").parse(page)
    assert [token.type for token in tokens] == ["html_block"]


@given(wild)
def test_inert_text_survives_a_markdown_parser_as_text(words: str) -> None:
    rendered = MarkdownIt("commonmark").render(f"<div>{inert(words)}</div>")
    assert Reader(rendered).text.strip() == clean(words).strip()


@given(wild)
def test_markdown_holds_no_link_image_or_html_of_theirs(words: str) -> None:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown(wild_answer(words)))
    found = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or []}
    expected = {"paragraph_open", "paragraph_close", "inline", "hr", "text", "text_special", "softbreak"}
    expected |= {"ordered_list_open", "ordered_list_close", "list_item_open", "list_item_close"}  # of `more`
    assert found <= expected | {"strong_open", "strong_close", "em_open", "em_close"}


def test_a_footnote_from_a_format_with_pages_names_the_page_in_every_form() -> None:
    answer = replace(ANSWER, citations=(replace(CITATION, path="report.pdf", page=12),))
    for form in forms.values():
        assert "report.pdf, page 12 · The Gazette" in form(answer).replace("\\", "")
    assert "The Gazette, 17 August 2023, page 12: Ida Venn" in html(answer).replace("&#58;", ":")
