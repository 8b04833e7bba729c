"""Small PDFs made on the spot."""


def make_pdf(*pages: str, title: str = "") -> bytes:
    """A PDF with text on each page, its first line large, which any reader takes."""
    contents = ["\n".join(pages[number : number + 1]) for number in range(len(pages) or 1)]
    objects: list[bytes] = []

    def add(body: str) -> int:
        objects.append(body.encode("latin-1"))
        return len(objects)

    font = add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    kids = []
    tree = 2 + 2 * len(contents)
    for text in contents:
        first, *others = text.split("\n")
        lines = "".join(f"({_escape(line)}) Tj T*\n" for line in others)
        stream = f"BT /F1 18 Tf 24 TL 72 720 Td\n({_escape(first)}) Tj T*\n/F1 10 Tf\n{lines}ET"
        body = add(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        kids.append(
            add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 612 792] /Contents {body} 0 R "
                f"/Resources << /Font << /F1 {font} 0 R >> >> >>"
            )
        )
    names = " ".join(f"{kid} 0 R" for kid in kids)
    assert add(f"<< /Type /Pages /Kids [{names}] /Count {len(kids)} >>") == tree
    root = add(f"<< /Type /Catalog /Pages {tree} 0 R >>")
    info = add(f"<< /Title ({_escape(title)}) >>")
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body_of in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body_of)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        root,
        info,
        start,
    )
    return bytes(out)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
