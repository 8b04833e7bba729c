"""Search: words in, papers, notes, techniques, issues and cells out.

`query/` (pure but for the look-up of names) makes of what was typed a plan and what to ask;
`engine/` is the index behind one small interface, on two databases; `index/` keeps it in step with
the rows; `retrieval` asks for all words first, then looser; `results/` is what is shown of it.

`saved_searches` keeps queries under names and says what is new in them; `quick_open/` is the
palette.
"""
