"""Notes: Markdown to safe HTML, links and backlinks, revisions, attachments."""
