"""The noun phrases of a question, by word lists: what a conversation speaks of."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.question import stems

MONTH = "|".join(name for name in calendar.month_name if name)
DATE = rf"(?:(?:\d{{1,2}} )?(?:{MONTH})(?: \d{{1,2}}\b)?,?(?: (?:19|20)\d\d)?|(?:19|20)\d\d)\b"
SUBJECTS = frozenset("i you we he she it they".split())
_OWNED = frozenset("its their his her our your my this that these those".split())
AUXILIARIES = frozenset(
    "is are was were be been being do does did can could will would should may might must has have had to".split()
)
PREPOSITIONS = frozenset(
    "in at around near across within of on by for from with into about after before between during since until than "
    "under over against through like as without among versus per".split()
)
TELLING = re.compile(r"(?:please )?(?:tell(?: me)?(?: more)?(?: about)?|describe|explain|discuss|compare)\s", re.I)
_BE = frozenset("is are was were be been being".split())
_OPEN = frozenset("the some any other most more many what which".split())  # before a noun that may lack its "of"
_DETERMINERS = _OWNED | _OPEN | frozenset("a an all another each every both no".split())
FUNCTION_WORDS = SUBJECTS | AUXILIARIES | _DETERMINERS | PREPOSITIONS | frozenset(  # cannot stand in a noun phrase
    "me him us them hers theirs who whom whose when where why how and or but so if because while not never also just "
    "even then one ones someone anyone something anything else there here now today again ever still already very "
    "too much often long soon later earlier once well together up out off down only tell describe explain compare "
    "contrast happened".split()
)
_VERBS = frozenset(  # stems of verbs that may stand between two nouns with nothing else to part them
    "accept accus act affect agre allow announc appear approv ask attack becom began begin believ bring build "
    "built buy call carri caus chang choos claim come compar confirm contain control cost creat damag decid "
    "demand deni develop die differ drink eat end expect face fall fight find found gave get give go grow "
    "handl happen held help hit hold host hurt impact improv includ join keep kill know land last launch lead "
    "leav left live look lose made make mean meet met move need offer open order own paid pai plan plai "
    "promis protest put ran reach react read reduc refus reject relat remain repli report requir respond rise "
    "run said sai save see seek sell send sent serv share shot show sign sold solv spend spread start stai "
    "stop strike suggest support surviv take taken talk taught teach think threaten told took travel treat "
    "try us vote want warn weigh went win won work write written".split()
)
_GRADING = frozenset(
    "different main important common good best worst key possible new several certain first popular famous "
    "interesting major successful similar typical next last".split()
)
_STATES = frozenset(
    "able bad better dangerous difficult easy free hard harder known ready safe true unique worth".split()
)
_RELATIONAL = frozenset(  # stems of nouns that lead to the one that is meant
    "advantag aim argument author benefit caus con contribut cost definit differ disadvantag effect exampl function "
    "histori impact kind level mean member name number origin pro purpos reason result role rule sign sourc symptom "
    "thing time type us varieti wai".split()
)
_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|\w+(?:['’.&/-]+\w+)*(?:(?<=s)['’](?= [a-z]))?|[^\w\s]")


@dataclass(frozen=True)
class Noun:
    """A noun phrase and where it starts and ends, with its determiner and the word before that."""

    text: str
    start: int = 0
    end: int = 0
    before: str = ""
    determiner: str = ""

    @property
    def is_name(self) -> bool:
        return any(char.isupper() for char in self.text)

    @property
    def is_place(self) -> bool:
        is_placed = self.before in ("in", "at", "of", "near", "around", "to", "from")
        return is_placed and self.text[0].isupper() and not self.determiner

    @property
    def is_person(self) -> bool:
        is_written = all(re.match(r"[A-Z]|(?:al|el|de|bin|van|von)\b", word) for word in self.text.split())
        return is_written and not (self.determiner or self.is_place or self.text.isupper())

    @property
    def is_plural(self) -> bool:
        head = re.split(" (?:of|in|at|for) ", self.text)[0]
        is_many = re.search(r"(?<![sui])s$|[A-Z]\w* and |\b(?:people|men|women|police)$", head)
        return bool(is_many) and self.determiner not in ("a", "an")

    @property
    def is_relational(self) -> bool:
        """Whether it is of something else: "the cause", "types"."""
        return bool(_RELATIONAL & set(stems(self.text)[-1:]))

    @property
    def full(self) -> str:
        """With the article it is spoken of with."""
        article = "the" if self.determiner in _OWNED | {"what", "which"} else self.determiner
        return f"{article} {self.text}" if article in ("the", "a", "an") else self.text

    def lacks(self, question: str) -> bool:
        """Whether it wants to be told of what it is."""
        follows = re.match(r" (?:of|in|from|between|at|to|for|under|over|near|against)\b", question[self.end :])
        is_completed = follows and not (self.is_relational and follows.group() == " to")
        return (self.is_relational or self.determiner in _OPEN) and not is_completed


def without_date(question: str) -> str:
    """A question without the day, month or year that it names, and without its end.

    >>> without_date("Who led the fleet in May 1915?")
    'Who led the fleet'
    """
    return re.sub(rf"\s*\b(?:(?:in|on|during|since|of|before|after|until)\s+)?{DATE}", "", question).rstrip(" ?.")


def without_last_date(question: str) -> str | None:
    """A question without the one day, month or year that ends it; None for any other.

    >>> without_last_date("Who led the fleet in May 1915?"), without_last_date("Who led it in early 1915?")
    ('Who led the fleet', None)
    """
    found = re.fullmatch(rf"(?P<rest>.+?) (?:in|on|during) {DATE}\W*", question)
    return found["rest"] if found and not re.search(DATE, found["rest"]) else None


def ranked(question: str) -> list[Noun]:
    """A question's noun phrases: what it is about, then those that follow and the names before."""
    found = nouns(question)
    if (happened := re.match(r"what happened .+\w", question, re.I)) and found and found[0].is_place:
        return [Noun("what" + happened.group()[4:]), *found]
    words = [] if TELLING.match(question) else list(_TOKEN.finditer(question))
    start = next((word.start() for word in words if word.group().lower() in AUXILIARIES), 0)
    number = next((number for number, noun in enumerate(found) if noun.start >= start), 0)
    for first, second in zip(found[number:], found[number + 1 :], strict=False):
        between = question[first.end : second.start].split()
        if first.is_name or not between or between[0] not in PREPOSITIONS | {"and"} or len(between) > 2:
            break
        if not first.is_relational and (between[0] != "of" or second.is_name or second.determiner == "all"):
            found[number] = replace(first, text=question[first.start : second.end])
            break
        number += 1
    return [*found[number : number + 1], *(noun for noun in found[:number] if noun.is_name), *found[number + 1 :]]


def nouns(text: str) -> list[Noun]:
    """The noun phrases of a question, in order; days are none.

    >>> [noun.full for noun in nouns("When did the mayor of Oslo open the new bridge?")]
    ['the mayor', 'Oslo', 'the bridge']
    """
    text = re.sub(DATE, lambda day: "," * len(day.group()), text)
    tokens = list(_TOKEN.finditer(text))
    found: list[Noun] = []
    words: list[re.Match[str]] = []
    before = determiner = verb = last = ""  # `verb`: after which kind of word one is awaited
    for number, token in enumerate([*tokens, None]):
        low = token.group().lower() if token else ""
        after = tokens[number + 1].group() if number + 1 < len(tokens) else "?"
        if token and _is_in(token.group(), after, words, determiner, verb, last):
            words, last = [*words, token], low
            continue
        is_verb = low in AUXILIARIES or (low not in FUNCTION_WORDS and low[:1].isalnum())
        kept = words if is_verb else _without_verb(words, verb)
        verb = _awaited(low, last, "" if is_verb or len(kept) < len(words) else verb)
        if kept := _trimmed(kept, determiner, before):
            start, end = kept[0].start(), kept[-1].end()
            found.append(Noun(text[start:end], start, end, before, determiner))
        if low in _DETERMINERS:
            before, determiner = "" if words else before, low
        else:
            before, determiner = low, ""
        words, last = [], low
    return found


def _awaited(low: str, last: str, verb: str) -> str:
    """After which kind of word a verb is awaited, once this one is read: "do", "be" or none."""
    if low in AUXILIARIES:
        return "do" if low not in _BE else "" if last in ("what", "who", "which", "what's") else "be"
    if low in ("who", "what"):
        return "do"
    return "" if low in SUBJECTS or low in ("about", "happened") else verb


def _is_in(word: str, after: str, words: Sequence[re.Match[str]], determiner: str, verb: str, last: str) -> bool:
    """Whether a word stands in the noun phrase that `words` have begun; `last` is the word before it."""
    low, follows_name = word.lower(), bool(words) and words[-1].group()[0].isupper()
    is_name_next = after[0].isupper() or (low, after) == ("of", "the")
    if low in ("and", "of", "the", "de", "al", "bin") and follows_name and is_name_next:
        return True
    if (re.split("['’]", low)[0] in FUNCTION_WORDS and word != "US") or not word[0].isalnum() or last in SUBJECTS:
        return False
    is_listed = bool(_VERBS & set(stems(low)))
    if not words:
        is_meant = after.lower() in AUXILIARIES | {"of"} or determiner not in ("", "what")
        return not is_listed or is_meant or (not verb and not word.islower())
    if not word.islower():
        return True
    is_participle = re.search("[^e]ed$", low) or (re.fullmatch("[a-z]+ing", low) and (verb == "be" or follows_name))
    is_verb = verb == "do" and is_listed and not low.endswith("ing")
    return not (is_participle or is_verb or (verb and follows_name and after[0].isupper()) or re.search(".{4}ly$", low))


def _without_verb(words: list[re.Match[str]], verb: str) -> list[re.Match[str]]:
    """A run of words without the verb or the adjective that ends it: "did the mayor cancel"."""
    last = words[-1].group() if words else ""
    if len(words) < 2 or not last.islower() or not verb or (verb == "do" and last.endswith("ing")):
        return words
    is_state = words[-2].group()[0].isupper() or re.search(r"(?:ed|en|ing|[ai]ble|ous|ive|ful|al|ic)$", last)
    return words[:-1] if verb == "do" or is_state or _VERBS & set(stems(last)) else words


def _trimmed(words: list[re.Match[str]], determiner: str, before: str) -> list[re.Match[str]]:
    """A run of words without the adjectives at its ends; none if only a verb is left."""
    texts = [word.group() for word in words]
    is_loose = "" if determiner else "[a-z]{2,}(?:[^e]ed|ing)|worth"
    while texts and (texts[0].lower() in _GRADING or (texts[1:] and re.fullmatch(is_loose, texts[0]))):
        texts = texts[1:]
    words = words[len(words) - len(texts) :]
    while texts and texts[-1] in _STATES:
        texts = texts[:-1]
    is_verb = len(texts) == 1 and (
        re.fullmatch(r"[a-z]{2,}(?:[^e]ed|[ai]ble)|[a-z]|\d+", texts[0])
        or (not determiner and before != "of" and (texts[0].endswith("ing") or _VERBS & set(stems(texts[0]))))
    )
    return [] if is_verb else words[: len(texts)]
