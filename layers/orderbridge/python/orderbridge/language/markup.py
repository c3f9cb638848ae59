"""Texts as paragraphs of HTML, in which what must not be translated is marked so. Pure."""

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from orderbridge.language.pieces import protected

if TYPE_CHECKING:
    from orderbridge.language.offline import Names

_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL | re.IGNORECASE)
_KEPT = re.compile(r"""<span\s+translate=["']?no["']?\s*>(.*?)</span>""", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)
_ENDS = (re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+"), re.compile(r"\s+"))


def marked(texts: Sequence[str], names: "Names") -> str:
    return "\n".join(f"<p>{_marked(text, names)}</p>" for text in texts)


def unmarked(answer: str, texts: Sequence[str], names: "Names") -> list[str] | None:
    """The translations of `texts`, "" for one in which something protected is not as it was; None when the answer has
    not as many paragraphs."""
    paragraphs = _PARAGRAPH.findall(answer)
    if len(paragraphs) != len(texts):
        return None
    return [_unmarked(paragraph, text, names) for paragraph, text in zip(paragraphs, texts, strict=True)]


def cut(text: str, limit: int, names: "Names") -> Iterator[str]:
    """Pieces that fit into one call each, divided at the end of a sentence near the middle, else at a blank."""
    if size(text, names) <= limit:
        yield text
        return
    middle = len(text) // 2
    for end in _ENDS:
        ends = [match.end() for match in end.finditer(text) if 0 < match.end() < len(text)]
        if ends:
            middle = min(ends, key=lambda position: abs(position - middle))
            break
    yield from cut(text[:middle], limit, names)
    yield from cut(text[middle:], limit, names)


def batches(texts: Sequence[str], limit: int, names: "Names", *, together: bool) -> Iterator[list[str]]:
    """As many as one call takes, or each by itself."""
    batch: list[str] = []
    room = limit
    for text in texts:
        need = size(text, names) + 1
        if batch and (not together or need > room):
            yield batch
            batch, room = [], limit
        batch.append(text)
        room -= need
    if batch:
        yield batch


def size(text: str, names: "Names") -> int:
    """Bytes that a text takes in a call."""
    return len(marked([text], names).encode())


def _marked(text: str, names: "Names") -> str:
    made, end = "", 0
    for start, stop in _spans(text, names):
        made += (
            f'{html.escape(text[end:start], quote=False)}<span translate="no">{html.escape(text[start:stop])}</span>'
        )
        end = stop
    return (made + html.escape(text[end:], quote=False)).replace("\n", "<br>")


def _spans(text: str, names: "Names") -> Iterator[tuple[int, int]]:
    """What must pass unharmed: the merchant's names, codes, links, emoji."""
    end = 0
    for name in names.all_within(text):
        yield from ((end + start, end + stop) for start, stop in protected(text[end : name.start()]))
        yield name.span()
        end = name.end()
    yield from ((end + start, end + stop) for start, stop in protected(text[end:]))


def _unmarked(paragraph: str, text: str, names: "Names") -> str:
    kept = Counter(html.unescape(inner) for inner in _KEPT.findall(paragraph))
    if kept != Counter(text[start:stop].replace("\n", "<br>") for start, stop in _spans(text, names)):
        return ""
    lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    said = html.unescape(_TAG.sub("", _BREAK.sub("\n", paragraph)))
    return f"{lead}{said.strip()}{trail}"
