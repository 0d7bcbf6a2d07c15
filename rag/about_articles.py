"""Questions about the articles themselves, which the catalog answers; greetings; questions in another language."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.catalog import Snapshot
from index.english.dates import written_day
from index.english.names import named_in
from index.english.sentences import sentence_spans
from index.english.words import fold, stems
from index.records import ArticleRow, Filters, Passage
from rag.answer import counted
from rag.question import clean_question

Find = Callable[[str], ArticleRow | None]  # the article that tells most of a topic, if any does
LISTED = 8  # articles that an answer names
_EXAMPLE = "What are these articles about?"
_LOOSE = (  # what means the articles, unless the question before asked them for something else
    (r"\b(?:stories|pieces|texts|documents|files|reports|they|them|the ones)\b", "articles"),
    (r"\bhow many (?=are there$|do you have$)", "how many articles "),
    (r"\b(?:one|story|piece)\b", "article"),
    (r"^what is (?:new|the latest(?: news)?)$", "what is the newest article"),
)


@dataclass(frozen=True)
class Reply:
    """What is said without the articles' sentences, the articles it names, and whether the question was understood."""

    text: str
    articles: tuple[ArticleRow, ...] = ()
    suggestion: str | None = None
    is_understood: bool = True


def catalog_reply(question: str, before: str, filters: Filters, snapshot: Snapshot, find: Find) -> Reply | None:
    """What the catalog says to a question, asked after the one `before` ("": none); None for one to the articles."""
    if reply := language_reply(question):
        return Reply(reply, is_understood=False)
    kind, said = recognised(question, before)
    if not kind:
        return None
    if kind in ("help", "thanks"):
        return _helped(kind, len(snapshot.article_rows()))
    rows = sorted(snapshot.article_rows(filters), key=lambda row: row.published or "", reverse=True)
    name, rows = _named(said["name"], rows) if "name" in said else ("", rows)
    if kind == "one":
        return _who_wrote(said, rows, find)
    limits = " within these limits" if filters != Filters() else ""
    what = f"{counted(len(rows), 'article')}{name and f' by {name}'}{limits}"
    tell = {"all": _listed, "publisher": _grouped, "author": _grouped}.get(kind, _newest)
    text, named = tell(kind, rows, what)
    return Reply(text, tuple(named[:LISTED])) if rows else None


def stands_apart(question: str) -> bool:
    """Whether a turn is a greeting, thanks or in another language: nothing that follows refers to it."""
    return recognised(question)[0] in ("help", "thanks") or language_reply(question) is not None


def recognised(question: str, before: str = "") -> tuple[str, Mapping[str, str]]:
    """The kind of a question about the articles ("": it is none), and the "name", "topic" or "title" in it.

    >>> recognised("Who wrote the one on the strike?"), recognised("Who wrote the letter to Zarif?")
    (('one', {'topic': 'the strike'}), ('', {}))
    """
    text = clean_question(question).replace("’", "'").strip(" ?!.…")
    text = re.sub(r"\b(what|who|where|when|how)'(?:s|re)\b", r"\1 is", text, flags=re.I)
    loose = re.sub(r"\bthe one(?= (?:on|about)\b)", "the article", text, flags=re.I)
    if not before or recognised(before)[0]:
        for pattern, meant in _LOOSE:
            loose = re.sub(pattern, meant, loose, flags=re.I)
    for kind, expression in _wordings():
        if found := expression.fullmatch(text) or expression.fullmatch(loose):
            return kind, {name: value for name, value in found.groupdict().items() if value}
    return "", {}


def language_reply(question: str) -> str | None:
    """That English is understood for now, in the question's language by its function words; None for English."""
    text = fold(question)
    words = re.findall(r"[\u4e00-\u9fff]|[^\W\d_]+", text)
    is_asking = any(sign in text for sign in "?¿؟;")
    replies = {}
    for asks, others, foreign, reply in _languages():
        hits = sum(word in asks | others for word in words)
        if hits and not asks:  # English
            return None
        is_it = hits > 1 or asks.issuperset(words) or (is_asking and words[0] in asks)
        if is_it and asks.intersection(words) and not foreign.intersection(text):
            replies[hits] = reply
    letters = "".join(words)
    if not replies and is_asking and sum(letter.isascii() for letter in letters) < len(letters) / 2:
        return _languages()[0][-1]
    return replies[max(replies)] if replies else None


def first_words(row: ArticleRow, snapshot: Snapshot) -> Passage:
    """The first sentence of an article."""
    article = snapshot.article(row.root, row.path)
    assert article is not None
    start, end = next(iter(article.body), (0, len(article.text)))
    start, end = next(iter(sentence_spans(article.text, start, end)), (start, end))
    return Passage(0, row, start, end, article.text[start:end])


def _helped(kind: str, articles: int) -> Reply:
    if kind == "thanks":
        return Reply("You are welcome. Ask whatever else you want to know.")
    if not articles:
        return Reply("Footnote answers questions from articles. There are none yet: run `rag index FOLDER`.")
    text = f"Footnote answers questions from the {counted(articles, 'article')} here, with footnotes to the exact text."
    return Reply(f"{text} You can also ask “{_EXAMPLE}” or “What is the newest article?”.", suggestion=_EXAMPLE)


def _listed(_: str, rows: Sequence[ArticleRow], what: str) -> tuple[str, Sequence[ArticleRow]]:
    days = [written_day(row.published) for row in rows if row.published]
    publishers = {row.publisher for row in rows if row.publisher}
    parts = [f"There {'is' if len(rows) == 1 else 'are'} {what}"]
    parts += [f"from {len(publishers):,} publishers"] if len(publishers) > 1 else []
    parts += [f"published from {days[-1]} to {days[0]}" if days[-1] != days[0] else f"dated {days[0]}"] if days else []
    parts += [f"{len(rows) - len(days):,} without a date"] if len(days) < len(rows) else []
    return f"{', '.join(parts)}.{f' The newest {LISTED} are listed below.' * (len(rows) > LISTED)}", rows


def _newest(kind: str, rows: Sequence[ArticleRow], what: str) -> tuple[str, Sequence[ArticleRow]]:
    dated = [row for row in rows if row.published]
    if not dated:
        return f"No date is known for any of {what}.", rows
    ends = [row for row in dated if row.published == dated[0 if kind == "newest" else -1].published]
    titles = " and ".join(f"“{row.title}”" for row in ends[:LISTED])
    other = "newer" if kind == "newest" else "older"
    undated = f" {counted(len(rows) - len(dated), 'article')} without a date may be {other}." if dated != rows else ""
    return f"The {kind} of {what}: {titles} ({written_day(ends[0].published)}).{undated}", ends


def _grouped(kind: str, rows: Sequence[ArticleRow], what: str) -> tuple[str, Sequence[ArticleRow]]:
    """The publishers or authors, those of most articles first, and the newest article of each."""
    newest = {getattr(row, kind): row for row in reversed(rows)}
    counts = Counter(name for row in rows if (name := getattr(row, kind)))
    if not counts:
        return f"No {kind} is named in {what}.", rows
    named = ", ".join(f"{name} ({count:,})" for name, count in counts.most_common())
    nameless = f"; none is named in {len(rows) - counts.total():,}" if counts.total() < len(rows) else ""
    shown = [newest[name] for name, _ in counts.most_common()]
    return f"{counted(len(counts), kind)} in {what}: {named}{nameless}.", shown


def _who_wrote(said: Mapping[str, str], rows: Sequence[ArticleRow], find: Find) -> Reply | None:
    """Author, outlet and day of the articles that have this title, or that are on this topic by title or by text."""
    wanted = set(stems(said.get("title") or said["topic"]))
    titles = {row: set(stems(row.title)) for row in rows} if wanted else {}
    titled = [row for row, title in titles.items() if wanted == title or ("topic" in said and wanted < title)][:LISTED]
    if not titled and "topic" in said and (found := find(said["topic"])):
        titled = [found]
    sentences = [
        f"“{row.title}” ({row.publisher or 'no publisher named'}, {written_day(row.published)})"
        f" {f'is by {row.author}' if row.author else 'names no author'}"
        for row in titled
    ]
    return Reply(f"{'; '.join(sentences)}.", tuple(titled)) if titled else None


def _named(name: str, rows: Sequence[ArticleRow]) -> tuple[str, list[ArticleRow]]:
    """An outlet or author of this name, as the articles have it, and its articles."""
    publishers = tuple(dict.fromkeys(row.publisher for row in rows if row.publisher))
    plain = fold(name).removeprefix("the ")
    for whole in (*publishers, *dict.fromkeys(row.author for row in rows if row.author)):
        found = named_in(whole, name, publishers) if whole in publishers else None
        if fold(whole).removeprefix("the ") == plain or (found and found.group() == name):
            return whole, [row for row in rows if whole in (row.publisher, row.author)]
    return name, []


@cache
def _wordings() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """(kind, what a whole question of it is), as the file beside this one has them."""
    lines = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    parts = dict(line.split(" = ", 1) for line in lines if " = " in line)

    def whole(expression: str) -> str:
        return re.sub(r"[A-Z]{3,}", lambda part: whole(parts[part[0]]), expression)

    pairs = (line.split(": ", 1) for line in lines if re.match(r"[a-z]+: ", line))
    return tuple((kind, re.compile(whole(f"(?:POLITE)(?:{said})(?:LATER)"), re.I)) for kind, said in pairs)


@cache
def _languages() -> tuple[tuple[frozenset[str], frozenset[str], frozenset[str], str], ...]:
    """Of each language, English first: words that ask, other function words, letters it lacks, what it is told."""
    read = json.loads(Path(__file__).with_name("languages.json").read_text(encoding="utf-8"))
    sets = ([frozenset(fold(of[key]).split()) for key in ("asks", "rest")] for of in read.values())
    return tuple((*two, frozenset(of.get("not", "")), of["reply"]) for two, of in zip(sets, read.values(), strict=True))
