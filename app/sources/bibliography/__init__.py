"""Files of references: BibTeX, RIS, CSL-JSON, lists of ids → records. Pure."""
