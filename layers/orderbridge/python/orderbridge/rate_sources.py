"""Where rates come from: the ECB, and the provider for what the ECB lacks."""

import xml.etree.ElementTree as ElementTree
from datetime import UTC, date, datetime
from typing import Any

from orderbridge.errors import InvalidPayload
from orderbridge.http import Answer, Http
from orderbridge.rates import ECB, OPEN_ER, Day

_LARGEST = 1_000_000  # bytes; the ECB's daily feed has 2 kB, the other one 4 kB
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


def read(source: str, url: str) -> Day:
    """What a source says today. Raises TemporaryFailure and other errors of `Http`, InvalidPayload, AbsurdRates."""
    answer = Http(url, source, "").call("GET", "", headers={"Accept": "*/*"})
    if len(answer.content) > _LARGEST:
        raise InvalidPayload(f"{source} answers with {len(answer.content)} bytes", platform=source)
    return _of_ecb(answer.content) if source == ECB else _of_open_er(answer)


def _of_ecb(body: bytes) -> Day:
    """<Cube><Cube time="2026-11-27"><Cube currency="USD" rate="1.1172"/>..., base EUR; once each working day,
    https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"""
    try:
        text = body.decode()
        if "<!DOCTYPE" in text:
            raise InvalidPayload("ecb: the feed has a DTD, which it never has", platform=ECB)
        (day,) = (cube for cube in ElementTree.fromstring(text).iter(_CUBE) if "time" in cube.attrib)
        units = {cube.attrib["currency"]: cube.attrib["rate"] for cube in day.iter(_CUBE) if cube is not day}
        published = date.fromisoformat(day.attrib["time"])
    except (ValueError, KeyError, ElementTree.ParseError) as error:
        raise InvalidPayload(f"ecb: the feed is not the one we know ({type(error).__name__})", platform=ECB) from error
    return Day.of(ECB, published, units)


def _of_open_er(answer: Answer) -> Day:
    """{"result": "success", "base_code": "EUR", "time_last_update_unix": 1764374551, "rates": {"USD": 1.1172, ...}},
    once a day; to be named where its rates are shown, https://www.exchangerate-api.com/docs/free"""
    found: Any = answer.json()
    try:
        if found["result"] != "success" or found["base_code"] != "EUR":
            raise ValueError
        published = datetime.fromtimestamp(found["time_last_update_unix"], UTC).date()
        units = {code: units for code, units in found["rates"].items() if code != "EUR"}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
        reason = f"{OPEN_ER}: the feed is not the one we know ({type(error).__name__})"
        raise InvalidPayload(reason, platform=OPEN_ER) from error
    return Day.of(OPEN_ER, published, units)
