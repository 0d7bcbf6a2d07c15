"""Sentence spans in English news prose: where one sentence ends and the next begins.

A boundary is final punctuation, closing quotes or brackets and white space, unless a rule below says
that the sentence goes on. Lines end sentences too, except inside text that was wrapped by hand.

>>> text = "Mr. Lee left at 5 p.m. Saturday. “Why?” he asked."
>>> [text[start:end] for start, end in sentence_spans(text)]
['Mr. Lee left at 5 p.m. Saturday.', '“Why?” he asked.']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.english.dates import ABBREVIATED, MONTH, WEEKDAY
from index.english.words import LIGHT, UNSEEN, plain

Span = tuple[int, int]
_CLOSERS = "\"'”’»)\\]"
_OPENERS = "\"'“‘«(\\["
_CANDIDATE = re.compile(
    rf"(?P<mark>\.{{2,}}|…|[.!?]+)(?P<close>[{_CLOSERS}{UNSEEN}]*)(?P<gap>\s+|(?=[{_OPENERS}]?[A-Z][a-z]+\s))"
)
_TOKEN_BEFORE = re.compile(rf"(?:M/s|[^\s{_OPENERS}—–/]+)$")
_IN_BRACKETS = re.compile(r"(?:[^.!?…]|\b[A-Z][a-z]{1,3}\.)\s\([\w.-]+\.\)$")  # "Gen. (ret.) Lee", "Larkin (Pvt.) Ltd."

# Never the end of a sentence: a name, a number or a definition follows.
_ALWAYS_GOES_ON = frozenset(
    "mr mrs ms mx dr prof gen sen sens rep reps gov govs lt col capt cpt sgt maj cmdr adm rev hon pres supt det insp "
    "messrs mme mlle fr atty dist asst assn dept univ vs v cf eg ie e.g i.e viz approx est fig figs vol pp ed eds "
    "al ft mt cpl pvt spc sgts brig msgr pte sec treas secy ald gens lts cols majs capts cmdrs adms "
    "pfc pfcs sfc lcpl ssgt tsgt cpls supts insps drs profs revs mmes rt smt shri sri m/s adv incl "
    "excl".split()
)
_NOT_SHORT = frozenset(("p", "ft", "EST"))  # so written they may end a sentence: page, foot, time
# The end only when what follows cannot belong to it: a clause, or, after the second kind and states,
# one capitalised word and a small one.
_MAYBE = frozenset("co cos bros st d.c u.s u.k u.n e.u".split())
_MAYBE_NAME = frozenset("inc corp ltd jr sr ave blvd rd ph.d m.d esq llc plc etc".split())
_STATES = frozenset(
    "Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont Neb "
    "Nev Okla Ore Pa Tenn Tex Vt Va Wash Wis Wyo Ont Que Alta".split()
)
_COMPANY = re.compile(r"(?:Inc|Corp|Co|Ltd|Plc|PLC|LLC|Brands|Group|Holdings)\b")
_CALLED_SO = frozenset(("Yahoo", "Jeopardy", "Yum"))  # names that end in "!"
_BEFORE_NUMBER = frozenset(
    "no nos art p para sec ch chap eq rs re tk usd eur gbp inr c ca bldg rte hwy apt tel ext max min avg".split()
)
_AFTER_CLOCK = re.compile(
    rf"(?:{WEEKDAY}|{MONTH}|Eastern|Central|Pacific|Mountain|[ECMP][SD]?T|GMT|BST|UTC|CET|AEST|IST|local)\b"
)
_STARTERS = (LIGHT | {*"without two last officials police despite".split()}) - {*"will may al el bin ibn de la".split()}
_FIRST_WORD = re.compile(r"(A|I|[A-Z][a-z]+)\b(?!\.)")
SPEECH = (  # verbs that name who says it
    "said|says|asked|asks|added|adds|told|tells|wrote|writes|replied|replies|wondered|shouted|tweeted|explained|recalled|"
    "continued|noted|argued|insisted|warned|responded|joked|exclaimed|stated|remarked|announced|declared|concluded|quipped|"
    "claimed|claims|warns|outlined|testified|quoted|cited"
)
_NAME = r"(?:(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep|Gov)\. )?[A-Z][\w.’'-]*(?: (?:[A-Z][\w.’'-]*|al|de|van|von|bin))*"
_SPEAKER = rf"(?:{_NAME}|The \w+(?: \w+)?|I|He|She|They|We)"
_ATTRIBUTION = re.compile(rf"{_SPEAKER}(?:, [^,.]{{1,60}},)? (?:was )?(?:{SPEECH})\b")
_NAME_ALONE = re.compile(r"[A-Z][\w’'-]* [a-z]")  # "Kan. Deputies found", unlike "Kan. Gov. Poe"
_ACRONYM = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
_WORDS = re.compile(r"\S(?:.*\S)?", re.DOTALL)
_SOFT_WIDTH = (50, 100)  # characters: a longer or shorter line was not wrapped by hand


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of text[start:end], as ascending spans of `text` without surrounding white space."""
    stop = len(text) if end is None else end
    spans: list[Span] = []
    for first, last in _blocks(text, start, stop):
        left = first
        for right in _ends(text[first:last]):
            spans.append((left, first + right))
            left = first + right
        spans.append((left, last))
    return [words.span() for span in spans if (words := _WORDS.search(text, *span))]


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Runs of lines that may share a sentence: a line alone, or lines wrapped by hand."""
    block_start = start
    lines = [(match.start(), match.end()) for match in re.finditer(r"[^\r\n]+", text[start:end])]
    for (line_start, line_end), following in zip(lines, [*lines[1:], None], strict=False):
        if following is None or not _is_wrapped(text, start + line_start, start + line_end, start + following[0]):
            yield block_start, start + line_end
            block_start = start + (following[0] if following else line_end)


def _is_wrapped(text: str, line_start: int, line_end: int, next_start: int) -> bool:
    gap = text[line_end:next_start]
    if gap.replace("\r\n", "\n").replace("\r", "\n").count("\n") != 1:
        return False
    line, following = text[line_start:line_end].strip(), text[next_start : next_start + 80].strip()
    if not line or not following or re.search(rf"[.!?:…][{_CLOSERS}]*$", line):
        return False
    if following[0].islower():
        return True
    shortest, longest = _SOFT_WIDTH
    return shortest <= len(line) <= longest and " " in line and following[0] not in "-*•"


def _ends(block: str) -> Iterator[int]:
    for match in _CANDIDATE.finditer(block):
        if match.end() < len(block) and _is_boundary(block, match):
            yield match.end("close")


def _is_boundary(block: str, match: re.Match[str]) -> bool:
    mark, closers = match["mark"], plain(match["close"])
    since = max(0, match.start() - 40)
    before = _TOKEN_BEFORE.search(block, since, match.start())
    token = before.group() if before else ""
    following = block[match.end() : match.end() + 120]
    if not match["gap"]:
        return _is_glued_boundary(token, following)
    opening = following.lstrip("".join(_OPENERS).replace("\\", ""))
    if not opening or opening[0].islower() or opening[0] in ",;:)…" or opening.startswith(".."):
        return False
    if mark != "." and closers.strip(")]’'") and _ATTRIBUTION.match(following):
        return False
    first = _FIRST_WORD.match(opening)
    is_new_clause = bool(first and first[1].lower() in _STARTERS) or following[0] in '“‘"'
    if mark == "!" and not closers and (token in _CALLED_SO or _COMPANY.match(following)):
        return is_new_clause
    if closers == ")" and _IN_BRACKETS.search(block, since, match.end("close")):
        return is_new_clause
    if mark != "." or closers:
        return True
    if match.start() == len(token) and re.fullmatch(r"\d{1,3}|[A-Za-z]", token):
        return False
    return _ends_after_token(token, opening, is_new_clause=is_new_clause)


def _is_glued_boundary(token: str, following: str) -> bool:
    """Two sentences with the space lost between them: "the end.The next"."""
    return bool(re.fullmatch(r"[a-z’'-]{2,}|[A-Z][a-z]{3,}", token)) and not re.match(r"[A-Z]\w*\.\w", following)


def _ends_after_token(token: str, opening: str, *, is_new_clause: bool) -> bool:
    word = token.lower().rstrip(".")
    if word in _ALWAYS_GOES_ON and token not in _NOT_SHORT:
        return False
    if re.fullmatch(r"[A-Z]", token):
        return is_new_clause
    is_month = word != "may" and re.fullmatch(ABBREVIATED, word.title())
    if is_month or (word in _BEFORE_NUMBER and token not in _NOT_SHORT):
        return not opening[0].isdigit()
    if word in ("a.m", "p.m"):
        return not (_AFTER_CLOCK.match(opening) or opening[0].isdigit())
    if word in _MAYBE_NAME or token.rpartition("-")[2] in _STATES:
        return is_new_clause or bool(_NAME_ALONE.match(opening))
    if word in _MAYBE or _ACRONYM.fullmatch(token):
        return is_new_clause
    return True
