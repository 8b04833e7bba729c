"""What any program could use: text, trees, files, names of people. Knows no paper."""
