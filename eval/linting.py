"""Are the cases themselves right? Facts that stand nowhere in the articles, duplicates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.case import Case, CaseSet
from eval.facts import Fact, normal, states
from eval.running import gather
from eval.scoring import written
from index.article import Article
from index.english.sentences import sentence_spans
from index.reading import find_files, read_file


def read_articles(cases: CaseSet, corpus: Path) -> dict[str, Article]:
    """The set's articles by path, as the index would read them. Raises UserError when a file is missing."""
    with TemporaryDirectory(prefix="footnote-eval-") as work:
        folder = Path(work) / cases.name
        gather(cases, corpus, folder)
        files, _ = find_files(folder)
        articles = [article for file in files for article in read_file(folder, file.path, cases.name, {})[0]]
    return {article.path: article for article in articles}


def lint(cases: CaseSet, articles: Mapping[str, Article]) -> list[str]:
    """What is wrong with a set, a line each, the case's id first."""
    wrong = [f"{case.id}: {problem}" for case in cases.cases for problem in _problems(case, articles)]
    return [*_doubled(cases), *wrong]


def places(fact: Fact, article: Article) -> list[tuple[int, int]]:
    """The spans of the article's sentences that state the fact."""
    return [(start, end) for start, end in sentence_spans(article.text) if states(article.text[start:end], fact)]


def _problems(case: Case, articles: Mapping[str, Article]) -> Iterator[str]:
    accepted = []
    for path in case.accepted:
        article = articles.get(path)
        if article is None:
            yield f"the set has no article '{path}'"
            continue
        accepted.append(article)
        if case.as_of and article.published and article.published > case.as_of:
            yield f"{path} is from {article.published}, so it is not seen as of {case.as_of}"
        if case.articles and case.articles.all and not any(places(fact, article) for fact in case.facts):
            yield f"{path} must be cited, but states none of the facts"
    for fact in case.facts:
        if accepted and not any(places(fact, article) for article in accepted):
            yield f"no sentence of its articles states '{written(fact)}'"


def _doubled(cases: CaseSet) -> Iterator[str]:
    seen: dict[tuple[str, ...], str] = {}
    for case in cases.cases:
        key = (normal(case.question), case.as_of or "", *map(normal, case.history))
        if key in seen:
            yield f"{case.id}: asks the same as {seen[key]}"
        seen.setdefault(key, case.id)
