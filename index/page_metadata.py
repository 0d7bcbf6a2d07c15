"""What meta tags, headings and <title> say of a web page: its headline, publisher and address."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from index.json_ld import title_share
from index.metadata import one_line, site_of
from index.page_authors import letters

LONGEST_VALUE = 5000  # characters of a meta tag
_TITLES = """og:title twitter:title dc.title citation_title parsely-title sailthru.title headline
    title""".split()
_SITES = """og:site_name dc.publisher dcterms.publisher citation_publisher publisher
    application-name""".split()
_PARTS = re.compile(r"\s+(?:[-–—/•·»«]|::)\s+|\s*[|»]\s*")
_ADDRESS = re.compile(r"https?:|www\.|[@/~.]", re.IGNORECASE)


def meta_tags(root: Any) -> dict[str, str]:
    """The first content under each name (in lower case) of the page's meta tags; of authors all."""
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        if content := " ".join((element.get("content") or "")[:LONGEST_VALUE].split()):
            name = name.strip().lower()
            is_further = name in found and name.endswith(("author", "creator"))
            found[name] = f"{found[name]}; {content}" if is_further else found.get(name, content)
    found.update(_parsely(found.get("parsely-page", "")))
    if "written by" in found.get("twitter:label1", "").lower():  # as WordPress plugins have it
        found.setdefault("author", found.get("twitter:data1", ""))
    return found


def _parsely(content: str) -> dict[str, str]:
    """What the JSON of Parse.ly's one meta tag says, under the names of its several."""
    try:
        stated = json.loads(content)
    except ValueError:
        return {}
    given = stated.items() if isinstance(stated, dict) else ()
    return {f"parsely-{name.replace('_', '-')}": one_line(value) for name, value in given if value}


def page_url(root: Any, meta: Mapping[str, str]) -> str:
    """The page's own web address, where it gives a whole one."""
    named = root.xpath("//link[@rel='canonical']/@href")
    urls = [*named, meta.get("og:url", ""), meta.get("twitter:url", "")]
    return next((url.strip() for url in urls if site_of(url.strip())), "")


def page_title(
    headings: Sequence[str],
    below: Sequence[str],
    meta: Mapping[str, str],
    named: Sequence[str],
    url: str,
) -> str:
    """The main heading most like what the page is called, else that without the site's name.

    `headings` are the texts of the h1 elements, `below` those of lesser headings that may be a part
    of what the page is called, `named` the <title> and the headlines in JSON-LD.
    """
    called = [text for text in (*(meta.get(name, "") for name in _TITLES), *named) if text]
    site = {letters(meta.get(name, "")) for name in _SITES} | {_domain(url), ""}
    parts = {letters(part) for text in called for part in _PARTS.split(text)}
    main = [*headings, *(heading for heading in below if letters(heading) in parts)]
    own = [heading for heading in dict.fromkeys(main) if letters(heading) not in site]
    best = max(own, key=lambda heading: (_likeness(heading, called), len(heading)), default="")
    is_headline = not called or _likeness(best, called) >= 0.5
    if best and (is_headline or (len(own) == 1 and best.count(" ") >= 3)):
        return best
    return _without_site(called[0], site) if called else ""


def page_publisher(meta: Mapping[str, str], described: str, document: str, url: str) -> str:
    """Who published it: by JSON-LD, meta tags, or the part of the <title> that names its site."""
    names = (described, *(meta.get(site, "") for site in _SITES))
    parts = [part for part in _PARTS.split(document)[1:] if _is_domain(part, url)]
    return next(iter([name for name in names if name and not _ADDRESS.match(name)] + parts), "")


def _likeness(heading: str, called: Sequence[str]) -> float:
    """How well a heading fits what the page is called; the name of a section above it does not."""
    shares = [title_share(heading, text) for text in called]
    longest = max((text.count(" ") for text in called), default=0)
    is_section = heading.count(" ") < 2 and longest >= heading.count(" ") + 5
    leads = any(letters(text).startswith(letters(heading)) for text in called)
    return 0.0 if is_section or not shares else max(shares) + 0.1 * sum(shares) + 0.1 * leads


def _without_site(title: str, site: set[str]) -> str:
    """The title without the parts before and behind it that name the site."""
    parts = _PARTS.split(title)
    kept = [part for part in parts if letters(part) not in site]
    if len(kept) in (0, len(parts)):
        return title
    return title[title.index(kept[0]) : title.rindex(kept[-1]) + len(kept[-1])]


def _domain(url: str) -> str:
    """The part of a web address that names the site: "japantimes" of www.japantimes.co.jp."""
    return letters(max(site_of(url).split(".")[:-1], key=len, default=""))


def _is_domain(part: str, url: str) -> bool:
    name, domain = letters(part).removeprefix("the"), _domain(url)
    return bool(domain) and len(name) >= 3 and (name in domain or domain in name)
