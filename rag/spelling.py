"""Names spelled otherwise than in the articles: a question's "Ghaani" becomes the "Qaani" that they write."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

from index.catalog import Snapshot
from index.english.words import fold, stems
from index.records import Filters

_NO_FILTERS = Filters()
_SHORTEST = 4  # letters of a name that may be another's spelling
_LOOSE = 6  # letters from which o may stand for u, and i or y for e
_LONG = 7  # letters from which one that is missing makes no other name
_MOST_NAMES = 8  # of a question
_OPENINGS = ("eiy", "ou", "gkq", "fp")  # letters that one name may begin with in several spellings
_LOOKED_AT = 4  # words of the index that come near, of which passages are looked at
_PASSAGES = 5
_SPELLINGS = (("gh|q|ck", "k"), ("ph", "f"), ("ou|oo", "u"), ("ee", "i"), (r"(.)\1+", r"\1"), ("(?<=[aeiou])h$", ""))


def respelled(text: str, snapshot: Snapshot, filters: Filters = _NO_FILTERS) -> str:
    """The question with each name that no article has as they spell it, where one word is the same to the ear.

    The rules are those of names brought from another script (q for gh, ou for u, doubled letters) and of a letter left
    out of a long name: Riga is not Rica, nor Andersen Anderson. Articles that `filters` hide are not known.
    """
    names = [word for word in re.findall(r"[^\W\d_]+", text) if word[0].isupper() and len(word) >= _SHORTEST]
    for name in list(dict.fromkeys(names))[:_MOST_NAMES]:
        stem = next(iter(stems(name)), "")
        is_unknown = stem and fold(name).isascii() and not snapshot.search_words(f'"{fold(name)}"', 1, filters, 1.0)
        if is_unknown and (known := _known(fold(name), stem, snapshot, filters)):
            text = re.sub(rf"\b{name}\b", known, text)
    return text


def _known(name: str, stem: str, snapshot: Snapshot, filters: Filters) -> str | None:
    letters = next((group for group in _OPENINGS if name[0] in group), name[0])
    terms = [term for letter in letters for term, _ in snapshot.words_from(letter, len(stem) - 2, len(stem) + 3)]
    alike = snapshot.document_frequency(term for term in terms if _consonants(term) == _consonants(stem))
    near = [(SequenceMatcher(None, stem, term).ratio(), passages, term) for term, passages in alike.items()]
    for _, _, term in sorted(near, reverse=True)[:_LOOKED_AT]:
        if (written := _written(term, snapshot, filters)) and _is_spelling_of(name, fold(written)):
            return written
    return None


def _is_spelling_of(name: str, other: str) -> bool:
    short, long = sorted((name, other), key=len)
    if _sound(name, len(short)) == _sound(other, len(short)):
        return True
    rest = iter(long)
    is_within = all(letter in rest for letter in short)  # in their order
    return len(short) >= _LONG and len(long) == len(short) + 1 and short[-1] == long[-1] and is_within


def _sound(name: str, letters: int) -> str:
    for pattern, sound in _SPELLINGS:
        name = re.sub(pattern, sound, name)
    return name.translate(str.maketrans("oiy", "uee")) if letters >= _LOOSE else name


def _consonants(word: str) -> str:
    return re.sub("[aeiouyhw]", "", _sound(word, 0))


def _written(term: str, snapshot: Snapshot, filters: Filters) -> str | None:
    """How the articles write a name of this stem, most often; None for a word that is no name."""
    found = snapshot.search_words(f'"{term}"', _PASSAGES, filters, 1.0)
    text = " ".join(passage.text for passage in snapshot.passages([passage for passage, _ in found]).values())
    words = Counter(word for word in re.findall(r"(?<=[\w,;] )[^\W\d_]+", text) if stems(word) == [term])
    word = words.most_common(1)[0][0] if words else ""
    return word if word[:1].isupper() else None
