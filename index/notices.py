"""What a single line is when it is no article: advertisement, menu, caption, credit, appeal, comment form."""

from __future__ import annotations

import re

from index.metadata import read_credit

LONGEST_NOTICE = 300  # characters; a longer line is prose whatever it holds
LONGEST_LABEL = 60  # characters; a longer "Photo of ..." that ends in a full stop may be a sentence


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_SHARE = (
    r"(?:share(?: (?:this|on|via)(?: \w+)?)?|tweet|facebook|twitter|x|whatsapp|linkedin|reddit|telegram|pinterest"
    r"|instagram|youtube|messenger|e-?mail|print|copy(?: link)?|pin it|like|save|listen|\d+ shares?)"
)
_NETWORK = r"(?:x|twitter|facebook|instagram|telegram|whatsapp|tiktok|youtube|linkedin|google news)"
_AGENCY = r"(?-i:AFP|AP|Associated Press|Reuters|REUTERS|EPA|EFE|Shutterstock|Getty(?: Images)?|Anadolu|Xinhua)"
_TEASER = (
    r"(?:related|also read|read also|read more|read next|see also|more|don['’]t miss|recommended|must[ -]read"
    r"|watch(?: also| now| live)?|listen|further reading)(?: (?:articles?|stories|story|coverage|reading|news|video))?"
)
_COMMENTS = r"\d* ?comments?(?: ?\(\d+\))?:?"
_FORM = (
    r"(?:leave|post|add|write) (?:a |your )?(?:reply|comment)(?: cancel reply)?\W*|cancel reply|\d+ thoughts on .*"
    r"|join the (?:conversation|discussion)\W*|your e-?mail address will not be published\b.*"
)
_PLAIN = _any(
    _COMMENTS,
    _FORM,
    r"advert(?:isement)?s?(?: feedback)?|ads?|sponsored(?: content)?|\d{2,4} ?[x×] ?\d{2,4}(?: ads?)?",
    r"(?:story|article|content) continues (?:below|after).*|video ad feedback.*|just watched|must watch",
    r"skip to (?:main )?content|(?:back to )?top|search|menu|home|log ?in|sign ?in|previous|next|like this:",
    r"(?:previous|next|print(?: this| the)?) (?:post|article|page|story)|more from [^.!?]{1,40}",
    r"posted in:? [^.!?]{1,60}",
    r"loading\W*|(?:show|load|view|see|read) (?:more|all|next|also)\W*|continue reading.*|up next|replay more videos.*",
    r"trending(?: now)?|most (?:read|popular|viewed)|recommended(?: for you)?|you (?:may|might) also like\W*|sitemap",
    r"(?:about|contact|advertise with) us|(?:privacy|cookie) (?:policy|settings|preferences|notice)|careers",
    r"about the authors?:?|latest(?: news)?:?",
    rf"terms (?:of (?:use|service)|and conditions)|{_TEASER}\s*:?|https?://\S+|(?:#\w+[\s,]*)+|comments are closed\W*",
    rf"{_SHARE}(?:[\s|•·,/]+{_SHARE})*\s*:?|(?:click to )?(?:share|e-?mail|print) .*\(opens in new window\).*",
    r"(?:(?:[^\d|›»>•·]{1,25}[|›»>•·]){3,}|home\s*[|›»>•·](?:[^\d|›»>•·]{1,25}[|›»>•·])*)[^\d|›»>•·]{1,25}(?<![.!?])",
    r"\(?\d{1,3}[\s-]*min(?:ute)?s?\.?\s+read\)?|(?:tags?|topics?|keywords|filed under|categor(?:y|ies))\s*:[^.!?]*",
    r"sources\s*:[^.!?]*|contributing:.*|\(?(?:writing|editing) by [^.!?]*\)?",
    r"(?:©|\(?c\)\s|copyright\b\s*(?:©|\(c\)|[12]\d{3})).*",
)
_CAPTION = _any(
    r"profile picture of .*|(?:image|picture|photo(?:graph)?) (?:by|courtesy|source\b).*",
    r"courtesy of .{1,60}|file[ -](?:photo|image|picture)\b.*|file\s+[-–—].*",
    r"(?:photo(?:graph)?s?|image|picture|pic|caption|image caption|(?:(?:photo|image|picture) )?credits?)\s*:.*",
    r"getty images",
)
_ENDS_CAPTION = re.compile(
    rf"(?:(?:/|\bvia ){_AGENCY}[)\]]?|^[^.!?]*[(\[]{_AGENCY}[)\]]?|(?:AP|AFP|Reuters|EPA) (?:Photo|Image)s?\b[^.]*"
    r"|\((?:[Ff]ile )?(?:[Pp]hoto(?:graph)?|[Ii]mage) (?:by|courtesy)\b[^)]*\))$"
)
_APPEAL = _any(
    r"newsletters?|(?:sign up|subscribe)(?: (?:now|here|today|for free))?\W*|subscribe to [^.!?]{1,40}",
    r"(?:sign up|subscribe) .*\b(?:newsletters?|inbox|briefing|podcast|digest|here)\b.*",
    r"subscribe .*\b(?:today|now|free)\W*",
    r"(?:get|receive) (?:the|our) .*\b(?:inbox|e-?mail|newsletter)\b.*",
    r"(?:enter )?your e-?mail(?: address)?\W*|support (?:local|independent|quality|our) journalism.*",
    rf"follow .{{1,80}} on {_NETWORK}\b.{{0,60}}|(?:contact|reach|e-?mail) .{{1,60}}\S@\S.*",
    r"(?:download|get) (?:the|our) .{0,30}\bapp\b.*",
    r"join (?:us|our) .{0,40}\b(?:channel|group|telegram|whatsapp)\b.*",
    r"we (?:use|and our partners)\b.*\bcookies\b.*|(?:this|our) (?:web)?site uses cookies.*",
    r"by (?:continuing|using|clicking)\b.*\b(?:cookies|terms|privacy)\b.*",
    r"(?:accept|reject|manage)(?: all)?(?: cookies)?",
)
_APPEAL_WORDS = ("inbox", "mail", "reserved", "newsletter")  # one is in each of the next, which is slow on prose
_APPEAL_INSIDE = _any(
    r"\b(?:delivered|straight|direct(?:ly)?|sent) (?:\w+ )?to your (?:inbox|e-?mail)\b|\ball rights reserved\b",
    r"\bnewsletter: ?sign up\b",
)
_PICTURED = _any(r"(?:image|picture|photo(?:graph)?) of .*")
_SAID = _any(r"\b(?:said|says|told|wrote|added|asked|according to)\b")
_CREDIT = _any(r"\(?(?:(?:additional )?reporting|source|author)\b.*")
_LINK = _any(rf"{_TEASER}\s*:.*")
_OPENS_COMMENTS = _any(_COMMENTS)
_OPENS_FORM = _any(_FORM)
_TEASERS = _any(
    rf"(?:{_TEASER}|newsletters?|you (?:may|might) also like|most (?:read|popular|viewed)|more from .*|latest .*):?",
)
_SECTION = _any(
    r"(?:breaking |latest |top |world |local |us |u\.s\. |uk )?news|world|politics|opinion|analysis|business|economy",
    r"sports?|culture|arts|technology|tech|science|health|entertainment|lifestyle|travel|education|environment|climate",
    r"features?|middle east|europe|asia|africa|americas?|national|international|exclusive|editorial|commentary|video",
    r"live|blog|[^.!?]{0,45}[—–-]|[\d/.: -]{6,20}",
)
_DESK = _any(
    r"(?:the )?associated press|ap|reuters|afp|cnn(?: business)?|usa ?today(?: \w+)?|bbc(?: news)?|bloomberg",
    r"staff (?:writers?|reports?)|special (?:to|for) .*|from .* wire reports",
)
_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}$")


def is_notice(line: str) -> bool:
    """Whether a whole line is no article wherever it stands. Appeals that report what somebody said are article."""
    if len(line) > LONGEST_NOTICE:
        return False
    if line.startswith(("[", "(")):
        line = line.strip("[]() ")
    if _PLAIN.fullmatch(line) or _CAPTION.fullmatch(line) or (line[-1:] != "." and _ENDS_CAPTION.search(line)):
        return True
    if _APPEAL.fullmatch(line) or _appeals_inside(line.lower()):
        return not _SAID.search(line)
    if _PICTURED.fullmatch(line) and len(line) <= LONGEST_LABEL:
        return True
    if _PICTURED.fullmatch(line) or _LINK.fullmatch(line):
        return not ends_sentence(line)
    return bool(_CREDIT.fullmatch(line)) and read_credit(line) is not None


def _appeals_inside(line: str) -> bool:
    return any(word in line for word in _APPEAL_WORDS) and bool(_APPEAL_INSIDE.search(line))


def is_label(line: str) -> bool:
    """Whether a line above the article names a section, a desk or only where the article was written."""
    return bool(_SECTION.fullmatch(line)) or is_desk(line)


def is_desk(line: str) -> bool:
    """Whether a line names for whom the person above it wrote ("Associated Press", "Special to ...")."""
    return bool(_DESK.fullmatch(line))


def opens_form(line: str) -> bool:
    """Whether a comment form begins here, after which no article follows."""
    return bool(_OPENS_FORM.fullmatch(line))


def opens_comments(line: str) -> bool:
    """Whether readers' comments may begin here (or whether it is a link to them)."""
    return bool(_OPENS_COMMENTS.fullmatch(line))


def opens_biography(line: str) -> bool:
    """Whether "About the author" or "Author NAME" may begin a biography here."""
    is_author = line[:6].lower() == "author" and read_credit(line) is not None
    return is_author or line.lower().rstrip(":") in ("about the author", "about the authors")


def opens_teasers(line: str) -> bool:
    """Whether other articles' titles or a newsletter box may begin here."""
    return bool(_TEASERS.fullmatch(line))


def ends_sentence(line: str) -> bool:
    """Whether a line ends as a sentence does; initials ("the U.S.") and questions do not count."""
    return line.rstrip("\"'”’»)]*_").endswith((".", "!", "…")) and not _INITIALS.search(line[-12:])


def is_prose(line: str) -> bool:
    """Whether a line is at least a sentence of five words, or too long for anything else."""
    return len(line) > LONGEST_NOTICE or (ends_sentence(line) and line.count(" ") >= 4)
