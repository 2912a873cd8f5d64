"""Members' Markdown as tokens: what screens draw, and who is mentioned. Both read the same tokens, so both agree."""

import re
from collections.abc import Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from bbs.text import clean_letters

MENTION = "mention"
"""The type of a token that calls a member; its content is '@handle'."""
LONGEST_HANDLE = 24

_CALL = r"@[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*"
_MENTION_OR_ADDRESS = re.compile(
    r"(?<!\w)\w{1,20}://\S+|(?<!\w)www\.\S+|(?<![\w.@-])[\w-]+(?:\.[\w-]+)+/\S*"
    rf"|(?<![^\W_])(?<!@)(?P<call>{_CALL})(?![^\W_]|@)"
)
"""An '@' in an address, and '@ross@mastodon.scot', call nobody here."""

_SIGNS = "*_`~<&\\"
_COSTS = {"[": 50, "!": 30, "\n": 60, ">": 15} | dict.fromkeys(_SIGNS, 12)
MOST_COSTLY = 60_000
"""Microseconds, about what reading the longest honest post takes. A text of 19,000 '[' took eight times as long, in
which nobody else could do anything: a post of signs alone is shown as it was typed, and calls nobody."""


def parse(text: str) -> list[Token]:
    """The tokens of a body, with a token for each mention. HTML is no markup, and a line break is one."""
    if sum(cost * text.count(sign) for sign, cost in _COSTS.items()) > MOST_COSTLY:
        return _as_typed(text)
    return _PARSER.parse(text)


def mentions(text: str) -> tuple[str, ...]:
    """The handles that a body calls, in its order. Code, links, addresses, quotations and '\\@' call nobody."""
    if "@" not in text:
        return ()
    inside = (child for token in parse(text) for child in token.children or ())
    return tuple(dict.fromkeys(child.content[1:].lower() for child in inside if child.type == MENTION))


def _as_typed(text: str) -> list[Token]:
    """One paragraph without any markup."""
    children = []
    for line in text.split("\n"):
        children += [Token("text", "", 0, content=line), Token("softbreak", "br", 0)]
    inline = Token("inline", "", 0, content=text, children=children[:-1])
    return [Token("paragraph_open", "p", 1), inline, Token("paragraph_close", "p", -1)]


def _keep_escaped(state: StateCore) -> None:
    """A sign that was escaped ('\\@') would be joined with the text around it, and look like any other."""
    for token in state.tokens:
        for child in token.children or ():
            if child.type == "text_special" and child.content == "@":
                child.type = "escaped"


def _clean_entities(state: StateCore) -> None:
    """'&#x202e;' and '&#12;' are letters like any others to the parser; a body was cleaned before they were."""
    for token in state.tokens:
        for child in (token.children or ()) if "&" in token.content else ():
            if child.type == "text":
                child.content = clean_letters(child.content).replace("\n", " ").replace("\t", " ")


def _find_mentions(state: StateCore) -> None:
    quotes = 0
    for token in state.tokens:
        if token.type in {"blockquote_open", "blockquote_close"}:
            quotes += token.nesting
        elif token.type == "inline" and not quotes and "@" in token.content:
            token.children = list(_with_mentions(token.children or ()))


def _with_mentions(children: Iterable[Token]) -> Iterator[Token]:
    links = 0
    for child in children:
        if child.type in {"link_open", "link_close"}:
            links += child.nesting
        if child.type == "text" and not links:
            yield from _split(child)
        else:
            yield child


def _split(token: Token) -> Iterator[Token]:
    """A text token as tokens of text and of mentions."""
    at = 0
    for found in _MENTION_OR_ADDRESS.finditer(token.content):
        call = found["call"]
        if call and 2 < len(call) <= 1 + LONGEST_HANDLE:
            if found.start() > at:
                yield Token("text", "", 0, content=token.content[at : found.start()])
            yield Token(MENTION, "", 0, content=call)
            at = found.end()
    if at < len(token.content):
        yield Token("text", "", 0, content=token.content[at:])


def _parser() -> MarkdownIt:
    # linkify is off: it costs a second for a long post. HTML is off: it is shown as typed.
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("strikethrough")
    parser.core.ruler.before("text_join", "keep_escaped", _keep_escaped)
    parser.core.ruler.push("clean_entities", _clean_entities)
    parser.core.ruler.push("find_mentions", _find_mentions)
    return parser


_PARSER = _parser()
