"""The gate bites: a part is broken in turn, and the gate fails each time for that reason and no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from eval.case import CaseSet, load_sets
from eval.comparing import Baseline, Verdict, accept, gate
from eval.running import Indexed, Run, Subject, gather, indexed, load, made_on, metered, run_set, run_sets, save
from eval.scoring import mean
from index.article import UserError
from rag.answer import Answer, Citation, Sentence, join
from rag.retrieval import SearchResult
from tests.model_server import ModelServer
from tests.shared import shared

NOWHERE = Path("no-such-folder")  # the sample set needs no corpus


class Whole:
    """The Subject that people use, which remembers what it was asked: the parts are broken behind it."""

    def __init__(self, inner: Indexed) -> None:
        self._inner = inner
        self.ask, self.search = cache(self._ask), cache(self._search)

    def _ask(self, question: str, history: tuple[str, ...], as_of: str | None, hidden: tuple[str, ...] = ()) -> Answer:
        chat = self._inner.assistant.chat(as_of=as_of, exclude=hidden)
        for earlier in history:
            chat.ask(earlier)
        return chat.ask(question)

    def _search(self, question: str, as_of: str | None, hidden: tuple[str, ...] = ()) -> Sequence[SearchResult]:
        return self._inner.assistant.search(question, limit=50, as_of=as_of, exclude=hidden)

    def read(self, citation: Citation) -> str | None:
        return self._inner.read(citation)


@dataclass(frozen=True)
class Broken:
    """A Subject with one part replaced: what it searches in, or what becomes of its answers."""

    inner: Whole
    change: Callable[[Answer], Answer] = lambda answer: answer
    hidden: Callable[[str, str | None], Sequence[str]] = lambda question, as_of: ()
    order: Callable[[Sequence[SearchResult]], Sequence[SearchResult]] = lambda found: found

    def ask(self, question: str, history: Sequence[str], as_of: str | None) -> Answer:
        return self.change(self.inner.ask(question, tuple(history), as_of, tuple(self.hidden(question, as_of))))

    def search(self, question: str, as_of: str | None) -> Sequence[SearchResult]:
        return self.order(self.inner.search(question, as_of, tuple(self.hidden(question, as_of))))

    def read(self, citation: Citation) -> str | None:
        return self.inner.read(citation)


@pytest.fixture(scope="module")
def cases() -> CaseSet:
    """Every third case: enough of each kind."""
    (cases,) = load_sets("sample")
    return cases.model_copy(update={"cases": cases.cases[::3]})


@pytest.fixture(scope="module")
def subject(cases: CaseSet) -> Iterator[Whole]:
    with indexed(cases, NOWHERE) as opened:
        yield Whole(opened)


def run(cases: CaseSet, subject: Subject) -> Run:
    return Run(made_on(), tuple(run_set(cases, subject)))


@pytest.fixture(scope="module")
def sound(cases: CaseSet, subject: Whole) -> Run:
    return run(cases, subject)


@pytest.fixture(scope="module")
def baseline(sound: Run) -> Baseline:
    return accept(sound, None)


def judge(cases: CaseSet, subject: Subject, baseline: Baseline) -> tuple[Run, Verdict]:
    after = run(cases, subject)
    return after, gate(after, baseline)


def reasons(verdict: Verdict, what: str) -> set[str]:
    return {failure.text for failure in verdict.failures if failure.what == what}


def test_the_gate_passes_when_nothing_changed(cases: CaseSet, subject: Whole, baseline: Baseline) -> None:
    _, verdict = judge(cases, subject, baseline)
    assert verdict.passes and not verdict.changed and not verdict.new


def test_search_that_misses_the_proving_articles_fails_as_flips(
    cases: CaseSet, subject: Whole, sound: Run, baseline: Baseline
) -> None:
    accepted = {(case.question, case.as_of): case.accepted for case in cases.cases}
    blind = Broken(subject, hidden=lambda question, as_of: accepted.get((question, as_of), ()))
    after, verdict = judge(cases, blind, baseline)
    answerable = {case.id for case in cases.cases if case.is_answerable}
    was_right = {result.id for result in sound.results if result.outcome == "right"}
    assert {failure.where for failure in verdict.failures} >= answerable & was_right
    assert {failure.what for failure in verdict.failures} == {"flip"}
    alone = [result for result in after.results if result.kind != "follow_up"]
    assert not any(result.reciprocal_rank for result in alone)


def test_markers_that_name_other_footnotes_fail_as_a_broken_promise(
    cases: CaseSet, subject: Whole, baseline: Baseline
) -> None:
    def shift(answer: Answer) -> Answer:
        moved = [replace(s, citations=tuple(number + 1 for number in s.citations)) for s in answer.sentences]
        return replace(answer, sentences=tuple(moved), text=answer.text if answer.refused else join(moved))

    _, verdict = judge(cases, Broken(subject, shift), baseline)
    assert any("sentences cite" in text for text in reasons(verdict, "invariant"))


def test_an_article_cited_that_does_not_prove_it_fails_as_flips(
    cases: CaseSet, subject: Whole, baseline: Baseline
) -> None:
    def swap(answer: Answer) -> Answer:
        moved = [replace(citation, path="harbour/2021-07-20-dredging.html") for citation in answer.citations]
        return replace(answer, citations=tuple(moved))

    _, verdict = judge(cases, Broken(subject, swap), baseline)
    assert any(text.startswith("was right, now wrong: not shown") for text in reasons(verdict, "flip"))
    assert reasons(verdict, "invariant")  # nor do its words stand there


def test_answering_what_should_be_refused_fails_as_flips(cases: CaseSet, subject: Whole, baseline: Baseline) -> None:
    def never_refuse(answer: Answer) -> Answer:
        if not answer.refused or not answer.closest:
            return answer
        sentences = tuple(Sentence(c.quote, "", (c.number,), "quoted") for c in answer.closest)
        return replace(answer, refused=False, sentences=sentences, citations=answer.closest, closest=(),
                       text=join(sentences))  # fmt: skip

    _, verdict = judge(cases, Broken(subject, never_refuse), baseline)
    assert "was right, now wrong: answered, though the articles do not" in reasons(verdict, "flip")
    assert not reasons(verdict, "invariant")


def test_refusing_everything_fails_as_flips(cases: CaseSet, subject: Whole, baseline: Baseline) -> None:
    def refuse(answer: Answer) -> Answer:
        return replace(answer, refused=True, sentences=(), citations=(), text="The articles do not answer this.")

    _, verdict = judge(cases, Broken(subject, refuse), baseline)
    assert reasons(verdict, "flip") == {"was right, now refused: refused, though the articles answer"}


def test_a_quote_altered_by_a_letter_fails_whatever_the_baseline_says(cases: CaseSet, subject: Whole) -> None:
    def alter(answer: Answer) -> Answer:
        return replace(answer, citations=tuple(replace(c, quote=c.quote[:-1] + "!") for c in answer.citations))

    after = run(cases, Broken(subject, alter))
    with pytest.raises(UserError, match="is not what is at"):
        accept(after, None)
    assert all("is not what is at" in text for text in reasons(gate(after, None), "invariant"))


def test_another_order_of_equal_passages_passes(cases: CaseSet, subject: Whole, sound: Run, baseline: Baseline) -> None:
    def tie(found: Sequence[SearchResult]) -> Sequence[SearchResult]:
        last_first = list(found)[::-1]  # a stable sort leaves equals in this order
        return sorted(last_first, key=lambda passage: -round(passage.score, 9))

    def reorder(answer: Answer) -> Answer:
        turned = tuple(reversed(answer.sentences))
        numbers = {old: new for new, old in enumerate((n for s in turned for n in s.citations), start=1)}
        sentences = tuple(replace(s, citations=tuple(numbers[n] for n in s.citations)) for s in turned)
        citations = sorted((replace(c, number=numbers[c.number]) for c in answer.citations), key=lambda c: c.number)
        text = answer.text if answer.refused else join(sentences)
        return replace(answer, sentences=sentences, citations=tuple(citations), text=text)

    after, verdict = judge(cases, Broken(subject, reorder, order=tie), baseline)
    assert verdict.passes and verdict.changed
    first, second = (mean(result.reciprocal_rank for result in each.results) for each in (sound, after))
    assert first == pytest.approx(second)


def test_a_case_that_breaks_is_an_error_and_hides_no_other(cases: CaseSet, subject: Whole) -> None:
    def stumble(answer: Answer) -> Answer:
        if "Qaani" in answer.question:
            raise RuntimeError("stumbled")
        return answer

    results = run(cases, Broken(subject, stumble)).results
    broken = [result for result in results if "Qaani" in result.question]
    assert broken and all((r.outcome, r.reason) == ("error", "RuntimeError: stumbled") for r in broken)
    assert len(results) == len(cases.cases) and any(result.outcome == "right" for result in results)


def test_a_saved_run_comes_back_whole(sound: Run, tmp_path: Path) -> None:
    save(sound, tmp_path / "run.json")
    assert load(tmp_path / "run.json") == sound
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(UserError, match="not a saved run"):
        load(tmp_path / "other.json")


def test_a_set_whose_articles_are_absent_is_skipped_with_the_reason(tmp_path: Path) -> None:
    skipped = run_sets(load_sets("corpus"), tmp_path).skipped
    assert list(skipped) == ["corpus"] and "is not there" in skipped["corpus"] and "--corpus" in skipped["corpus"]


def test_an_article_with_other_content_is_not_taken_for_the_set_s(cases: CaseSet, tmp_path: Path) -> None:
    name = next(iter(load_sets("corpus")[0].header.articles))
    (tmp_path / name).write_text("Something else.")
    with pytest.raises(UserError, match="has other content"):
        gather(load_sets("corpus")[0], tmp_path, tmp_path / "out")


def test_the_corpus_set_runs_wherever_its_files_lie(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    for file in shared("corpus").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (cases,) = load_sets("corpus")
    gather(cases, tmp_path, tmp_path / "out")
    assert {file.name for file in (tmp_path / "out").iterdir()} == set(cases.header.articles)


def test_what_a_model_costs_is_counted(cases: CaseSet) -> None:
    few = [cases.model_copy(update={"cases": cases.cases[::9]})]
    with ModelServer() as server, metered("honest", server.base_url) as opened:
        usages = [result.usage for result in run_sets(few, NOWHERE, opened).results]
    assert any(usage.get("requests") for usage in usages)
    assert all(usage["prompt_tokens"] > 1000 for usage in usages if usage)


def test_an_endpoint_without_a_model_is_an_error() -> None:
    with pytest.raises(UserError, match="No model is named"), metered(None, "http://127.0.0.1:1/v1"):
        pass


def test_a_model_in_the_settings_is_not_asked_by_the_suite(cases: CaseSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_MODEL", "honest")
    with indexed(cases, NOWHERE) as opened:
        assert opened.assistant.model_host is None
