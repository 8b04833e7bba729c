"""Search: words in, papers, notes, techniques, issues and cells out.

`analysis` (how text is cut) and `query` (the language) are pure; `question` makes of a plan what
to ask an `engine`; `sqlite` (FTS5) and `postgres` (tsvectors) are the two, and hold all that is
particular to them.

`saved` keeps queries under names and says what is new in them; `palette` gathers what a few letters
may mean, and `jumps` (pure) puts it in order.
"""
