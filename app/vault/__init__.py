"""The whole library as a folder of Markdown: out, back in, and kept in step with it.

`tables.py` reads and fills the database, `writing.py` and `parsing.py` turn what it holds into
files and back, `document.py` is how a file looks, `syncing.py` carries edits both ways.
"""
