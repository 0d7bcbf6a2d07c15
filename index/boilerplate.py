"""Which lines of a text are article, and which are menu, caption, credit, advertisement or comment form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.article import Span
from index.metadata import Credit, is_person, read_credit

TITLE_LINE_CHARACTERS = 200
LONGEST_NOTICE = 300  # characters; a longer line is taken for prose whatever it holds


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_SHARE = (
    r"(?:share(?: (?:this|on|via)(?: \w+)?)?|tweet|facebook|twitter|x|whatsapp|linkedin|reddit|telegram|pinterest"
    r"|instagram|youtube|messenger|e-?mail|print|copy(?: link)?|pin it|like|save|listen|\d+ shares?)"
)
_AGENCY = r"(?:AFP|AP|Associated Press|Reuters|REUTERS|EPA|EFE|Shutterstock|Getty(?: Images)?|Anadolu|Xinhua|Bloomberg)"
_NETWORK = r"(?:x|twitter|facebook|instagram|telegram|whatsapp|tiktok|youtube|linkedin|google news)"
_LINK_LABEL = (
    r"(?:related|also read|read also|read more|read next|see also|more|also|don['’]t miss|recommended|must[ -]read"
    r"|watch(?: also| now| live)?|listen|further reading)(?: (?:articles?|stories|story|coverage|reading|news|video|here))?"
)

_NOTICE = _pattern(
    # advertisements
    r"advert(?:isement)?s?(?: feedback)?|ads?|sponsored(?: content)?|\d{2,4} ?[x×] ?\d{2,4}(?: ads?)?",
    r"(?:story|article|content) continues (?:below|after).*|video ad feedback.*|just watched|must watch",
    r"replay more videos.*",
    # ways around the site
    r"skip to (?:main )?content|(?:back to )?top|search|menu|home|log ?in|sign ?in|(?:previous|next)(?: (?:post|article))?",
    r"loading\W*|(?:show|load|view|see|read) (?:more|all|next|also)\W*|continue reading.*|up next|most (?:read|popular|viewed)",
    r"trending(?: now)?|recommended(?: for you)?|you (?:may|might) also like\W*|(?:about|contact)(?: us)?|sitemap|careers",
    r"(?:privacy|cookie) (?:policy|settings|preferences|notice)|terms (?:of (?:use|service)|and conditions)|advertise with us",
    rf"{_LINK_LABEL}\s*:|https?://\S+",
    rf"{_SHARE}(?:[\s|•·,/]+{_SHARE})*\s*:?|(?:click to )?(?:share|e-?mail|print) .*\(opens in new window\).*|like this:",
    r"(?:[^|›»>/•·]{1,25}\s*[|›»>/•·]\s*){2,}[^|›»>/•·]{1,25}(?<![.!?])",
    # captions
    r"(?:image|profile picture|picture|photo(?:graph)?) of .*",
    r"(?:photo(?:graph)?s?|image|picture|pic|caption|image caption|(?:photo|image|picture) credits?|credits?)\s*(?::|by\b).*",
    r"file[ -](?:photo|image|picture)\b.*|file\s+[-–—].*|getty images|.{0,200}\((?:file )?photo(?:graph)? by [^)]*\)\W*",
    rf".{{0,250}}(?:/|\bvia |\()\s?(?-i:{_AGENCY})\s?[)\]]?|.{{0,250}}\(?(?-i:AP|AFP|Reuters|EPA) (?:Photo|Images?)\b[^.]{{0,60}}",
    # credits and counts
    r"\(?\d{1,3}[\s-]*min(?:ute)?s?\.?\s+read\)?|(?:tags?|topics?|keywords|filed under|categor(?:y|ies))\s*:[^.!?]*",
    r"sources\s*:[^.!?]*|(?:#\w+[\s,]*)+|contributing:.*|comments are closed\W*|\(?(?:writing|editing) by [^.!?]*\)?",
    r"(?:©|\(c\)\s|copyright\b\s*(?:©|\(c\)|[12]\d{3})).*",
)
# These read like sentences, so one that reports what somebody said is left alone.
_APPEAL = _pattern(
    r"newsletters?|(?:sign up|subscribe)(?: (?:now|here|today|for free))?\W*|subscribe to [^.!?]{1,40}",
    r"(?:sign up|subscribe) .*\b(?:newsletters?|inbox|briefing|podcast|digest|here)\b.*|subscribe .*\b(?:today|now|free)\W*",
    r"(?:get|receive) (?:the|our) .*\b(?:inbox|e-?mail|newsletter)\b.*",
    r".*\b(?:delivered|straight|direct(?:ly)?|sent) (?:\w+ )?to your (?:inbox|e-?mail)\b.*|.{0,40}\bnewsletter: ?sign up.*",
    r"(?:enter )?your e-?mail(?: address)?\W*|support (?:local|independent|quality|our) journalism.*",
    rf"follow .{{1,80}} on {_NETWORK}\b.{{0,60}}|(?:contact|reach|e-?mail) .{{1,60}}\S@\S.*|(?:download|get) (?:the|our) .{{0,30}}app\b.*",
    r".{0,150}\ball rights reserved\b.{0,60}|we (?:use|and our partners)\b.*\bcookies\b.*|(?:this|our) (?:web)?site uses cookies.*",
    r"by (?:continuing|using|clicking)\b.*\b(?:cookies|terms|privacy)\b.*|(?:accept|reject|manage)(?: all)?(?: cookies)?",
)
_SAID = _pattern(r"\b(?:said|says|told|wrote|added|asked|according to)\b")
_CREDIT_ANYWHERE = _pattern(r"\(?(?:(?:additional )?reporting|source|author)\b.*")
_LINK = _pattern(rf"{_LINK_LABEL}\s*:.*")
_FORM = _pattern(
    r"(?:leave|post|add|write) (?:a |your )?(?:reply|comment)(?: cancel reply)?\W*|cancel reply|join the (?:conversation|discussion)\W*",
    r"your e-?mail address will not be published\b.*|\d+ (?:thoughts|responses|replies) (?:on|to) .*",
)
_AFTERWORD = _pattern(r"\d* ?comments?(?: ?\(\d+\))?:?|about the authors?:?|author:? (?-i:[A-Z]).{2,48}(?<!\.)")
_TEASERS = _pattern(rf"(?:{_LINK_LABEL}|newsletters?|you (?:may|might) also like|most (?:read|popular)|more from .*|latest(?: news)?):?")
_SECTION = _pattern(
    r"(?:breaking |latest |top |world |local |us |u\.s\. |uk )?news|world|politics|opinion|analysis|business|economy|sports?",
    r"culture|arts|technology|tech|science|health|entertainment|lifestyle|travel|education|environment|climate|features?",
    r"middle east|europe|asia|africa|americas?|national|international|exclusive|editorial|commentary|video|watch|live|blog",
)
_DESK = _pattern(
    r"(?:the )?associated press|ap|reuters|afp|cnn(?: business)?|usa ?today(?: \w+)?|bbc(?: news)?|bloomberg|staff (?:writers?|report)",
    r"special (?:to|for) .*|from .* wire reports|[^.!?]{0,45}[—–-]",
)

_WORDY = re.compile(r"[^\W_]")
_SENTENCE_END = re.compile(r"[.!…][\"'”’»)\]*_]*$")
_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}$")


@dataclass(frozen=True)
class Layout:
    """What the lines of a text are. `body`: ascending spans, apart; `credits`: what names and dates around it say.

    `title` is the one that stands in the text, `opening` the first three paragraphs of prose.
    """

    body: tuple[Span, ...]
    title: str | None
    credits: tuple[Credit, ...]
    opening: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    words: str  # without the white space and markup around them; "" for a line without letters or digits

    @property
    def ends_sentence(self) -> bool:
        return bool(_SENTENCE_END.search(self.words)) and not _INITIALS.search(self.words)

    @property
    def is_prose(self) -> bool:
        return len(self.words) > TITLE_LINE_CHARACTERS or (self.ends_sentence and self.words.count(" ") >= 4)


def read_layout(
    text: str, *, title: str | None = None, also_titled: str | None = None, outside: tuple[Span, ...] = ()
) -> Layout:
    """Tell article from boilerplate, line by line; a line that no rule knows is article.

    `title` is the one that the format states (then no line is searched for), `also_titled` another that may stand
    there, `outside` what the format shows to be no article. `body` is empty when the text has no prose.
    """
    lines = _lines(text)
    notices = {index for index in range(len(lines)) if _is_notice(lines, index)} | _doubled(lines)
    out = notices | _within(lines, outside)
    stop = _stop(lines, out)
    out |= set(range(stop, len(lines)))
    prose = [index for index in range(stop) if index not in out and _begins_prose(lines, index)]
    head = [index for index in range(prose[0] if prose else stop) if lines[index].words]
    titles = {_same(name) for name in (title, also_titled) if name}
    titled = [index for index in range(len(lines)) if lines[index].words and _same(lines[index].words) in titles]
    found = _credits(lines, [index for index in head if index not in out or (titled and index > titled[0])])
    out |= found.keys() | set(titled)
    if not title:
        labels, own = _title(lines, [index for index in head if index not in out])
        out |= labels
        titled += own
    found |= _author(lines, found, titled)
    out |= found.keys() | set(titled) | {index for index in head if _is_head_label(lines[index].words)}
    after = {index: credit for index, credit in _tail(lines, prose, stop).items() if not credit.published}
    body = _spans(lines, out | after.keys()) or _spans(lines, _all_but_prose(lines, notices))
    own_title = next((lines[index].words for index in titled if not _covers(body, lines[index])), None)
    credits = [found[index] for index in sorted(found)] + [after[index] for index in sorted(after)]
    return Layout(body, own_title, tuple(credits), tuple(lines[index].words for index in prose[:3]))
