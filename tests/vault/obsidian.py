"""INTEROP.md's rules for Obsidian, and what file systems ask for, of one file."""

import re

import yaml

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?\Z", re.IGNORECASE)


def check(path: str, text: str) -> None:
    """Asserts all of them."""
    for part in path.split("/"):
        assert not re.search(r'[\\:*?"<>|#^\[\]%\x00-\x1f]', part), path
        assert not _RESERVED.match(part), path
        assert part == part.strip(" ").rstrip("."), path
        assert len(part.encode()) <= 200, path
    if path.startswith(".crosswalk/") or not path.endswith(".md"):
        return
    if not text.startswith("---\n"):
        return
    front = yaml.safe_load(text[4 : text.index("\n---\n", 3) + 1])
    for name, value in front.items():
        assert isinstance(name, str)
        assert isinstance(value, (str, int)) or (
            isinstance(value, list) and all(isinstance(each, str) for each in value)
        ), (path, name, value)
    for name in ("tags", "aliases", "cssclasses"):
        assert isinstance(front.get(name, []), list)
    for tag in front.get("tags", []):
        assert re.fullmatch(r"[\w/\-]+", tag), tag
        assert re.search(r"[^\d]", tag), tag
    for name in ("techniques", "fields", "parent", "paper"):
        value = front.get(name, [])
        for link in value if isinstance(value, list) else [value]:
            assert re.fullmatch(r"\[\[[^\[\]|]+\]\]", link), link
