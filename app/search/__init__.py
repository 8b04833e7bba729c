"""Search: words in, papers, notes, techniques, issues and cells out.

`analysis` (how text is cut) and `query` (the language) are pure; `question` makes of a plan what
to ask an engine; `sqlite` is the one engine so far: FTS5, and all that is particular to it.
Another engine is another module with the same functions (`write`, `remove`, `clear`, `matches`).

`saved` keeps queries under names and says what is new in them; `palette` gathers what a few letters
may mean, and `jumps` (pure) puts it in order.
"""
