"""The report of a reconciliation as one HTML file that needs nothing else."""

from collections.abc import Iterable, Sequence
from html import escape

from orderbridge.operations.reconciling import Report
from orderbridge.reconcile.words import WORDS

_STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2733}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .7rem;border-bottom:1px solid #d8dee5;vertical-align:top}
th{font-weight:600;background:#f3f5f7}p.sum{font-size:1.1rem}.person{color:#a4001d;font-weight:600}"""


def page(report: Report) -> str:
    until = f"{report.complete:%Y-%m-%d %H:%M:%S} UTC" if report.complete else "still under way"
    counts = [(c.title, c.found, c.repaired, c.for_a_person) for c in report.counts]
    compared = [
        (c.phase, c.store or "all", c.checked, "yes" if c.done else "not yet", c.left_out) for c in report.compared
    ]
    findings = [
        (WORDS[f.kind].title, f.store, f.number or f.about, f.ours, f.theirs, f.repair or "for a person")
        for f in report.findings
    ]
    more = report.found - len(findings)
    parts = (
        f"<h1>Reconciliation {escape(report.run)}</h1>",
        f"<p>Begun {report.started:%Y-%m-%d %H:%M:%S} UTC, {'ended ' if report.complete else ''}{until}.</p>",
        f'<p class="sum">{report.checked} compared, {report.found} differences, {report.repaired} being repaired, '
        f'<span class="{"person" if report.for_a_person else ""}">{report.for_a_person} for a person</span>.</p>',
        _table("Differences", ("kind", "found", "being repaired", "for a person"), counts),
        _table("What was compared", ("phase", "store", "compared", "to its end", "left out"), compared),
        _table("One by one", ("kind", "store", "what", "ours", "theirs", "repair"), findings),
        f"<p>{more} more are only counted.</p>" if more > 0 else "",
    )
    title = f"Orderbridge: reconciliation {escape(report.run)}"
    head = f'<head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>'
    return f'<!doctype html>\n<html lang="en">{head}<body>{"".join(parts)}</body></html>\n'


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    found = list(rows)
    if not found:
        return f"<h2>{title}</h2><p>None.</p>"
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in found)
    return f"<h2>{title}</h2><table><tr>{head}</tr>{body}</table>"
