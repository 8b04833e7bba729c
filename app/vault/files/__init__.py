"""The files of a vault: how each looks, is written and is read. Opens no database."""
