"""The trained reader as the int8 ONNX file that rag/reader runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch

from eval.reader import network


def export(weights: Path, out: Path) -> int:
    """Writes the model and returns its size in bytes: weights in int8, a scale for each output channel."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    net = network.load(weights)
    net.eval()
    ids = torch.ones(1, 16, dtype=torch.long)
    names, heads = ["ids", "mask", "types"], ["answers", "sentence", "start", "end"]
    axes = {name: {0: "batch", 1: "length"} for name in [*names, *heads[1:]]} | {"answers": {0: "batch"}}
    with tempfile.TemporaryDirectory() as folder:
        exact = Path(folder) / "float.onnx"
        torch.onnx.export(
            net,
            (ids, ids, ids),
            str(exact),
            input_names=names,
            output_names=heads,
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(exact, out, weight_type=QuantType.QInt8, per_channel=True)
    return out.stat().st_size
