"""What a single line is when it is no article: advertisement, menu, caption, credit, appeal, comment form."""

from __future__ import annotations

import re

from index.metadata import read_credit

LONGEST_NOTICE = 300  # characters; a longer line is prose whatever it holds


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_NETWORK = r"(?:x|twitter|facebook|instagram|telegram|whatsapp|tiktok|youtube|linkedin|reddit|google news)"
_SHARE = rf"(?:share(?: (?:this|on|via)(?: \w+)?)?|{_NETWORK}|tweet|e-?mail|print|copy(?: link)?|like|save|\d+ shares?)"
_AGENCY = r"(?-i:AFP|AP|Associated Press|Reuters|REUTERS|EPA|EFE|Shutterstock|Getty(?: Images)?|Anadolu|Xinhua)"
_TEASER = (
    r"(?:related|also read|read also|read more|read next|see also|more|don['’]t miss|recommended|must[ -]read"
    r"|watch(?: also| now| live)?|listen|further reading)(?: (?:articles?|stories|story|coverage|reading|news|video))?"
)
_POPULAR = r"trending(?: now)?|most (?:read|popular|viewed)"
_COMMENTS = r"\d* ?comments?(?: ?\(\d+\))?:?"
_FORM = (
    r"(?:leave|post|add|write) (?:a |your )?(?:reply|comment)(?: cancel reply)?\W*"
    r"|your e-?mail address will not be published\b.*"
)
_PLAIN = _any(
    _COMMENTS,
    _FORM,
    r"advert(?:isement)?s?(?: feedback)?|ads?|sponsored(?: content)?|\d{2,4} ?[x×] ?\d{2,4}(?: ads?)?",
    r"(?:story|article|content) continues (?:below|after).*|video ad feedback.*|up next",
    r"skip to (?:main )?content|back to top|search|menu|home|log ?in|sign ?in|previous|next",
    r"(?:show|load|view|see|read) (?:more|all|next|also)\W*|continue reading.*|more from [^.!?]{1,40}",
    rf"{_POPULAR}|recommended for you|you (?:may|might) also like\W*|latest news:?",
    r"(?:about|contact|advertise with) us|(?:privacy|cookie) policy|terms of (?:use|service)|about the authors?:?",
    rf"{_TEASER}\s*:?|https?://\S+|(?:#\w+[\s,]*)+|(?:tags?|topics?|filed under|categor(?:y|ies)|sources)\s*:[^.!?]*",
    rf"{_SHARE}(?:[\s|•·,/]+{_SHARE})*\s*:?|(?:click to )?(?:share|e-?mail|print) .*\(opens in new window\).*",
    r"(?:(?:[^\d|›»>•·]{1,25}[|›»>•·]){3,}|home\s*[|›»>•·](?:[^\d|›»>•·]{1,25}[|›»>•·])*)[^\d|›»>•·]{1,25}(?<![.!?])",
    r"\(?\d{1,3}[\s-]*min(?:ute)?s?\.?\s+read\)?|contributing:.*|\(?(?:writing|editing) by [^.!?]*\)?",
    r"page \d+ of \d+|print(?:ed)? (?:this )?(?:page|article|from)\b.{0,60}",
    r"(?:©|\(?c\)\s|copyright\b\s*(?:©|\(c\)|[12]\d{3})).*",
)
_CAPTION = _any(
    r"profile picture of .*|(?:image|picture|photo(?:graph)?) (?:by|courtesy|source\b).*|getty images",
    r"file[ -](?:photo|image|picture)\b.*|file\s+[-–—].*",
    r"(?:photo(?:graph)?s?|image|picture|(?:image )?caption|(?:(?:photo|image|picture) )?credits?)\s*:.*",
)
_ENDS_CAPTION = re.compile(
    rf"(?:(?:/|\bvia ){_AGENCY}[)\]]?|^[^.!?]*[(\[]{_AGENCY}[)\]]?|(?:AP|AFP|Reuters|EPA) (?:Photo|Image)s?\b[^.]*"
    r"|\((?:[Ff]ile )?(?:[Pp]hoto(?:graph)?|[Ii]mage) (?:by|courtesy)\b[^)]*\))$"
)
_APPEAL = _any(
    r"newsletters?|(?:sign up|subscribe)(?: (?:now|here|today|for free))?\W*|subscribe to [^.!?]{1,40}",
    r"(?:sign up|subscribe) .*\b(?:newsletters?|inbox|briefing|podcast|digest|here)\b.*",
    r"subscribe .*\b(?:today|now|free)\W*|(?:enter )?your e-?mail(?: address)?\W*",
    r"(?:get|receive) (?:the|our) .*\b(?:inbox|e-?mail|newsletter)\b.*",
    r"support (?:local|independent|quality|our) journalism.*",
    rf"follow .{{1,80}} on {_NETWORK}\b.{{0,60}}|(?:contact|reach|e-?mail) .{{1,60}}\S@\S.*",
    r"(?:we use|(?:this|our) (?:web)?site uses) .*\bcookies\b.*|(?:accept|reject|manage)(?: all)? cookies",
)
_APPEAL_INSIDE = _any(r"to your (?:inbox|e-?mail)\b|\ball rights reserved|\bnewsletter: ?sign up\b")
_PAYWALL = _any(
    r"(?:already|not|not yet)(?: an?)? (?:existing )?(?:subscribe|member|register)\w*(?: yet)?\?.*",
    r"(?:this|our) (?:article|story|content|page|feature)s? (?:is|are) (?:only |exclusively )?"
    r"(?:for|free for|reserved for|exclusive to|available (?:only |exclusively )?to) [^.]*"
    r"\b(?:subscribers|members)\b.*",
    r"(?:to (?:continue|keep) reading|to (?:read|finish) (?:on|more|the|this)|(?:want|wish) to read"
    r"|for (?:full|unlimited) access)\b.*\b(?:subscri|sign (?:in|up)|log in|regist|account|member|trial).*",
    r"(?:please )?(?:subscribe|sign (?:in|up)|log in|register|join|upgrade|start your)\b.*"
    r"\b(?:(?:to|and) (?:continue|keep|read|unlock|access|view)|unlimited|free trial|read on)\b.*",
    r"you(?:['’]ve| have) (?:reached|used|read|hit|run out|\w+ (?:free|more))\b.*"
    r"\b(?:free|limit|articles?|left)\b.*",
    r"unlock (?:this|the|full|unlimited)\b.*",
    r"(?:get|enjoy) (?:unlimited|full|digital|instant)\b.*\baccess\b.*",
    r"(?:become|be) a (?:member|subscriber)\b.*|create (?:a|your) (?:free )?account\b.*",
)
_BLOCKED = _any(
    r"(?:please )?(?:enable|turn on|activate) (?:js|javascript|cookies)\b.*|checking (?:if|your browser)\b.*",
    r"javascript (?:is|must be) (?:disabled|required|enabled|not)\b.*|(?:this|our) (?:site|page|app) (?:needs|requires)"
    r" javascript\b.*|you need to enable javascript\b.*",
    r"access to this (?:page|site) (?:has been|is) (?:denied|blocked)\b.*|(?:sorry, )?you have been blocked\b.*",
    r"you (?:don['’]t|do not) have permission to (?:access|view)\b.*|.*\bunusual (?:traffic|activity) from your\b.*",
    r"(?:please )?(?:verify|confirm|prove) (?:that )?you(?:['’]re| are) (?:a |not a )?(?:human|robot)\b.*",
    r"we (?:and|use|value) (?:our \w*|your|\w+) ?(?:partners|privacy|cookies)\b.*",
    r"by (?:clicking|continuing|using) .*\b(?:cookies|(?:you )?(?:agree|consent))\b.*",
)
_REFUSAL = re.compile(
    r"\W*(?:(?:sorry|oops|(?:http )?error|http)\W*)*(?:[45]\d\d\W*)?"
    r"(?:error|access (?:(?:is|has been) )?(?:denied|blocked)|forbidden|unauthori[sz]ed|gone"
    r"|(?:page |file |article )?not found|too many requests|internal server error|bad gateway"
    r"|(?:service )?(?:temporarily )?unavailable|gateway time-?out|request blocked|just a moment"
    r"|attention required.*|pardon our interruption|are you (?:a )?(?:human|robot)|one more step"
    r"|verify\w* (?:that )?you are .*|(?:security|human|bot) (?:check|verification)|captcha"
    r"|before you continue.*|(?:please )?enable (?:javascript|cookies).*|(?:your )?privacy choices"
    r"|cookie (?:consent|settings|notice)|(?:log|sign) in(?: to .*)?"
    r"|subscribe to (?:read|continue).*)?\W*(?:[|–-].*)?",
    re.IGNORECASE,
)
_SAID = _any(r"\b(?:said|says|told|wrote|added|asked|according to)\b")
_CREDIT = _any(r"\(?(?:(?:additional )?reporting|source|author)\b.*")
_POINTS = _any(rf"{_TEASER}\s*:.*|(?:image|picture|photo(?:graph)?) of .*")
_SECTION = _any(
    r"(?:\w+ )?news|world|politics|opinion|analysis|business|sports?|culture|tech(?:nology)?|science|health|travel",
    r"entertainment|features?|middle east|europe|asia|africa|americas?|national|international|exclusive|video|live",
    r"[^.!?]{0,45}[—–-]|[\d/.: -]{6,20}|(?:updated|published|posted):? .{0,20}\d{1,2}[:.]\d\d.{0,12}",
)
_DESK = _any(
    r"(?:the )?associated press|ap|reuters|afp|cnn(?: business)?|usa ?today(?: \w+)?|bbc(?: news)?|bloomberg",
    r"staff (?:writers?|reports?)|special (?:to|for) .*|from .* wire reports",
)
# What begins where the article ends, in the order in which it is looked for.
_ENDINGS = (
    ("form", _any(_FORM)),
    ("comments", _any(_COMMENTS)),
    ("biography", _any(r"about the authors?:?|author:? (?-i:[A-Z]\S*)(?: (?-i:[A-Z]\S*)){1,3}")),
    ("teasers", _any(rf"(?:{_TEASER}|newsletters?|you (?:may|might) also like|more from .*):?", _POPULAR)),
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
    if any(words.fullmatch(line) for words in (_APPEAL, _PAYWALL, _BLOCKED)) or _APPEAL_INSIDE.search(line):
        return not _SAID.search(line)
    if _POINTS.fullmatch(line):
        return not ends_sentence(line)
    return bool(_CREDIT.fullmatch(line)) and read_credit(line) is not None


def is_refusal(title: str) -> bool:
    """Whether the title of a page says that it shows something else than its article."""
    return bool(re.search(r"\w", title) and _REFUSAL.fullmatch(title))


def is_label(line: str) -> bool:
    """Whether a line above the article names a section, a desk or only where the article was written."""
    return bool(_SECTION.fullmatch(line)) or is_desk(line)


def is_desk(line: str) -> bool:
    """Whether a line names for whom the person above it wrote ("Associated Press", "Special to ...")."""
    return bool(_DESK.fullmatch(line))


def ending(notice: str) -> str:
    """What may begin at a line that is a notice: "form", "comments", "biography", "teasers", or "" for nothing."""
    return next((kind for kind, words in _ENDINGS if words.fullmatch(notice)), "")


def ends_sentence(line: str) -> bool:
    """Whether a line ends as a sentence does; initials ("the U.S.") and questions do not count."""
    return line.rstrip("\"'”’»)]*_").endswith((".", "!", "…")) and not _INITIALS.search(line[-12:])


def is_prose(line: str) -> bool:
    """Whether a line is at least a sentence of five words, or too long for anything else."""
    return len(line) > LONGEST_NOTICE or (ends_sentence(line) and line.count(" ") >= 4)
