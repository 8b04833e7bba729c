"""The history of cells: what each change was, as of when, taken back."""
