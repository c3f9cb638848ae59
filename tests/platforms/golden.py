"""`make golden`: sign the events again, write what becomes of them and of the recordings, and say what changed.

Look at the difference before you commit it: a golden file is right because a person read it.
"""

import json
from pathlib import Path
from typing import Any

from tests.platforms import cases, replay


def main() -> None:
    changed = [case.path for case in cases.signed_cases() if _sign(case)]
    changed += [case.golden for case in cases.cases() if _write(case.golden, cases.outcome(case, case.event()))]
    changed += [recording.path for recording in replay.recordings() if _record(recording)]
    known = {case.golden for case in cases.cases()}
    for stale in set(cases.GOLDEN.glob("*/*.json")) - known:
        stale.unlink()
        changed.append(stale)
    for path in changed:
        print(("changed  " if path.exists() else "removed  ") + str(path.relative_to(cases.ROOT)))
    print(f"{len(changed)} of {2 * len(known) + len(replay.recordings())} files changed")


def _sign(case: cases.Case) -> bool:
    """The body stays as it is written: its bytes are what is signed."""
    event = case.event()
    signed = cases.signed(case.platform, event, cases.body(event))
    return _write(case.path, {**event, "headers": signed["headers"]})


def _record(recording: replay.Recording) -> bool:
    """The answers stay; what we send and what we make of the answers is written again."""
    told = recording.read()
    adapter, outcome = replay.replayed(recording)
    exchanges = [
        {"request": sent, "response": exchange["response"]}
        for sent, exchange in zip(adapter.sent, told["exchanges"], strict=True)
    ]
    kept: dict[str, Any] = {name: told[name] for name in ("call", "arguments", "same_as") if name in told}
    return _write(recording.path, {**kept, "exchanges": exchanges, **outcome})


def _write(path: Path, document: dict[str, Any]) -> bool:
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if path.exists() and path.read_text() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return True


if __name__ == "__main__":
    main()
