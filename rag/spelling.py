"""Names spelled otherwise than in the articles: a question's "Ghaani" becomes the "Qaani" that they write."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

from index.catalog import Snapshot
from index.records import Filters
from rag.names import key
from rag.question import fold, stems

_SHORTEST = 4  # letters of a name that may be another's spelling
_LIKENESS = 0.75  # of the letters (difflib's ratio), where the sounds are not quite the same
_OPENINGS = ("aeiouyjw", "cgkq", "sz", "fp", "tdh")  # letters that one name may begin with in several spellings
_LOOKED_AT = 4  # words of the index that come near, of which passages are looked at
_PASSAGES = 5


def respelled(text: str, snapshot: Snapshot) -> str:
    """The question with each name that no article has as they spell it, where one word sounds and looks like it.

    Consonants must be the same, and the last letter: Slovakia is not Slovenia, nor Maria Mario.
    """
    names = [word for word in re.findall(r"[^\W\d_]+", text) if word[0].isupper() and len(word) >= _SHORTEST]
    for name in dict.fromkeys(names):
        is_name = fold(name).isascii() and stems(name)
        if is_name and not snapshot.document_frequency(stems(name)) and (known := _known(fold(name), snapshot)):
            text = re.sub(rf"\b{name}\b", known, text)
    return text


def _known(name: str, snapshot: Snapshot) -> str | None:
    stem = next(iter(stems(name)), name)
    letters = next((group for group in _OPENINGS if name[0] in group), name[0])
    near = [
        (SequenceMatcher(None, stem, term).ratio(), passages, term)
        for letter in letters
        for term, passages in snapshot.words_from(letter, len(stem) - 2, len(stem) + 3)
        if _skeleton(term) == _skeleton(stem)
    ]
    for _, _, term in sorted(near, reverse=True)[:_LOOKED_AT]:
        if (written := _written(term, snapshot)) and _is_spelling_of(name, fold(written)):
            return written
    return None


def _skeleton(word: str) -> str:
    return re.sub(r"[aiuh]", "", key(word))


def _is_spelling_of(name: str, other: str) -> bool:
    if name[-1] != other[-1] or _skeleton(name) != _skeleton(other):
        return False
    return key(name) == key(other) or SequenceMatcher(None, name, other).ratio() >= _LIKENESS


def _written(term: str, snapshot: Snapshot) -> str | None:
    """How the articles write a name of this stem, most often; None for a word that is no name."""
    found = snapshot.search_words(f'"{term}"', _PASSAGES, Filters(), 1.0)
    text = " ".join(passage.text for passage in snapshot.passages([passage for passage, _ in found]).values())
    words = Counter(word for word in re.findall(r"(?<=[\w,;] )[^\W\d_]+", text) if stems(word) == [term])
    word = words.most_common(1)[0][0] if words else ""
    return word if word[:1].isupper() else None
