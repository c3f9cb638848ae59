"""Which of our SKUs a written one is: exactly ours, a row of the mapping file, or ours by the store's rules. Pure.

A blank SKU never matches, and nothing that could be two of ours: such a thing waits for a person.
"""

from collections.abc import Mapping, Set

from orderbridge.model import LONGEST_SKU, Rules

NO_RULES = Rules()


def match(written: str, rules: Rules, known: Set[str], named: Mapping[str, str] | None = None) -> str | None:
    """The one SKU that it is; None when it is none, or may be two. The first that finds something decides.

    known  SKUs that we stock, `candidates` among them
    named  rows of the mapping file: the SKU as the shop writes it, without spaces around it -> ours
    """
    if not written.strip():
        return None
    if written in known:
        return written
    told = (named or {}).get(written.strip())
    if told is not None:
        return told if told in known else None
    fitting = fits(written, rules, known)
    return fitting[0] if len(fitting) == 1 else None


def fits(written: str, rules: Rules, known: Set[str]) -> tuple[str, ...]:
    """Every SKU of ours that the rules make of it."""
    return tuple(sku for sku in candidates(written, rules) if sku in known)


def candidates(written: str, rules: Rules) -> tuple[str, ...]:
    """What the rules make of a written SKU, each once, whether we stock it or not; none where no rule applies.

    Where case is ignored ours may be as the shop writes it, in capitals or in small letters: a table finds nothing by
    half a key, so that an SKU of ours in mixed case needs a row of the mapping file.
    """
    bare = written.strip()
    if not bare or not rules.said:
        return ()
    changed = renamed(bare, rules)
    forms = [changed, *(form for one in (bare, changed) for form in (one.upper(), one.lower()) if rules.ignore_case)]
    usable = (form for form in dict.fromkeys(forms) if form.strip() and len(form) <= LONGEST_SKU)
    return tuple(form for form in usable if form != written)


def renamed(written: str, rules: Rules) -> str:
    """A written SKU with its prefix and suffix as we write them; unchanged where it has none of what is stripped."""
    changed = written
    if _starts(changed, rules.strip_prefix, rules.ignore_case):
        changed = rules.add_prefix + changed[len(rules.strip_prefix) :]
    if _starts(changed[::-1], rules.strip_suffix[::-1], rules.ignore_case):
        changed = changed[: len(changed) - len(rules.strip_suffix)] + rules.add_suffix
    return changed


def _starts(text: str, start: str, ignore_case: bool) -> bool:
    """Whether something is left after `start`."""
    head = text[: len(start)]
    return len(text) > len(start) and (head.lower() == start.lower() if ignore_case else head == start)
