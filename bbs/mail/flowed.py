"""Text whose mail program left the line breaks to the reader (format=flowed, RFC 3676)."""

SIGNATURE = "-- "


def unflowed(text: str, *, without_space: bool) -> str:
    """Each paragraph on one line, also in quotations. `without_space` is DelSp: the space at a break is no word's."""
    joined: list[str] = []
    paragraph: list[str] = []
    depth = 0
    goes_on = False
    for row in text.replace("\r\n", "\n").split("\n"):
        quoted = len(row) - len(row.lstrip(">"))
        words = row[quoted:].removeprefix(" ")
        is_fixed = words == SIGNATURE or not words.strip()
        if not goes_on or quoted != depth or is_fixed:
            joined += _row(paragraph, depth)
            paragraph = []
        depth = quoted
        goes_on = words.endswith(" ") and not is_fixed
        paragraph.append(words[:-1] if goes_on and without_space else words)
    return "\n".join([*joined, *_row(paragraph, depth)])


def _row(paragraph: list[str], depth: int) -> list[str]:
    if not paragraph:
        return []
    words = "".join(paragraph)
    return [f"{'>' * depth} {words}" if depth and words else ">" * depth + words]
