"""Notes in Markdown, in whichever habit they are written → records. Pure."""
