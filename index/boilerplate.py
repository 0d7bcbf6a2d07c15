"""Where in a text the article is, its title, and what the lines around it say."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass

from index import notices
from index.article import Span
from index.english.words import plain
from index.metadata import Credit, is_person, read_credit

LONGEST_TITLE = 200  # characters
LONGEST_BIOGRAPHY = 800  # characters
_SENTENCE_BREAK = re.compile(r"[a-z]{3}[.!?][\"'”’]?\s+[A-Z“\"]")
_LETTER = re.compile(r"[^\W_]")


@dataclass(frozen=True)
class Layout:
    """`body`: the spans that are article, ascending and apart, empty when there is no prose.

    `title` is the one that stands in the text outside the body (a text that is nothing else is its own body);
    `credits` is what lines of names and dates say, in order; `opening` holds the first three paragraphs of prose.
    """

    body: tuple[Span, ...]
    title: str | None
    credits: tuple[Credit, ...]
    opening: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    words: str  # without white space and markup around them; "" for a line without letters and digits


def read_layout(
    text: str, *, title: str | None = None, renamed: str | None = None, outside: Collection[int] = frozenset()
) -> Layout:
    """Tell the article from what is around it, line by line; a line that no rule knows is article.

    `title` is the one that the format states (without it the first line may be one), `renamed` what the reader of
    the articles calls it, `outside` the lines (from 0) that the format shows to be no article.
    """
    lines = _lines(text)
    worded = [at for at, line in enumerate(lines) if line.words]
    noticed = {at for at in worded if notices.is_notice(lines[at].words) and not _is_wrapped(lines, at)}
    dropped = noticed | _doubled(lines, worded)
    closed = dropped.union(outside)
    titled = _equal(lines, (title, renamed))
    stop = _stop(lines, closed)
    known = closed | titled
    prose = [at for at in range(stop) if at not in known and _is_prose(lines, at)]
    above = [at for at in range(prose[0] if prose else stop) if lines[at].words] + _byline_below(lines, prose[:2])
    top = min(titled, default=len(lines))
    above = [at for at in above if at >= top or at not in outside]  # without a page's menu, which may have today's date
    own_title, credits, labels = _read_head(lines, above, closed, titled, find=not title)
    below = range(prose[-1] + 1, min(stop + 1, len(lines))) if prose else range(0)
    tail = {at: credit for at in below if (credit := read_credit(lines[at].words)) and not credit.published}
    titled |= own_title
    out = closed.union(titled, credits, labels, tail, range(stop, len(lines)))
    body = _body(lines, out, titled, dropped)
    first = lines[min(titled)] if titled else None
    whole = " ".join(lines[at].words for at in sorted(own_title or {min(titled)})) if first else None
    shown = whole if first and not any(start <= first.start < end for start, end in body) else None
    stated = (*(credits[at] for at in sorted(credits)), *tail.values())
    return Layout(body, shown, stated, tuple(lines[at].words for at in prose[:3]))


def _body(lines: list[_Line], out: set[int], titled: set[int], dropped: set[int]) -> tuple[Span, ...]:
    """What is not out; when that is nothing, all prose; and of a text that is only a title, the title."""
    if spans := _spans(lines, out):
        return spans
    prose = {at for at, line in enumerate(lines) if at not in dropped and notices.is_prose(line.words)}
    return _spans(lines, set(range(len(lines))) - prose) or _spans(lines, out - titled | dropped)


def _lines(text: str) -> list[_Line]:
    lines, at = [], 0
    for raw in text.splitlines(keepends=True):
        bare = raw.strip()
        start = at + len(raw) - len(raw.lstrip())
        words = plain(bare).strip("*_#> \t") if _LETTER.search(bare) else ""
        lines.append(_Line(start, start + len(bare), words))
        at += len(raw)
    return lines


def _is_wrapped(lines: list[_Line], at: int) -> bool:
    """Whether the line is part of a sentence that is wrapped over several lines."""
    before, words, after = (lines[near].words if 0 <= near < len(lines) else "" for near in (at - 1, at, at + 1))
    return _continues(after) or (bool(before) and _continues(words))


def _continues(words: str) -> bool:
    return words[:1].islower() and not words.startswith(("http://", "https://", "www."))


def _is_prose(lines: list[_Line], at: int) -> bool:
    words = lines[at].words
    if not words or (notices.is_prose(words) and not read_credit(words)):
        return bool(words)  # "By Ann Roe Jr." ends as a sentence does
    return " " in words and _is_wrapped(lines, at) and not _is_headline(lines, at)


def _block(lines: list[_Line], at: int) -> range:
    """The lines about `at` between two blank ones."""
    start, stop = at, at + 1
    while start and lines[start - 1].words:
        start -= 1
    while stop < len(lines) and lines[stop].words:
        stop += 1
    return range(start, stop)


def _is_headline(lines: list[_Line], at: int) -> bool:
    """Whether a line is of a headline that goes over two or three lines, above everything else."""
    block = _block(lines, at)
    last = lines[block[-1]].words
    is_top = not any(line.words for line in lines[: block[0]])
    return is_top and len(block) <= 3 and len(last) < LONGEST_TITLE / 2 and not notices.ends_sentence(last)


def _doubled(lines: list[_Line], worded: list[int]) -> set[int]:
    """Captions, which web pages give twice. Of a sentence that a blank line parts from its copy one is kept."""
    found: set[int] = set()
    for first, second in zip(worded, worded[1:], strict=False):
        words = lines[first].words
        if words != lines[second].words or words.count(" ") < 4:
            continue
        is_caption = len(words) <= notices.LONGEST_NOTICE and (second == first + 1 or not notices.ends_sentence(words))
        found |= {first, second} if is_caption else {second}
    return found


def _equal(lines: list[_Line], titles: Collection[str | None]) -> set[int]:
    wanted = {title.casefold() for title in titles if title}
    return {at for at, line in enumerate(lines) if " ".join(line.words.split()).casefold() in wanted}


def _stop(lines: list[_Line], out: set[int]) -> int:
    """The line from which on nothing is article: a comment form, comments, a biography, other articles' titles."""
    ends = notices.ends_sentence
    sizes = [len(line.words) if at not in out and ends(line.words) else 0 for at, line in enumerate(lines)]
    before, after = 0, sum(sizes)
    for at, line in enumerate(lines):
        if at in out and before and _ends(line.words, before, after):
            return at
        before, after = before + sizes[at], after - sizes[at]
    return len(lines)


def _ends(words: str, before: int, after: int) -> bool:
    """What could as well stand in the middle ends the article only when little or nothing follows (in characters)."""
    kind = notices.ending(words)
    if kind == "biography":
        return after <= min(before, LONGEST_BIOGRAPHY)
    return kind == "form" or (kind == "comments" and before >= after) or (kind == "teasers" and not after)


def _read_head(
    lines: list[_Line], head: list[int], out: set[int], titled: set[int], *, find: bool
) -> tuple[set[int], dict[int, Credit], set[int]]:
    """Which of the lines above the article is its title, what those of names and dates say, and which are labels."""
    credits = {at: credit for at in head if at not in titled and (credit := read_credit(lines[at].words))}
    if len(head) > 1 and notices.is_desk(lines[head[1]].words) and is_person(lines[head[0]].words):
        credits[head[0]] = Credit(author=lines[head[0]].words)
    labels = {at for at in head if notices.is_label(lines[at].words)} - credits.keys() - titled
    taken = out | credits.keys() | labels | titled
    open_lines = [at for at in head if at not in taken]
    menu = _menu(lines, open_lines)
    title = min(titled & set(head), default=None)
    if find and title is None:
        first = next((at for at in open_lines if at not in menu), None)
        title = first if first is not None and _is_title(lines, first, out | credits.keys()) else None
    for before, at in zip(head, head[1:], strict=False):
        dated = credits.get(at)
        is_below = title is not None and before > title and before not in out
        if is_below and dated and dated.published and not dated.author and is_person(lines[before].words):
            credits.setdefault(before, Credit(author=lines[before].words))
    if title is None:
        return set(), credits, labels | menu
    parts = _headline_goes_on(lines, title, taken) if title not in titled else []
    wrapped = [at for at in parts if _continues(lines[at].words)]
    return {title, *wrapped}, credits, labels | menu | set(parts)


def _headline_goes_on(lines: list[_Line], title: int, taken: Collection[int]) -> list[int]:
    """The lines right below a headline that are of it, or its subtitle."""
    below = range(title + 1, _block(lines, title).stop)
    return list(itertools.takewhile(lambda at: at not in taken, below))


def _byline_below(lines: list[_Line], prose: list[int]) -> list[int]:
    """The lines between the first two paragraphs, below an introduction, when one is a byline; a day alone is not."""
    between = [at for at in range(prose[0] + 1, prose[-1]) if lines[at].words] if prose else []
    credits = [read_credit(lines[at].words) for at in between]
    return between if any(credit and credit.author for credit in credits) else []


def _menu(lines: list[_Line], open_lines: list[int]) -> set[int]:
    """The lines of one or two words that come first: three of them, or fewer above what can be the title."""
    count = 0
    while count < len(open_lines) and lines[open_lines[count]].words.count(" ") < 2:
        count += 1
    is_above_title = count < len(open_lines) and _is_title(lines, open_lines[count], set())
    return set(open_lines[:count]) if count >= 3 or is_above_title else set()


def _is_title(lines: list[_Line], at: int, out: Collection[int]) -> bool:
    words = lines[at].words
    if below := _headline_goes_on(lines, at, out):
        following = next((at for at in range(below[-1] + 1, len(lines)) if lines[at].words), 0)
        is_credited = following in out and read_credit(lines[following].words) is not None
        if not is_credited or len(below) > 2 or any(notices.ends_sentence(lines[at].words) for at in below):
            return False
    is_paragraph = len(words) > LONGEST_TITLE or (len(words) > LONGEST_TITLE / 2 and _SENTENCE_BREAK.search(words))
    return not is_paragraph and not notices.ends_sentence(words) and words[-1] not in ",:;"


def _spans(lines: list[_Line], out: Collection[int]) -> tuple[Span, ...]:
    """The runs of lines that are not in `out`, from their first to their last character."""
    spans: list[Span] = []
    is_open = False
    for at, line in enumerate(lines):
        if line.words and at not in out:
            spans.append((spans.pop()[0] if is_open else line.start, line.end))
        is_open = at not in out if line.words else is_open
    return tuple(spans)
