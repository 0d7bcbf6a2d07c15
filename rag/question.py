"""What a question asks: its words, names, numbers, days, and the kind of answer it wants."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

from index.article import UserError
from index.english.dates import WEEKDAYS
from index.english.names import named_in, names_in
from index.english.numbers import numbers_in
from index.english.periods import Days, take_days, take_relative
from index.english.words import ASKING, WH, plain, stems

Kind = Literal[
    "topic", "who", "when", "where", "how_many", "why", "how", "said", "yes_no", "list", "compare", "which", "what"
]
MAX_CHARACTERS = 2000  # of a question
AFTER = "(after: "  # opens the question before, at the end of one that follows it
_RECENT = re.compile(
    r"\b(?:this|last|past|next) (?:week|month|year|weekend|spring|summer|fall|autumn|winter)\b|\b(?:recent(?:ly)?|now"
    r"|latest|current(?:ly)?|today|yesterday|soon)\b"
    rf"|\b(?:{'|'.join(WEEKDAYS)})\b|^who (?:is|are|leads|heads|runs|commands|chairs|governs) ",
    re.IGNORECASE,
)
# "What happened in Oslo?", or a few words alone: it asks for whatever there is, and these words ask, but name nothing.
_TOPIC = re.compile(
    r"^[ ¿\"'“]*(?:what(?: has| have|['’]s| is| was| had)? (?:happen(?:ed|s|ing)?|going on)\b(?! if\b)"
    r"|(?:please )?tell (?:me|us) (?:more )?about\b|what (?:is|was|has been) (?:reported|known|said) (?:about|of|on)\b"
    r"|what (?:is|was|has been) written about\b|what about\b"
    r"|what do the articles (?:say|report|tell)(?: about| of| on)\b"
    r"|(?:what(?: is|['’]s) )?(?:the )?(?:latest|news)(?: news| developments?)? (?:on|about|from|in)\b)",
    re.IGNORECASE,
)
# "How did the strike unfold?": it asks for what happened, from first to last.
_COURSE = re.compile(
    r"\btime ?line\b|\bchronology\b|\b(?:course|sequence) of events\b|^list the events\b|\bover time\b"
    r"|^how (?:did|has|have|is|was)\b.+\b(?:unfold|develop|progress|evolve)\w*\W*$|^what (?:has|have) happened since\b",
    re.IGNORECASE,
)
_OF_COURSE = re.compile(
    r"\b(?:give (?:me|us)|timeline|chronology|(?:course|sequence) of events|events|unfold|develop|progress|evolve"
    r"|chang|happen)\w*|\bover time\b", re.IGNORECASE
)  # fmt: skip
_FEW = 5
_ONE_THING = frozenset(("who", "when", "where", "how_many", "which"))
_ASKS_ON = re.compile(rf"\band (?:\w+ )?(?:{WH}|is|are|was|were|did|does)\b|\band in\b")
_TWO = re.compile(  # two questions in one, each with a subject of its own
    rf"^(?P<first>\W*(?:\w+ )?{ASKING.pattern}.{{4,}}?),? and (?P<second>(?:(?:on |in |for |to )?"
    rf"(?:{WH}) \w+|(?:is|are|was|were|did|do|does|has|have) "
    r"(?:he|she|it|they|the|this|there|any\w*|(?-i:[A-Z])\w*)) \w+.*)$", re.IGNORECASE
)  # fmt: skip
_KINDS: tuple[tuple[Kind, str], ...] = (
    ("compare", r"\b(?:differs?|differed|differences? (?:\w+ ){0,4}between|disagree[ds]?|versus|vs)\b|^compare\b"
                r"|^how (?:do|does|did)\b.*\bcompare\b"),
    ("list", r"^(?:list|name|enumerate)\b|\bwhich (?:two|three|four|five|(?!\w*[ius]s\b)\w+s)\b"
             r"|\bwhat (?:two|three|four|five|are)\b"),
    ("how_many", r"\bhow (?:many|much|often|long|old|far|large|big|tall|high|fast|deep|wide|heavy)\b|\bwhat (?:share"
                 r"|percent(?:age)?|number|amount|price|sum|age|rate|proportion|total|record)\b|\bwhat (?:did|does|will"
                 r"|would|is|was) .{0,60}\bcost\b|\b(?:which|what) (?:\w+ )?(?:figure|sum|amount|magnitude|age group)\b"
                 r"|\bwhat (?:is|are|was|were) the (?:[\w-]+ ){0,4}(?:price|magnitude|cost|number|percentage|share|rate"
                 r"|size|length|height|weight|score)\b"),
    ("why", r"\bwhy\b|\bfor what reason\b|\bwhat (?:is|was|were|are) the reasons?\b|\bwhat (?:led|caused|prompted)\b"
            r"|\bhow come\b"),
    ("when", r"\bwhen\b|\b(?:what|which) (?:day|date|month|year|time|week)\b|\bon what date\b|\bsince when\b"),
    ("where", r"\bwhere\b|\b(?:in|at|to|from) (?:what|which) (?:place|city|country|town|state|airport|location|base)\b"
              r"|\b(?:what|which) (?:place|city|country|countries|town|state|airport|location|base|region|province)\b"),
    ("said", r"\bwhat (?:did|does|has|have) .{1,80}\b(?:say|said|says|tell|told|claim|threaten|warn|respond|reply|ask"
             r"|demand|urge|announce|promise|declare)\w*\b|\bhow did .{1,80}\b(?:respond|react|reply)\b"
             r"|\bin whose words\b|\baccording to whom\b"),
    ("who", r"\b(?:who|whom|whose)\b|\b(?:what|which) (?:person|man|woman|general|commander|official|leader|minister"
            r"|president|politician|lawmaker|actor|actress|singer|player|athlete|team|company|group|outlet)\b"),
    ("which", r"\bwhich \w+|\bwhat (?:is|was|are|were) (?:the name\b|(?:\w+ ){1,3}(?:called|named?\b))"),
    ("how", r"^how\b"),
    ("yes_no", r"^(?:is|are|was|were|did|does|do|has|have|had|can|could|will|would|should|may|might)\b"),
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A question taken apart. `words` are stems of its content words, names are as written, numbers in digits.

    `is_recent`: it asks for news, in words such as "this week" or "latest", and names no other day.
    `is_course`: it asks what happened from first to last.
    """

    text: str
    kind: Kind
    words: tuple[str, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    days: tuple[Days, ...]
    publishers: tuple[str, ...] = ()
    is_recent: bool = False
    is_course: bool = False

    @property
    def asks_one_thing(self) -> bool:
        """Whether one name, day, place or number answers it: "Who led it?", and not "Who led it, and since when?"."""
        return self.kind in _ONE_THING and not _ASKS_ON.search(self.text)


def halves(text: str) -> tuple[str, ...]:
    """The two questions that one asks at once; none where it asks one.

    >>> halves("Who built the quay, and what did it cost?"), halves("Who led it, and when?")
    (('Who built the quay?', 'what did it cost?'), ())
    """
    match = None if AFTER in text else _TWO.match(text)
    return (f"{match['first']}?", match["second"]) if match else ()


def understand(text: str, publishers: tuple[str, ...] = (), as_of: str | None = None) -> Question:
    """Take a question apart; `publishers` are those the index knows, to notice the ones that are named.

    Asked `as_of` a day, "this week", "last month" or "in the past two years" are ranges that end with it or before it;
    on no day in particular they only ask for what is recent.

    >>> asked = understand("Who commanded the Quds Force in September 2019?")
    >>> asked.kind, asked.words, asked.names, asked.days
    ('who', ('command', 'qud', 'forc'), ('Quds', 'Force'), (Days(first='2019-09-01', last='2019-09-30'),))
    """
    clean = clean_question(text)
    own, before = parted(clean)
    if before:
        return _following(clean, *(understand(part, publishers, as_of) for part in (own, before)))
    named_days, undated = take_days(clean)
    days, undated = take_relative(undated, as_of) if as_of else ((), undated)
    days = named_days + days
    named = tuple(name for name in publishers if named_in(name, clean, publishers))
    kind = _kind(clean.lower().strip(" ¿\"'“"))
    if opening := _TOPIC.match(clean):
        undated = " " * opening.end() + undated[opening.end() :]
    if is_course := bool(_COURSE.search(clean)):
        kind, undated = "topic", _OF_COURSE.sub("", undated)
    words = tuple(dict.fromkeys(stem for stem in stems(undated) if stem))
    is_recent = all(some.last == as_of for some in days) and bool(_RECENT.search(clean))
    return Question(clean, kind, words, names_in(undated), numbers_in(undated), days, named, is_recent,
                    is_course)  # fmt: skip


def parted(text: str) -> tuple[str, str]:
    """A question, and the one that it was asked after ("" for one that stands alone).

    >>> parted("Why? (after: Who sold the ferry?)")
    ('Why?', 'Who sold the ferry?')
    """
    own, _, before = text.partition(f" {AFTER}")
    return own, before.removesuffix(")")


def _following(text: str, own: Question, before: Question) -> Question:
    """A question with the words of the one before; what it asks for, and of which days, is its own if it says so."""
    is_fragment = not ASKING.search(own.text)
    return replace(
        own,
        text=text,
        kind=before.kind if is_fragment else own.kind,
        words=tuple(dict.fromkeys(own.words + before.words)),
        names=tuple(dict.fromkeys(own.names + before.names)),
        numbers=tuple(dict.fromkeys(own.numbers + before.numbers)),
        days=own.days or before.days,
        publishers=own.publishers or before.publishers,
    )


def _kind(lower: str) -> Kind:
    is_short = len(re.findall(r"[\w’']+", lower)) <= _FEW
    if _TOPIC.match(lower) or (is_short and "?" not in lower and not ASKING.search(lower)):
        return "topic"
    for kind, pattern in _KINDS:
        if re.search(pattern, lower):
            return kind
    return "what"


def checked_question(question: object) -> str:
    """The question that a person or a program asks. Raises UserError when it is no text, empty or too long."""
    if not isinstance(question, str):
        raise UserError(
            f"A question must be text (str), not {question!r}.", 'For example: "Who opened the new bridge?".'
        )
    if not clean_question(question):
        raise UserError("The question is empty.", "Type a question about the articles.")
    if len(question.strip()) > MAX_CHARACTERS:
        length = f"this one has {len(question.strip()):,}"
        raise UserError(f"A question may have at most {MAX_CHARACTERS:,} characters; {length}.", "Shorten it.")
    return question


def clean_question(text: str) -> str:
    """One line of visible characters, at most MAX_CHARACTERS long."""
    shown = plain(text[: 4 * MAX_CHARACTERS])
    visible = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in shown)
    return " ".join(visible.split())[:MAX_CHARACTERS]
