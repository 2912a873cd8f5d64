"""What stands in a plain text and is no text: PGP's armour, and files as they were sent before there was MIME."""

import re
from collections.abc import Iterator

_MARKS = ("-----BEGIN ", "begin ", "with BinHex", "next part ---")
_ARMOUR = re.compile(r"(?P<quote>(?:>[ ]?)*)-----BEGIN (?P<what>PGP [A-Z ,/0-9]{1,60}|PKCS7|CERTIFICATE)-----\s*$")
_ARMOUR_HEADER = re.compile(r"[A-Za-z-]{1,40}: ")
_ARMOURED = re.compile(r"[A-Za-z0-9+/=]{0,100}$|(?:Version|Comment|MessageID|Hash|Charset): ")
_UU = re.compile(r"begin [0-7]{3,4} (?P<name>\S.{0,200})$")
_BINHEX = "(This file must be converted with BinHex"
_SIGNED = "PGP SIGNED MESSAGE"
_SCRUBBED = "-------------- next part --------------"
"""Mailman puts it, and six lines that describe a part, where a part was that its archive does not keep."""
_SCRUBBED_SIGNATURE = re.compile(r"Type: application/(?:x-)?(?:pgp|pkcs7)-signature\s*$")
_SCRUBBED_END = re.compile(r"(?:URL|Url ?): ")
_NAMES = {"PGP MESSAGE": "[Encrypted text, PGP]", "PKCS7": "[Encrypted or signed text, S/MIME]",
          "CERTIFICATE": "[Certificate]"}  # fmt: skip


def without_inlaid(text: str) -> str:
    """A text in which what is no text is named in one line, and cryptographic signatures are gone."""
    if not any(mark in text for mark in _MARKS):
        return text
    return "\n".join(_Rows(text.split("\n")).kept())


class _Rows:
    """Walks over the lines of a text once."""

    def __init__(self, rows: list[str]) -> None:
        self._rows = rows
        self._at = 0
        self._is_signed = False

    def kept(self) -> Iterator[str]:
        while self._at < len(self._rows):
            row = self._rows[self._at]
            self._at = at = self._at + 1
            if "-----BEGIN " in row and (found := _ARMOUR.match(row)):
                yield from self._armour(found["quote"], found["what"])
            elif row.startswith("begin ") and (found := _UU.match(row)) and (end := self._end_of_uu()):
                self._at = end
                yield f"[Attachment: {found['name'].strip()}]"
            elif row.startswith(_SCRUBBED):
                self._skip_scrubbed(self._rows[self._at : self._at + 8])
                yield from () if self._at > at else (row,)
            elif row.startswith(_BINHEX):
                self._skip_binhex()
                yield "[Attachment: a file in BinHex]"
            else:
                yield row.removeprefix("- ") if self._is_signed and row.startswith("- -") else row

    def _armour(self, quote: str, what: str) -> Iterator[str]:
        if what == _SIGNED:
            self._is_signed = True
            self._skip_armour_headers(quote)
            return
        self._skip_armour(quote, f"-----END {what}")
        if what == "PGP SIGNATURE":
            self._is_signed = False
        else:
            yield quote + _NAMES.get(what, "[PGP key]" if "KEY" in what else "[Encrypted text, PGP]")

    def _skip_armour_headers(self, quote: str) -> None:
        """'Hash: SHA1', and the empty line that ends the headers."""
        while self._at < len(self._rows):
            row = self._rows[self._at].removeprefix(quote).removeprefix(quote.rstrip())
            if row.strip() and not _ARMOUR_HEADER.match(row):
                return
            self._at += 1
            if not row.strip():
                return

    def _skip_armour(self, quote: str, end: str) -> None:
        """Lines of letters without a space, to the line that ends them or to words."""
        while self._at < len(self._rows):
            row = self._rows[self._at].removeprefix(quote.rstrip()).strip()
            if not row.startswith(end) and not _ARMOURED.match(row):
                return
            self._at += 1
            if row.startswith(end):
                return

    def _end_of_uu(self) -> int:
        """Where the lines of a uuencoded file end; 0 if there are none."""
        at = self._at
        while at < len(self._rows) and _is_uu(self._rows[at]):
            at += 1
        if at == self._at:
            return 0
        if at < len(self._rows) and self._rows[at].strip() in {"`", ""}:
            at += 1
        return at + 1 if at < len(self._rows) and self._rows[at].strip() == "end" else at

    def _skip_scrubbed(self, described: list[str]) -> None:
        """The description of a signature; other parts are described as they were."""
        end = next((n for n, row in enumerate(described) if _SCRUBBED_END.match(row)), None)
        if end is not None and any(_SCRUBBED_SIGNATURE.match(row) for row in described[:end]):
            self._at += end + 1

    def _skip_binhex(self) -> None:
        while self._at < len(self._rows):
            row = self._rows[self._at].strip()
            if row and (len(row) > 64 or " " in row):
                return
            self._at += 1
            if row.endswith(":") and len(row) != 1:
                return


def _is_uu(row: str) -> bool:
    """Whether a line's first letter says how many bytes follow, and they do; mail drops the spaces at its end."""
    if not row or not " " < row[0] <= "M" or any(not " " <= letter <= "`" for letter in row):
        return False
    whole = 1 + (ord(row[0]) - 32 + 2) // 3 * 4
    return whole - 4 <= len(row) <= whole + 2
