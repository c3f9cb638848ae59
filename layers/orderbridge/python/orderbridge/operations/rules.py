"""How a store writes SKUs: rules for all of them, and a mapping file for those that follow none.

What cannot be is refused here, with a reason. After each change the orders that wait for a SKU are looked at again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.mapping import usable
from orderbridge.matching import fits
from orderbridge.model import Rules
from orderbridge.operations.inputs import made, valid
from orderbridge.operations.tabular import Fault, rows
from orderbridge.sweeping import recheck_waiting
from orderbridge.tables.spellings import Spellings

COLUMNS = ("shop_sku", "sku")


@dataclass(frozen=True)
class Spelling:
    """`rows` of the mapping file: SKU as the shop writes it -> ours."""

    rules: Rules
    rows: Mapping[str, str]


@dataclass(frozen=True)
class Changed:
    """mixed_case  SKUs of ours that are found by no rule about capitals, as they are in neither capitals nor small
    letters throughout
    """

    rules: Rules
    orders_looked_at_again: int
    mixed_case: tuple[str, ...] = ()


@dataclass
class Read:
    """entered   rows that are new, or say something else than before
    repeats   rows that were there
    faults    rows that were refused, by line of the file; the others are entered all the same
    """

    entered: int = 0
    repeats: int = 0
    faults: list[Fault] = field(default_factory=list)
    orders_looked_at_again: int = 0


def show(bridge: Bridge, store: str) -> Spelling:
    """Raises UnknownStore."""
    return Spelling(bridge.control.store(store).rules, Spellings(bridge.control).all_named(store))


def change(bridge: Bridge, store: str, said: Mapping[str, str | bool]) -> Changed:
    """Say how the store writes SKUs from now on; what was said before is forgotten as a whole.

    said  fields of `Rules`
    Goes through all our SKUs: rules by which one of them could be taken for another are refused.
    Raises InvalidInput, UnknownStore; nothing is changed then.
    """
    bridge.control.store(store)
    rules = made(Rules, **said)
    _check(rules)
    ours = {level.sku for level in bridge.stock.all_levels()}
    for sku in sorted(ours):
        if fitting := fits(sku, rules, ours):
            reason = f"{sku} and {fitting[0]} are both SKUs of ours, and the rules would make one of the other"
            raise InvalidInput(reason, store=store)
    mixed = tuple(sorted(sku for sku in ours if sku not in (sku.upper(), sku.lower()))) if rules.ignore_case else ()
    return _saved(bridge, store, rules, mixed)


def clear(bridge: Bridge, store: str) -> Changed:
    """Forget the rules; the mapping file stays, and what is listed stays listed. Raises UnknownStore."""
    return _saved(bridge, store, Rules(), ())


def read(bridge: Bridge, store: str, content: bytes) -> Read:
    """Enter a mapping file with the columns shop_sku and sku, ours. Rows that it does not name stay as they are.

    Raises InvalidInput when the file as a whole cannot be read, UnknownStore.
    """
    bridge.control.store(store)
    done, spellings = Read(), Spellings(bridge.control)
    told = list(rows(content, COLUMNS, (), done.faults))
    known, _ = bridge.stock.known({cell for _, row in told for cell in row.values() if usable(cell)})
    before, lines = spellings.all_named(store), dict[str, tuple[int, str]]()
    for line, row in told:
        written, sku = row["shop_sku"], row["sku"]
        first, other = lines.setdefault(written, (line, sku))
        if fault := _fault(written, sku, known) or (f"line {first} says {other}" if other != sku else ""):
            done.faults.append(Fault(line, fault))
        elif before.get(written) == sku:
            done.repeats += 1
        else:
            if not done.entered:
                spellings.use_file(store)
            spellings.name(store, written, sku)
            before[written] = sku
            done.entered += 1
    done.faults.sort(key=lambda fault: fault.line)
    done.orders_looked_at_again = _look_again(bridge, store)
    return done


def forget(bridge: Bridge, store: str, written: str) -> None:
    """Take a row off the mapping file. Raises NotFound, UnknownStore."""
    bridge.control.store(store)
    if not (usable(written) and Spellings(bridge.control).forget(store, written.strip())):
        raise NotFound(f"the mapping file of {store} has no SKU {written[:120]!r}", store=store)


def _check(rules: Rules) -> None:
    if not rules.said:
        raise InvalidInput("the rules say nothing: name a prefix or suffix to strip or to add, or ignore case")
    for what, off, on in (
        ("prefix", rules.strip_prefix, rules.add_prefix),
        ("suffix", rules.strip_suffix, rules.add_suffix),
    ):
        if off and off == on:
            raise InvalidInput(f"the {what} {off!r} is stripped and added: that changes nothing")
        if any(text != text.strip() and not text.strip() for text in (off, on)):
            raise InvalidInput(f"a {what} of spaces: spaces around an SKU do not count anyway")


def _fault(written: str, sku: str, known: set[str]) -> str:
    """Why a row of the mapping file cannot be, "" if it can."""
    if not usable(written):
        return f"{written[:120]!r} is no SKU that a shop can write: 1 to 100 characters"
    try:
        valid("SKU", sku)
    except InvalidInput as error:
        return error.reason
    if sku not in known:
        return f"there is no SKU {sku!r}"
    if written in known:
        return f"{written} is a SKU of ours, and counts as such wherever a shop writes it"
    return ""


def _saved(bridge: Bridge, store: str, rules: Rules, mixed: tuple[str, ...]) -> Changed:
    Spellings(bridge.control).save_rules(store, rules)
    return Changed(rules, _look_again(bridge, store), mixed)


def _look_again(bridge: Bridge, store: str) -> int:
    return recheck_waiting(bridge, bridge.control.store(store), datetime.now(UTC))
