"""A conversation: a follow-up becomes a question that stands alone, and takes the one path."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

from rag.answer import Answer, Shown, Turn
from rag.answering import Asked
from rag.awaiting import in_thread, last_of
from rag.names import unlike_a_person
from rag.phrases import AUXILIARIES, PREPOSITIONS, TELLING, Noun, nouns, ranked, without_date
from rag.question import checked_question, clean_question, stems, understand

Stream = Callable[[Asked], Iterator[Shown | Answer]]
Rewrite = Callable[[str, Sequence[Turn]], str | None]  # a follow-up as a question of its own, or None
_OPENING = re.compile(r"^(?:(?:and|but|so|also|then|ok|okay|or|yes|no|thanks)\b[ ,:.!]*)+", re.I)
_ABOUT = re.compile(r"^(?:what|how) about (?P<new>.+?)\W*$", re.I)
_BARE = re.compile(
    r"^(?:(?:for|by|with|to|from|since|on|in) )?(?:who|whom|when|where|why|how(?: long| often| come| so)?"
    r"|(?:what|which)(?: purpose| reason| day| year| place)?)\W*$", re.I,
)  # fmt: skip
_BESIDE = re.compile(r"^(?:in )?the (?:(?P<back>previous year|year before)|next year|year after)\W*$", re.I)
_RELATIVE = re.compile(r"^(?:(?:in |during )?(?:this|last|next) (?:year|month|week)|today|yesterday|now)\W*$", re.I)
_PRONOUN = re.compile(
    r"\b(?:(?P<person>he|she|him|her|his|hers)|(?P<many>they|them|theirs?)|(?P<thing>it[’']?s?))\b", re.I
)
_POSSESSIVE = re.compile(r"(?:his|hers|theirs?|it[’']?s|her (?!(?:in|at|to|on|for|by|about)\b)\w)", re.I)
_CLAUSE = re.compile(
    r"(?:,|\b(?:and|but|if|because|says?|said|claims?)) "
    rf"(?:(?:that|why|when|how|what|{'|'.join(AUXILIARIES)}) )*$"
)
_EVENT = re.compile(
    r"\b(?:like|do|done|confirm\w*|den(?:y|ied)) it\b|\bit (?:happen|take|took|true|possible|likely)", re.I
)
_THERE = re.compile(r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b(?! (?:is|are|was|were|any|to)\b)", re.I)
_ONES = re.compile(r"\b(?!no|any|every|some|only|the|this|that|which)\w+ (?P<one>ones?)\b", re.I)


class Chat:
    """Keeps the turns of a conversation. `ask` drains `stream`.

    A follow-up is understood by `rewrite` (a language model), and by rule where there is none or it fails.
    """

    def __init__(self, stream: Stream, turns: Sequence[Turn] = (), rewrite: Rewrite | None = None) -> None:
        self._stream, self._rewrite = stream, rewrite
        self.turns: tuple[Turn, ...] = tuple(turns)

    def ask(self, question: str) -> Answer:
        """The answer to a question, understood after the turns before it."""
        return next(event for event in self.stream(question) if isinstance(event, Answer))

    async def aask(self, question: str) -> Answer:
        """As `ask`, without blocking the event loop."""
        return await last_of(self.astream(question))

    def astream(self, question: str) -> AsyncGenerator[Shown | Answer, None]:
        """As `stream`, without blocking the event loop. Closing it early stops the work."""
        return in_thread(lambda: self.stream(question))

    def stream(self, question: str) -> Iterator[Shown | Answer]:
        """Each sentence as it passes, then the Answer; `asked_as` says how the question was understood."""
        question = checked_question(question)
        rewritten = self._rewrite(question, self.turns) if self._rewrite and self.turns else None
        requests = 2 if self._rewrite and self.turns else 3
        standalone = rewritten or stand_alone(question, self.turns)
        for event in self._stream(Asked(question, standalone, requests=requests)):
            if isinstance(event, Answer):
                self.turns = (*self.turns, Turn(question, event))
            yield event


def stand_alone(question: str, turns: Sequence[Turn]) -> str:
    """The question as it would be asked alone, by rule; unchanged when it needs nothing from before.

    What was left out is taken from the question before; a pronoun, or a noun that lacks its "of", takes
    what is spoken of; a question with a subject of its own is left alone.
    """
    text = clean_question(question)
    bare = _OPENING.sub("", text)
    if not turns or not bare:
        return text
    found = _from_last(bare, turns[-1].answer.asked_as, is_opened=bare != text)
    if found is None and (spoken := _spoken_of(turns)):
        found = _substituted(bare, spoken) or _named(bare, spoken) or _attached(bare, spoken[0])
    return found[:1].upper() + found[1:] if found else text


def _from_last(bare: str, last: str, *, is_opened: bool) -> str | None:
    """The last question, with what a "Why?", "And in 2022?" or "What about Oslo?" puts in the place of its like."""
    asked, ended, about = understand(bare), bare.rstrip(" ?."), _ABOUT.match(bare)
    if _BARE.match(bare):
        again = re.sub(rf"^(?:when|where|why|how) (?=(?:{'|'.join(AUXILIARIES)})\b)", f"{ended} ", last, flags=re.I)
        return again if again != last else f"{ended}? ({last})"
    if (beside := _BESIDE.match(bare)) and (years := re.findall(r"\b(?:19|20)\d\d\b", last)):
        return last.replace(years[-1], str(int(years[-1]) + (-1 if beside["back"] else 1)))
    if (asked.days and not stems(without_date(bare))) or _RELATIVE.match(bare):
        return f"{without_date(last)} {ended[:1].lower() + ended[1:]}?"
    new = about["new"] if about else ended if is_opened and len(ended.split()) < 5 else ""
    if new.partition(" ")[0].lower() in PREPOSITIONS:
        like = re.search(rf"\b{new.split()[0]} (?:(?:the|an?) )?\w+(?: [A-Z]\w+)*(?=\W*$)", last)
        return last[: like.start()] + new + last[like.end() :] if like else f"{last.rstrip(' ?.')} {new}?"
    own, old = nouns(new), next((noun for noun in nouns(last) if noun.is_name), None)
    if old and len(own) == 1 and own[0].is_name and own[0].full == new:
        return last[: old.start].removesuffix("the ") + new + last[old.end :]
    return None


def _substituted(bare: str, spoken: Sequence[Noun]) -> str | None:
    """The question with what is spoken of in the place of its pronouns and of "there"."""
    found, seen = bare, set[object]()
    for match in () if _EVENT.search(bare) else _PRONOUN.finditer(bare):
        noun = _referent(bare, match, spoken)
        if noun is None or match.lastgroup in seen or noun in seen:
            continue
        seen |= {match.lastgroup, noun}
        name = f"{noun.text}s" if match["many"] and noun.determiner in ("a", "an") else noun.full
        if _POSSESSIVE.match(bare, match.start()):
            name += "’" if name.endswith("s") and (noun.is_plural or match["many"]) else "’s"
        found = re.sub(rf"\b{match.group()}\b", name.replace("\\", ""), found, count=1)
    place = next((noun for noun in spoken if noun.is_place), None)
    found = _THERE.sub(f"in {place.full}", found, count=1) if place else found
    return found if found != bare else None


def _referent(bare: str, match: re.Match[str], spoken: Sequence[Noun]) -> Noun | None:
    """What a pronoun stands for; None where its noun stands before it in the same question."""
    before, word = bare[: match.start()], match.group().lower()
    if match["person"]:
        is_bound = word in ("he", "she", "his") and any(noun.is_person for noun in nouns(before))
        return None if is_bound else next((noun for noun in spoken if noun.is_person), None)
    if word != "them" and _CLAUSE.search(before) and nouns(before):
        return None
    things = [noun for noun in spoken[:4] if not (noun.is_person and " " in noun.text) or noun.is_plural]
    if match["many"] and things and things[0].determiner in ("a", "an"):
        return things[0]
    found = next((noun for noun in things if noun.is_plural == bool(match["many"])), None)
    if match["many"]:
        return found or next((noun for noun in things[:1] if noun.text[0].isupper() or noun.determiner != "the"), None)
    return found or (None if spoken[0].is_plural and spoken[0].is_name else spoken[0])


def _named(bare: str, spoken: Sequence[Noun]) -> str | None:
    """The question with a noun made plain: "the other ones", a surname, "the city"."""
    if (ones := _ONES.search(bare)) and not spoken[0].is_name:
        kind = spoken[0].text.removesuffix("s") + ("s" if ones["one"] == "ones" else "")
        return bare[: ones.start("one")] + kind + bare[ones.end() :]
    for noun in nouns(bare):
        if noun.determiner not in ("", "the", "this", "that", "these", "those") or bare.startswith(" of ", noun.end):
            continue
        if other := next((other for other in spoken if _is_short_for(noun, other)), None):
            start = noun.start - (len(noun.determiner) + 1 if noun.determiner else 0)
            return bare[:start] + other.full + bare[noun.end :]
    return None


def _is_short_for(noun: Noun, other: Noun) -> bool:
    word, text = noun.text.lower(), other.text.lower()
    if noun.determiner:
        is_kind = other.is_place and word in ("area", "city", "country", "region", "town")
        return is_kind or (text.endswith(f" {word}") and (other.text[0].isupper() or not noun.is_name))
    is_part = text.endswith(f" {word}") or (text.startswith(f"{word} ") and text.count(" ") < 3)
    return noun.is_name and is_part and other.text[0].isupper()


def _attached(bare: str, head: Noun) -> str | None:
    """The question with what it is about put after the noun that lacks it, or behind it in brackets."""
    found, ended = nouns(bare), bare.rstrip(" ?.")
    lacking = next((noun for noun in found if _ABOUT.match(bare) or noun.lacks(bare)), None)
    defining = re.match(r"(?:what|who) (?:is|are|was|were|does|do) (?:an? )?", bare, re.I)
    is_defined = defining and found and found[0].start == defining.end()
    is_own = not lacking and (is_defined or re.search(r"\w of (?!the)", bare))
    if is_own or any(noun.is_name for noun in found) or set(stems(head.text)) & set(stems(bare)):
        return None
    if head.text.startswith("what happened "):
        return f"{ended} {head.text.removeprefix('what happened ')}?"
    is_generic = re.search(r"\b(?:you|your|I|my|we|our)\b", bare)
    aside = f"{ended} (about {head.full}){bare[len(ended) :].strip()}"
    if lacking and (lacking.is_relational or not is_generic):
        is_last = lacking.end == len(ended) and not head.is_person
        if not (is_last or lacking.is_plural or lacking.is_relational):
            return aside
        return f"{bare[: lacking.end]} {'in' if head.is_place else 'of'} {head.full}{bare[lacking.end :]}"
    has_subject = any(not noun.determiner for noun in found) and not (_PRONOUN.search(bare) and not TELLING.match(bare))
    most = 0 if is_generic else 2 if has_subject else 4
    return aside if len({*stems(without_date(bare))}) <= most or _EVENT.search(bare) else None


def _spoken_of(turns: Sequence[Turn]) -> list[Noun]:
    """The noun phrases of a conversation, likeliest first: a question of its own brings up a new one."""
    spoken: list[Noun] = []
    for turn in turns:
        question, answer = clean_question(turn.question), turn.answer
        about, is_own = _ABOUT.match(question), answer.asked_as == question
        new = nouns(about["new"])[:1] if about else ranked(question)
        if about:
            new = [noun for noun in new if not (noun.before in ("in", "on", "at") or noun.is_relational)]
        elif not is_own:
            new = [noun for noun in new if noun.is_name]
        spoken = new + spoken if is_own or about else spoken + new
        if answer.sentences and (kind := understand(answer.asked_as).kind) in ("who", "where"):
            shown = answer.sentences if kind == "who" else answer.sentences[:1]
            names = [one.text[slice(*span)] for one in shown for span in one.emphasis[:1]]
            names = [name for name in names if name[:1].isupper()]
            spoken = [Noun(name) for name in sorted(names, key=unlike_a_person)[:1]] + spoken
    return spoken
