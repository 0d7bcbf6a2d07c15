"""Text as a reader sees it, its words and their stems; quotes stay as they stand in their file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

# Soft hyphens, joiners, zero-width spaces, marks of direction, variation selectors, byte order marks:
# they part no words, for a reader sees none of them.
UNSEEN = "\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_IS_UNSEEN = re.compile(f"[{UNSEEN}]")
_SAME_SIGN = ("<wide>", "<narrow>", "<font>", "<noBreak>")  # of Unicode's compatibility forms; ½ and ² are others
_PART = re.compile(r"[^\W_]+")
_WORD = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]\b\.?|\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)?")
_STRAIGHT = str.maketrans("‘’ʼ“”„«»‐‑‒–—−", '\'\'\'"""""------')
_FUNCTION = frozenset(
    "a an the of to in on at by for from with and or but as is are was were be been being it its this that these "
    "those what which who whom whose when where why how do does did has have had will would can could should may "
    "might he she they his their him them i you we us our your my me there here s t re ve ll d said according".split()
)
# Not looked for: function words, and words that place a question in time without naming a day.
STOP_WORDS = _FUNCTION | {"week", "month", "year", "recently"}
LIGHT = _FUNCTION | frozenset(  # words that carry no claim of their own
    "am having shall her hers theirs m if then than so such into onto upon over under about also too very "
    "just own same other another any some each both all while during after before since until between among "
    "through within along because although though however meanwhile one says say more most less not no n't "
    "never yet still again already now later earlier further ca wo al el bin ibn de la van von der du himself "
    "herself itself themselves instead out up down off back only even well much many per via including "
    "include includes included mr mrs ms dr".split()
)
WH = "who|whom|whose|what|which|when|where|why|how"
ASKING = re.compile(  # what asks, but names nothing
    rf"\b(?:{WH}|whats|hows|is|are|was|were|did|do|does|has|have|had|can|could|will"
    r"|would|should|list|name|tell|describe|explain|compare)\b",
    re.IGNORECASE,
)
ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}


class _Table(dict[int, str]):
    """What each character is read as, found by `read` when it is first met."""

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = "" if _IS_UNSEEN.match(char) else self._read(char)
        return self[code]


def _same_sign(char: str) -> str:
    folded = unicodedata.normalize("NFKC", char)
    kind = unicodedata.decomposition(char).partition(" ")[0]
    return folded if kind in _SAME_SIGN or (kind == "<compat>" and folded.isalpha()) else char


def _bare(char: str) -> str:
    decomposed = unicodedata.normalize("NFKD", char)
    return "".join(part for part in decomposed if not unicodedata.combining(part))


_TABLE, _FOLDED = _Table(_same_sign), _Table(_bare)


def plain(text: str) -> str:
    """`text` without invisible characters, full-width letters and digits, ligatures and hard spaces.

    >>> plain("Skell\\u00admouth ４７ ﬁremen")
    'Skellmouth 47 firemen'
    """
    return text if text.isascii() else text.translate(_TABLE)


def fold(text: str) -> str:
    """`plain` in lower case without accents, as the full-text index folds words."""
    return text.lower() if text.isascii() else text.lower().translate(_FOLDED)


def straight(text: str) -> str:
    """`text` with plain quotation marks and dashes, nothing invisible in it."""
    return plain(text).translate(_STRAIGHT)


def plain_with_offsets(text: str) -> tuple[str, list[int] | range]:
    """`plain`, and where in `text` each of its characters stands; one offset more for the end.

    >>> plain_with_offsets("ﬁ\\u200bx")
    ('fix', [0, 0, 2, 3])
    """
    folded = plain(text)
    if folded == text:
        return text, range(len(text) + 1)
    return folded, [at for at, char in enumerate(text) for _ in _TABLE[ord(char)]] + [len(text)]


def stems(text: str) -> list[str]:
    """The content words of a text, in order, as the full-text index stems them.

    >>> stems("The visits of Qaani's men")
    ['visit', 'qaani', 'men']
    """
    return [_stem(word) for word in _content_words(text)]


def words_by_stem(text: str) -> dict[str, str]:
    """The content words of a text by their stems, each stem once.

    >>> words_by_stem("The release of the released men")
    {'releas': 'release', 'men': 'men'}
    """
    words: dict[str, str] = {}
    for word in _content_words(text):
        words.setdefault(_stem(word), word)
    return words


def _content_words(text: str) -> list[str]:
    words = _PART.findall(fold(text))
    return [word for word in words if word not in STOP_WORDS and (len(word) > 1 or word.isdigit())]


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    import snowballstemmer

    # A stemmer keeps its word in itself: two threads that share one get errors, or wrong stems that stay in the cache.
    return str(snowballstemmer.stemmer("porter").stemWord(word)) if word.isascii() else word


def stem_of(low: str) -> str:
    return next(iter(stems(low)), low)


@dataclass(frozen=True)
class Word:
    """A word at text[start:end]: `low` folded, `stem` what two forms of it share, `is_light` when it claims nothing."""

    start: int
    end: int
    text: str
    low: str
    stem: str
    is_light: bool

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()


def read_words(text: str) -> tuple[Word, ...]:
    """The words of a text, in order; possessive endings are left off, "n't" is a word of its own."""
    found = []
    for match in _WORD.finditer(straight(text)):
        start, end, word = match.start(), match.end(), match[0]
        if word.lower().endswith("n't") and len(word) > 3:
            found.append(_word(start, end - 3, word[:-3]))
            start, word = end - 3, "n't"
        elif word.lower().endswith("'s"):
            end, word = end - 2, word[:-2]
        found.append(_word(start, end, word))
    return tuple(found)


def _word(start: int, end: int, word: str) -> Word:
    low = "n't" if word == "n't" else fold(word).replace(".", "") if word[0].isalpha() else word.replace(",", "")
    is_light = low in LIGHT and not (word.isupper() and len(word) > 1)
    return Word(start, end, word, low, low if is_light else stem_of(low), is_light)


def is_title(text: str) -> bool:
    """Whether words between quotation marks are written as the title of a work: every telling one begins large."""
    words = [word for word in read_words(text) if not word.is_light and len(word.text) > 1 and word.text[0].isalpha()]
    return len(words) > 1 and all(word.is_capital for word in words)
