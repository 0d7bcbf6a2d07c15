"""`bench followups`: what the rules add to a follow-up, against the questions that people wrote for it."""

from __future__ import annotations

from pathlib import Path

from eval.bench import Count, read_lines
from rag.chat import readings
from rag.question import understand


def bench_followups(data: Path, work: Path) -> Count:
    """Rule mode on the 75 conversations (TREC CAsT), each question after those before it, without their answers.

    Of content words, as search stems them: `added_word_recall` is the share of those that people added that the rules
    added too, `precision_added` the share of those the rules added that stand in the people's question;
    Of the questions in need of no word, `standalone_kept` is the share to which none was added, `asked_first` the
    share that is asked as it was typed before any is added: only where the articles answer the other better, it stands.
    """
    asked = added = ours = hits = alone = kept = tried = 0
    for conversation in read_lines(data / "followups" / "conversations.jsonl"):
        last = ""
        for row in conversation["turns"]:
            as_is, in_context = readings(row["asked"], last) if last else (row["asked"], "")
            question = last = in_context or as_is
            typed, written = _words(row["asked"]), _words(row["standalone"])
            more = _words(question) - typed
            tried += not _words(as_is) - typed and written <= typed
            asked, added, ours = asked + 1, added + len(written - typed), ours + len(more)
            hits += len(more & written)
            if written <= typed:
                alone, kept = alone + 1, kept + (not more)
    return asked, {
        "added_word_recall": round(hits / added, 3),
        "standalone_kept": round(kept / alone, 3),
        "asked_first": round(tried / alone, 3),
        "precision_added": round(hits / max(1, ours), 3),
    }


def _words(text: str) -> frozenset[str]:
    return frozenset(understand(text).words)
