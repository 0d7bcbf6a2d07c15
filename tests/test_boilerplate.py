"""Which lines are article: captions, menus, forms and credits go, prose stays."""

from __future__ import annotations

import time

import pytest

from index.boilerplate import Layout, read_layout
from index.notices import is_notice

TITLE = "Storm floods the harbour town of Bodo"
FIRST = "A storm flooded the harbour on Thursday, the mayor told reporters."
SECOND = "Two hundred people slept in the school, and more rain is expected."


def body(text: str, **known: str) -> list[str]:
    return [text[start:end] for start, end in read_layout(text, **known).body]  # type: ignore[arg-type]


def page(*blocks: str) -> str:
    return "\n\n".join(blocks) + "\n"


def authors(layout: Layout) -> list[str]:
    return [credit.author for credit in layout.credits if credit.author]


@pytest.mark.parametrize(
    "line",
    """Advertisement|728 x 90|300×250|Read more:|Read More|Related: Harbour to be rebuilt|Also read: The mayor resigns
    Share this:|Facebook Twitter WhatsApp|Sign up|Subscribe now|Sign up for our newsletter|NEWSLETTER|Getty Images
    Subscribe to our newsletter for daily updates.|Get the latest updates delivered to your inbox.|Image of the harbour
    Profile picture of Jane Doe|Photo: Jim Poe|(Photo by Jim Poe/Getty Images)|FILE PHOTO: The harbour in May|3 min read
    The harbour at dawn. Jim Poe/AFP via Getty Images|FILE - The harbour in May. (AP Photo/Jim Poe, File)|Image: AFP
    © 2023 The Daily Post|Copyright 2023 The Daily Post. All rights reserved.|All rights reserved.|Comments|3 Comments
    We use cookies to improve this site.|This website uses cookies.|Accept all cookies|Leave a Comment|Leave a Reply
    Your email address will not be published.|Source: The Daily Post|Tags: storm, Norway
    Reporting by Jane Doe|(Reporting by Jane Doe; Editing by Jim Poe)|Follow The Daily Post on Telegram|Privacy Policy
    Skip to content|Tweet|#storm #norway|Click to share on Facebook (Opens in new window)""".replace(
        "\n    ", "|"
    ).split("|")
    + ["Home | News | Sport | Weather", "Home > News > Norway"],
)
def test_line_is_no_article(line: str) -> None:
    assert is_notice(line)


@pytest.mark.parametrize(
    "line",
    [
        "He told them to subscribe to the newsletter.",
        "Subscribe to the newsletter, he told them, and you will hear more.",
        "The advertisement was pulled after complaints.",
        "Comments by the minister drew anger.",
        "Photographs of the prisoners were published on Monday.",
        "Photo of the president was burned by a crowd in the main square of the city.",
        "All rights of the tenants were reserved by the court, the lawyer said.",
        "Copyright law was changed in 2019.",
        "Read more books, the president told the students.",
        "Sources close to the mayor said that he would resign.",
        "Share prices fell by 3 percent.",
        "Related crimes have risen: police counted thirty.",
        "More: that is what people want, he said.",
        "Author Jane Doe was attacked on a stage in Oslo.",
        "Reporting by the Daily Post showed that the mayor knew.",
        "Sign-ups for military service have fallen, the general said.",
        "Talks resumed in Vienna on Monday. (Reuters)",
        "Cookies were sold at the fair.",
        "Follow the money, he told reporters on Twitter.",
        "Search and rescue teams worked all night.",
        "The topics: the war, the economy and oil.",
        "A total of 300 x 250 boxes were shipped.",
        "| Bodo | 12 | 14 |",
    ],
)
def test_sentence_with_such_words_is_article(line: str) -> None:
    assert not is_notice(line)


def test_title_byline_and_day_stand_above_the_body() -> None:
    layout = read_layout(page(TITLE, "By Jane Doe", "August 17, 2023", FIRST, SECOND))
    assert layout.title == TITLE
    assert [(credit.author, credit.published) for credit in layout.credits] == [
        ("Jane Doe", None),
        (None, "2023-08-17"),
    ]


def test_body_runs_from_first_to_last_character_over_blank_lines() -> None:
    assert body(page(TITLE, FIRST, "\u00a0", SECOND)) == [f"{FIRST}\n\n\u00a0\n\n{SECOND}"]


def test_notice_in_the_middle_parts_the_body() -> None:
    assert body(page(FIRST, "Advertisement", SECOND)) == [FIRST, SECOND]


def test_read_more_goes_and_what_follows_stays() -> None:
    assert body(page(FIRST, "Read more:", SECOND)) == [FIRST, SECOND]


def test_everything_after_a_comment_form_goes() -> None:
    assert body(page(FIRST, "Leave a Reply", "I liked this article very much indeed.")) == [FIRST]


def test_link_to_the_comment_form_above_the_article_goes_alone() -> None:
    assert body(page(TITLE, "Leave a comment", FIRST, SECOND)) == [f"{FIRST}\n\n{SECOND}"]


def test_comments_go_when_the_article_is_behind_them() -> None:
    assert body(page(FIRST, SECOND, "Comments", "I liked this very much.")) == [f"{FIRST}\n\n{SECOND}"]


def test_article_after_a_link_to_comments_stays() -> None:
    assert body(page(FIRST, "12 Comments", SECOND, SECOND + " Again.", FIRST + " Again."))[0] == FIRST
    assert body(page(FIRST, "12 Comments", SECOND, SECOND + " Again.", FIRST + " Again."))[1].startswith(SECOND)


def test_biography_at_the_end_goes_and_names_the_author() -> None:
    text = page(TITLE, FIRST, SECOND, "Author Jane Doe", "Jane Doe is a reporter who lives in Oslo.", "NEWSLETTER")
    assert body(text) == [f"{FIRST}\n\n{SECOND}"]
    assert authors(read_layout(text)) == ["Jane Doe"]


def test_name_between_title_and_day_is_the_author() -> None:
    assert authors(read_layout(page(TITLE, "Jane Doe", "Feb. 20, 2024 • 3 min read", FIRST))) == ["Jane Doe"]


def test_byline_below_an_introduction_is_read() -> None:
    text = page(TITLE, FIRST, "By Jane Doe", "17 August 2023", SECOND)
    assert body(text) == [FIRST, SECOND]
    assert [credit.published for credit in read_layout(text).credits] == [None, "2023-08-17"]


def test_day_that_heads_a_section_stays_in_the_body() -> None:
    text = page(TITLE, FIRST, "July 4, 2021", SECOND)
    assert body(text) == [f"{FIRST}\n\nJuly 4, 2021\n\n{SECOND}"]
    assert read_layout(text).credits == ()


def test_subheading_and_list_stay_in_the_body() -> None:
    text = page(TITLE, FIRST, "What happens next", "• Bodo: 12\n• Oslo: 3", SECOND)
    assert body(text) == [text[len(TITLE) :].strip()]


@pytest.mark.parametrize("above", ["News", "News\n\nNorway", "Home\nNews\nSport\nContact"])
def test_section_labels_and_menus_above_the_title_go(above: str) -> None:
    layout = read_layout(page(above, TITLE, FIRST))
    assert layout.title == TITLE
    assert body(page(above, TITLE, FIRST)) == [FIRST]


def test_first_line_that_is_a_sentence_is_no_title() -> None:
    assert read_layout(page(FIRST, SECOND)).title is None


def test_first_line_of_a_wrapped_paragraph_is_no_title() -> None:
    assert read_layout("A storm flooded the harbour and\nthe school of the town.\n").title is None


def test_title_may_end_in_initials() -> None:
    assert (
        read_layout(page("Norway signs a treaty with the U.S.", FIRST)).title == "Norway signs a treaty with the U.S."
    )


def test_repeated_title_line_goes() -> None:
    assert body(page(TITLE, FIRST, TITLE, SECOND), title=TITLE) == [FIRST, SECOND]


def test_first_line_stays_when_the_title_is_known_from_elsewhere() -> None:
    assert body(page("A heading of a section", FIRST), title=TITLE) == [f"A heading of a section\n\n{FIRST}"]


def test_doubled_caption_goes() -> None:
    assert body(page(TITLE, "The harbour of Bodo in May\nThe harbour of Bodo in May", FIRST)) == [FIRST]


def test_of_a_doubled_paragraph_one_stays() -> None:
    assert body(page(FIRST, FIRST, SECOND)) == [FIRST, SECOND]


def test_wrapped_sentence_with_such_words_stays_whole() -> None:
    text = (
        "A storm flooded the harbour of the town, and people who\nsubscribe to the newsletter\nwere told of it first.\n"
    )
    assert body(text) == [text.strip()]


def test_time_to_read_grows_with_the_text_and_not_with_its_square() -> None:
    began = time.perf_counter()
    read_layout(page(*(f"{FIRST} {number}.\n\nAdvertisement" for number in range(10_000))))
    assert time.perf_counter() - began < 5


def test_teasers_at_the_end_go() -> None:
    assert body(page(FIRST, "Related articles", "Another storm", "A third storm")) == [FIRST]


def test_prose_is_kept_when_the_rules_would_leave_nothing() -> None:
    assert body(page(TITLE, f"{FIRST}"), title=FIRST, renamed=TITLE) == [FIRST]


@pytest.mark.parametrize(
    "text", ["", " \n\u00a0\n", "News\n", "Leave a Reply\n\nYour email address will not be published."]
)
def test_text_without_prose_has_no_body(text: str) -> None:
    assert body(text) == []


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028"])
def test_every_kind_of_line_end_parts_lines(newline: str) -> None:
    text = newline.join([TITLE, "", FIRST, "", "Advertisement", "", SECOND])
    assert body(text) == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("head", "author"),
    [
        (f"{TITLE}\nBy Olaf T. Roe Jr.\nMarch 5, 2024", "Olaf T. Roe Jr"),
        (f"{TITLE}\n\nBy Ida Moss, Ph.D.\n\nMarch 5, 2024", "Ida Moss"),
        (f"{TITLE}\nBy IDA MOSS\nPUBLISHED: March 5, 2024 at 8:00 a.m. | UPDATED: March 9, 2024 at 9 a.m.", "IDA MOSS"),
        (f"{TITLE}\nBy Ida Moss | imoss@post.example | The Post\nUPDATED: March 5, 2024 at 8:00 p.m.", "Ida Moss"),
        (f"{TITLE}\nPosted 8:15 a.m. Tuesday, March 5, 2024\nBy Ida Moss", "Ida Moss"),
        (f"{TITLE}\nQuay closed; residents angry\nBy Ida Moss\nMarch 5, 2024", "Ida Moss"),
        (f"{TITLE}\nQuay closed; residents angry\n\nBy Ida Moss\n\n5 March 2024", "Ida Moss"),
        ("Storm floods the\nharbour town of Bodo\n\nBy Ida Moss\n\nMarch 5, 2024", "Ida Moss"),
        (f"{TITLE}\nBy Ida Moss\nStaff Writer\nMarch 5, 2024\nUpdated 10:02 a.m.", "Ida Moss"),
        (f"{TITLE}\nMarch 5, 2024 / 8:00 AM EST / By Ida Moss", "Ida Moss"),
    ],
)
def test_head_of_a_text_is_read_and_left_out(head: str, author: str) -> None:
    text = page(head, FIRST, SECOND)
    layout = read_layout(text)
    assert (layout.title, authors(layout)[0].rstrip(".").replace(", Ph.D", "")) == (TITLE, author)
    assert [credit.published for credit in layout.credits if credit.published] == ["2024-03-05"]
    assert body(text) == [f"{FIRST}\n\n{SECOND}"]


@pytest.mark.parametrize(
    "opening",
    [
        "The quay is\nclosed to all\nships until May.",  # a paragraph wrapped by hand
        "Roses are red\nViolets are blue\nThe quay is shut\nAnd so are you",
        "By then the quay had been closed for two days.",
        "Published figures show that 12 ships came at 8:00 p.m.",
    ],
)
def test_text_that_opens_like_a_head_stays(opening: str) -> None:
    assert body(page(opening, FIRST)) == [f"{opening}\n\n{FIRST}"]
