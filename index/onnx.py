"""The one place that loads onnxruntime, which by default reports to its vendor: see docs/offline.md."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from index import ONNXRUNTIME_CAME_FIRST


def load_session(model: Path, *, threads: int = 1) -> Any:
    """An InferenceSession on the processor, safe to run from several threads; with 0 it uses as many as it likes.

    Warns if the program imported onnxruntime before `index`: its report of that start could not be prevented.
    """
    import onnxruntime

    if ONNXRUNTIME_CAME_FIRST:
        onnxruntime.disable_telemetry_events()
        warnings.warn(
            "onnxruntime was imported before Footnote could switch its telemetry off. Import rag or index first, "
            "or set ORT_DISABLE_TELEMETRY=1.",
            RuntimeWarning,
            stacklevel=2,
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
