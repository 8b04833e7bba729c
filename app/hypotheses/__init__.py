"""Transfer hypotheses: ranked, tried, and kept as a ledger."""
