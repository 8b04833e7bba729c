"""A list of a folder's files with their digests, as YAML, and what of it is not there. Pure."""

from collections.abc import Mapping
from functools import partial
from hashlib import sha256

import yaml

from app.kit.guarded_yaml import TextLoader, YamlProblem, load_yaml

FILES = "files"  # the key of the list: path → SHA-256
_DEEPEST = 3


def read_file_list(text: bytes) -> dict[str, dict[str, str]]:
    """The mappings of texts in a YAML file, by their key; none where it is not to be read."""
    try:
        read = partial(yaml.load, Loader=TextLoader)
        held = load_yaml(text.decode("utf-8", "replace"), read, deepest=_DEEPEST)
    except YamlProblem:
        return {}
    return {
        str(key): {str(name): str(said) for name, said in value.items()}
        for key, value in (held.items() if isinstance(held, dict) else ())
        if isinstance(value, dict)
    }


def missing_files(listed: Mapping[str, str], present: Mapping[str, bytes]) -> list[str]:
    """The paths of a list that are not among the files; what was moved is not missing."""
    gone = [path for path in listed if path not in present]
    if not gone:
        return []
    elsewhere = {sha256(present[path]).hexdigest() for path in present if path not in listed}
    return [path for path in gone if listed[path] not in elsewhere]
