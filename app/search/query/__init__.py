"""From what was typed to what an engine is asked: the language, its values, other names, slips."""
