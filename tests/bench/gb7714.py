"""`python -m tests.bench.gb7714`: how many examples of GB/T 7714—2015 (`gb7714.yaml`) come out as
the standard has them; those that do not are printed. White space does not count: the standard
prints its marks without."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from app.exports.formats.references import STYLES, format_reference
from tests.exports.test_bibliographies import entry_of, read_any

EXAMPLES = Path(__file__).with_suffix(".yaml")


def compare(*, meant: bool = False) -> Iterator[tuple[str, str]]:
    """What comes out, and what is right, of each example that does not come out so; `meant` ones
    too, which differ for a reason."""
    for case in yaml.safe_load(EXAMPLES.read_text("utf-8")):
        (record,) = read_any(case["from"]).records
        made = format_reference(entry_of(record), STYLES["gb7714"]).text
        if squeeze(made) != squeeze(case["right"]) and (meant or "differs" not in case):
            yield made, case["right"]


def squeeze(text: str) -> str:
    return "".join(text.replace("：", ":").split())


def main() -> None:
    wrong = list(compare(meant=True))
    for made, right in wrong:
        print(f"- {made}\n+ {right}")
    count = EXAMPLES.read_text("utf-8").count("- from:")
    print(f"{count - len(wrong)} of {count} as the standard has them")


if __name__ == "__main__":
    main()
