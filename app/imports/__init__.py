"""Files of notes and the starter library: shown first, known again, taken out again."""
