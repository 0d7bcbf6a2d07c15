"""From files to searchable passages.

Importing it switches off what libraries report by themselves: docs/offline.md.
"""

import os
import sys

_ORT, _GRADIO = "ORT_DISABLE_TELEMETRY", "GRADIO_ANALYTICS_ENABLED"
# Read once, when onnxruntime or gradio is imported, by whichever library. What is set is meant.
ONNXRUNTIME_CAME_FIRST = "onnxruntime" in sys.modules and not os.environ.get(_ORT)
os.environ[_ORT] = os.environ.get(_ORT) or "1"
os.environ[_GRADIO] = os.environ.get(_GRADIO) or "False"
