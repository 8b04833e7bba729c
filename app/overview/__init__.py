"""The front page and the trash: what the library holds, seen from above."""
