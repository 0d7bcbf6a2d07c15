"""From words on pages to a text: sentences run on over columns and pages, heads and marks go."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from index.article import KEPT, Article
from index.english.sentences import sentence_spans
from index.records import ArticleRow
from tests.test_reading import bodies, read_one

Words = tuple[float, float, str]  # from the left, from the top, what is written there
OPENING = "The tide mill at Corrow was bought on Monday by the river trust."
LINES = (
    "The tide mill at Corrow was bought on Monday by the river trust. Its",
    "new owner, who paid 310,000 crowns, will repair the wheel before the",
    "winter. Nobody has ground corn there since 1931, said the miller's",
    "granddaughter. The trust hopes to sell flour to bakers in the county.",
)
WHOLE = " ".join(LINES)
LEFT = (
    "The tide mill at Corrow was bought on",
    "Monday by the river trust. Its owner,",
    "who paid 310,000 crowns for it, will",
)
RIGHT = (
    "repair the wheel before the winter. The",
    "trust hopes to sell flour to bakers in",
    "the county. It will open in two years.",
)
HEADLINE = "The mill at Corrow will turn again"


def drawn(*pages: Sequence[Words], size: float = 11, big: float = 0, **said: Any) -> bytes:
    """A PDF with these words; `big` is the size of the type in which the first ones stand."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4, encrypt=said.pop("encrypt", None))
    for name, value in said.items():
        getattr(canvas, f"set{name.title()}")(value)
    for number, page in enumerate(pages):
        for at, (left, top, words) in enumerate(page):
            canvas.setFont("Helvetica", big if big and not number and not at else size)
            canvas.drawString(left, A4[1] - top, words)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def lines(words: Sequence[str], left: float = 72, top: float = 100) -> list[Words]:
    return [(left, top + 14 * at, line) for at, line in enumerate(words)]


def sentences(article: Article) -> list[str]:
    return [body[start:end] for body in bodies(article) for start, end in sentence_spans(body)]


@pytest.mark.parametrize(
    "margins",
    [
        lambda page: [(72, 30, "CORROW ADVERTISER")],
        lambda page: [(72, 30, "CORROW ADVERTISER"), (400, 30, "2 May 2024")],
        lambda page: [(72, 30, f"Corrow Advertiser, page {page}"), (72, 44, "2 May 2024")],
        lambda page: [(290, 815, str(page))],
        lambda page: [(290, 815, f"- {page} -")],
        lambda page: [(290, 815, f"Page {page} of 3")],
        lambda page: [(290, 815, f"{page}/3")],
        lambda page: [(290, 815, "i" * page)],
        lambda page: [(72, 30, "Corrow Advertiser" if page % 2 else "The tide mill")],
        lambda page: [
            (72, 800, f"Copyright 2024 The Advertiser · {page + 40}"),
            (72, 812, "For readers only."),
        ],
        lambda page: [],
    ],
)
def test_a_sentence_over_a_page_break_is_one_whatever_stands_in_the_margins(
    tmp_path: Path, margins: Any
) -> None:
    pages = [
        [*margins(page + 1), *lines(LINES[cut])]
        for page, cut in enumerate((slice(0, 1), slice(1, 2), slice(2, 4)))
    ]
    article = read_one(tmp_path, "a.pdf", drawn(*pages))
    assert article.text == WHOLE
    assert [article.text[start:].split()[0] for start in article.pages] == ["The", "new", "winter."]


@pytest.mark.parametrize(
    "first", ["Its new owner paid.", "By Ada Quill", "In 1931 the wheel stopped."]
)
def test_a_line_that_only_one_page_has_at_its_edge_is_text(tmp_path: Path, first: str) -> None:
    article = read_one(
        tmp_path, "a.pdf", drawn(lines([first]) + lines(LINES, top=200), lines(LINES[2:]))
    )
    assert first in article.text


def test_lines_that_two_pages_share_but_that_do_not_stand_apart_are_text(tmp_path: Path) -> None:
    page = lines([*LINES, *LINES])
    assert read_one(tmp_path, "a.pdf", drawn(page, page)).text.count("310,000") == 4


def test_a_page_that_holds_nothing_begins_where_the_next_does(tmp_path: Path) -> None:
    article = read_one(tmp_path, "a.pdf", drawn(lines(LINES[:2]), [], lines(LINES[2:])))
    assert article.pages == (0, article.text.index("winter."), article.text.index("winter."))
    row = ArticleRow("r", "a.pdf", "T", None, None, None, None, KEPT, article.pages)
    assert [row.page_at(at) for at in (0, article.pages[1] - 1, article.pages[1])] == [1, 1, 3]


def test_a_format_without_pages_has_no_page_numbers() -> None:
    assert ArticleRow("r", "a.txt", "T", None, None, None, None, "utf-8").page_at(7) is None


@pytest.mark.parametrize(
    ("above", "below", "whole"),
    [
        ("The inter-", "national talks ended.", "The international talks ended."),
        ("A well-", "known baker came.", "A well-known baker came."),
        (
            "He asked the govern-",
            "ments of both to help.",
            "He asked the governments of both to help.",
        ),
        ("The hospi-", "tal was closed.", "The hospital was closed."),
        ("An Anglo-", "Norwegian firm won.", "An Anglo-Norwegian firm won."),
        ("It was Covid-", "19 that closed it.", "It was Covid-19 that closed it."),
        ("His mother-in-", "law objected.", "His mother-in-law objected."),
        ("The de-", "escalation talks failed.", "The de-escalation talks failed."),
        ("The EU-", "funded mill opened.", "The EU-funded mill opened."),
        ("THE PARLIA-", "MENT MET.", "THE PARLIAMENT MET."),
        ("In the years 2019-", "2021 it rained.", "In the years 2019-2021 it rained."),
        ("It closed -", "for the winter.", "It closed - for the winter."),
        ("The Zelkova-", "based firm of Zelkova won.", "The Zelkova-based firm of Zelkova won."),
        (
            "Corrowbrook is near, and Corrow-",
            "brook is far.",
            "Corrowbrook is near, and Corrowbrook is far.",
        ),
    ],
)
def test_a_hyphen_at_the_end_of_a_line_goes_where_it_only_breaks_a_word(
    tmp_path: Path, above: str, below: str, whole: str
) -> None:
    article = read_one(tmp_path, "a.pdf", drawn(lines([above, below])))
    assert article.text == whole


def test_a_word_broken_over_a_page_is_one_and_its_rest_is_on_the_next(tmp_path: Path) -> None:
    article = read_one(
        tmp_path,
        "a.pdf",
        drawn(lines(["The council of Corrow agreed to the inter-"]), lines(["national loan."])),
    )
    assert (
        article.text.endswith("the international loan.")
        and article.text[article.pages[1] :] == "national loan."
    )


def side_by_side(*columns: Sequence[str], gap: float = 215) -> list[list[Words]]:
    return [lines(column, left=72 + gap * at, top=160) for at, column in enumerate(columns)]


@pytest.mark.parametrize("order", ["column by column", "line by line", "right to left"])
def test_columns_are_read_one_after_the_other_however_the_file_draws_them(
    tmp_path: Path, order: str
) -> None:
    left, right = side_by_side(LEFT, RIGHT)
    inside = {"column by column": left + right, "right to left": right + left}
    body = inside.get(order, [words for pair in zip(left, right, strict=True) for words in pair])
    article = read_one(tmp_path, "a.pdf", drawn([(72, 120, HEADLINE), *body], big=20))
    assert (article.title, article.text) == (HEADLINE, f"{HEADLINE}\n\n{' '.join(LEFT + RIGHT)}")


def test_three_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    columns = side_by_side(LEFT, RIGHT, LEFT, gap=150)
    article = read_one(
        tmp_path, "a.pdf", drawn([words for column in columns for words in column], size=7.5)
    )
    assert article.text.replace("\n\n", " ") == " ".join((*LEFT, *RIGHT, *LEFT))


def test_columns_of_an_earlier_page_part_a_short_rest_too(tmp_path: Path) -> None:
    first, second = side_by_side(LEFT, RIGHT), side_by_side(LEFT[:2], RIGHT[1:2])
    article = read_one(tmp_path, "a.pdf", drawn(first[0] + first[1], second[0] + second[1]))
    assert article.text.endswith(" ".join((*LEFT[:2], RIGHT[1])))


def test_a_table_is_read_row_by_row(tmp_path: Path) -> None:
    rows = [
        ("Ward", "Mills", "Crowns"),
        ("Upper Quay", "12", "310,000"),
        ("Weir", "4", "92,500"),
        ("Ford", "1", "8,000"),
    ]
    cells = [
        (72 + 110.0 * at, 200 + 16.0 * row, cell)
        for row, texts in enumerate(rows)
        for at, cell in enumerate(texts)
    ]
    article = read_one(tmp_path, "a.pdf", drawn(lines([OPENING]) + cells))
    assert article.text == "\n\n".join([OPENING, *(" | ".join(row) for row in rows)])


def test_the_points_of_a_list_are_apart_and_each_is_whole(tmp_path: Path) -> None:
    points = [
        (72, 100, "•"),
        (84, 100, "The wheel is to be repaired by a firm from the town of"),
        (84, 114, "Brenmouth in May."),
    ]
    article = read_one(
        tmp_path, "a.pdf", drawn([*points, (72, 128, "•"), (84, 128, "Flour is sold from June.")])
    )
    assert article.text.split("\n\n") == [
        "• The wheel is to be repaired by a firm from the town of Brenmouth in May.",
        "• Flour is sold from June.",
    ]


@pytest.mark.parametrize("how", ["a wider gap", "an indent", "a short last line"])
def test_paragraphs_are_parted_by(tmp_path: Path, how: str) -> None:
    second = lines(
        LINES[:2], left=90 if how == "an indent" else 72, top=200 if how == "a wider gap" else 156
    )
    first = lines([*LINES[:3], "granddaughter." if how == "a short last line" else LINES[3]])
    article = read_one(
        tmp_path, "a.pdf", drawn(first + second[:1] + lines(LINES[1:2], top=second[1][1]))
    )
    assert len(article.text.split("\n\n")) == 2


def test_headings_are_outside_the_body_and_the_largest_is_the_title(tmp_path: Path) -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    for top, size, words in (
        (80, 20, HEADLINE),
        (120, 14, "What it cost"),
        *((150 + 14 * n, 11, LINES[n]) for n in range(4)),
    ):
        canvas.setFont("Times-Roman", size)
        canvas.drawString(72, A4[1] - top, words)
    canvas.save()
    article = read_one(tmp_path, "a.pdf", file.getvalue())
    assert (article.title, bodies(article)) == (HEADLINE, [WHOLE])


def raised(words: Sequence[tuple[str, float]]) -> bytes:
    """A line in 11 points; what is raised is written in 6."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    text = canvas.beginText(72, 700)
    for part, rise in words:
        text.setFont("Times-Roman", 6 if rise else 11)
        text.setRise(rise)
        text.textOut(part)
    canvas.drawText(text)
    canvas.save()
    return file.getvalue()


@pytest.mark.parametrize(
    ("before", "mark", "whole"),
    [
        ("It was bought in 2023", "1", "It was bought in 2023 by the trust."),
        ("The trust", "12", "The trust by the trust."),
        ("It has 40 m", "2", "It has 40 m² by the trust."),
    ],
)
def test_the_mark_of_a_footnote_is_no_part_of_the_number_before_it(
    tmp_path: Path, before: str, mark: str, whole: str
) -> None:
    assert (
        read_one(tmp_path, "a.pdf", raised([(before, 0), (mark, 4), (" by the trust.", 0)])).text
        == whole
    )


def test_a_footnote_at_the_foot_of_a_page_does_not_break_the_sentence_above_it(
    tmp_path: Path,
) -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    for size, words in (
        (11, lines(LINES[:2])),
        (8, lines(["1 Minutes of the trust, page 7."], top=780)),
    ):
        canvas.setFont("Times-Roman", size)
        for left, top, line in words:
            canvas.drawString(left, A4[1] - top, line)
    canvas.showPage()
    canvas.setFont("Times-Roman", 11)
    for left, top, line in lines(LINES[2:]):
        canvas.drawString(left, A4[1] - top, line)
    canvas.save()
    article = read_one(tmp_path, "a.pdf", file.getvalue())
    assert WHOLE in article.text and "Minutes of the trust" in article.text


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_page_that_lies_on_its_side_is_read_upright_and_a_stamp_across_it_is_not(
    tmp_path: Path, angle: int
) -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A4)
    canvas.translate(A4[0] / 2, A4[1] / 2)
    canvas.rotate(angle)
    for left, top, line in lines(LINES):
        canvas.drawString(left - 250, 100 - top, line)
    canvas.rotate(45)
    canvas.drawString(0, 0, "DRAFT")
    canvas.save()
    assert read_one(tmp_path, "a.pdf", file.getvalue()).text == WHOLE
