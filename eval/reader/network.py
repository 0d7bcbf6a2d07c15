"""The reader's network: MiniLM-L6 as a cross-encoder with three heads. Needs torch, which only training has."""

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, HEADS, LAYERS, WORDS, PLACES = 384, 12, 6, 30522, 512


class Layer(nn.Module):
    """One layer of BERT (Devlin et al. 2019), normalised after each part."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.n1, self.n2 = nn.LayerNorm(WIDTH, 1e-12), nn.LayerNorm(WIDTH, 1e-12)

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        b, length, _ = x.shape
        q, k, v = self.qkv(x).view(b, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS) + bias.to(q.dtype), -1)
        mixed = weights.to(v.dtype) @ v  # written out: fused attention is slower on a processor, and no export knows it
        x = self.n1(x + self.out(mixed.transpose(1, 2).reshape(b, length, WIDTH)))
        return self.n2(x + self.down(F.gelu(self.up(x))))


class Reader(nn.Module):
    """(ids, mask, types), each [batch, length] -> answerable [batch], sentence, start and end [batch, length].

    All four are logits; `sentence` is read at the marker in front of each sentence, and position 0
    of `start` and `end` means "no answer here".
    """

    def __init__(self) -> None:
        super().__init__()
        self.word, self.place = nn.Embedding(WORDS, WIDTH), nn.Embedding(PLACES, WIDTH)
        self.kind, self.norm = nn.Embedding(2, WIDTH), nn.LayerNorm(WIDTH, 1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.pool, self.answerable = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)
        self.sentence, self.span = nn.Linear(WIDTH, 1), nn.Linear(WIDTH, 2)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x = self.norm(self.word(ids) + self.place.weight[: ids.shape[1]] + self.kind(types))
        bias = (1.0 - mask[:, None, None, :].to(torch.float32)) * -1e4
        for layer in self.layers:
            x = layer(x, bias)
        answerable = self.answerable(torch.tanh(self.pool(x[:, 0]))).squeeze(-1)
        span = self.span(x)
        return answerable, self.sentence(x).squeeze(-1), span[..., 0], span[..., 1]


def from_minilm(weights: dict[str, torch.Tensor]) -> Reader:
    """A reader with the encoder of all-MiniLM-L6-v2 (its `model.safetensors`) and untrained heads."""
    weights = {name.removeprefix("bert."): value for name, value in weights.items()}
    net = Reader()
    new = net.state_dict()
    for ours, theirs in {"word": "word", "place": "position", "kind": "token_type"}.items():
        new[f"{ours}.weight"] = weights[f"embeddings.{theirs}_embeddings.weight"]
    parts = {
        "out": "attention.output.dense",
        "n1": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "n2": "output.LayerNorm",
    }
    for kind in ("weight", "bias"):
        new[f"norm.{kind}"] = weights[f"embeddings.LayerNorm.{kind}"]
        for i in range(LAYERS):
            layer = f"encoder.layer.{i}."
            qkv = [weights[f"{layer}attention.self.{n}.{kind}"] for n in ("query", "key", "value")]
            new[f"layers.{i}.qkv.{kind}"] = torch.cat(qkv)
            for ours, theirs in parts.items():
                new[f"layers.{i}.{ours}.{kind}"] = weights[f"{layer}{theirs}.{kind}"]
    net.load_state_dict(new)
    return net


def from_onnx(path: Path) -> Reader:
    """A reader with the weights of an exported model (rag/reader/model.onnx), as exact as int8 keeps them.

    The product of each linear layer has its name ("/layers.0/qkv/MatMul_quant"); its weights are transposed there.
    """
    import onnx
    from onnx.numpy_helper import to_array

    graph = onnx.load(str(path)).graph
    stored = {part.name: to_array(part) for part in graph.initializer}

    def exact(name: str) -> torch.Tensor:
        whole = stored[f"{name}_quantized"].astype("float32") - stored[f"{name}_zero_point"].astype("float32")
        return torch.from_numpy(whole * stored[f"{name}_scale"])

    net = Reader()
    new = net.state_dict()
    for name in new.keys() & stored.keys():
        new[name] = torch.from_numpy(stored[name].copy())
    for name in ("word.weight", "kind.weight"):
        new[name] = exact(name)
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            layer = node.name.strip("/").rpartition("/")[0].replace("/", ".")
            new[f"{layer}.weight"] = exact(node.input[1].removesuffix("_quantized")).T.contiguous()
    net.load_state_dict(new)
    return net


def load(path: Path) -> Reader:
    """A reader from its own weights (.safetensors, any precision), from its exported model, or from MiniLM's."""
    from safetensors.torch import load_file

    if path.suffix == ".onnx":
        return from_onnx(path)
    weights = load_file(path)
    if "sentence.weight" not in weights:
        return from_minilm(weights)
    net = Reader()
    net.load_state_dict({name: value.float() for name, value in weights.items()})
    return net
