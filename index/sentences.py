"""Where sentences are split, under the name that programs outside import."""

from index.english.sentences import sentence_spans

__all__ = ["sentence_spans"]
