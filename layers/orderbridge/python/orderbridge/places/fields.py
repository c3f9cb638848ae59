"""An address on its way to being understood."""

from dataclasses import dataclass, field

from orderbridge.places import countries, masking, postcodes, regions
from orderbridge.places.reference import fold
from orderbridge.places.regions import Region

_AMBIGUOUS = {"GE"}  # "Atlanta, Georgia"
_CODES = {"UK"}  # of two letters; "IN", "CA", "DE" in a line are rather a state


@dataclass
class Fields:
    """What is known so far. `said` names the fields that the platform gave: no text of the lines replaces one of them,
    it is only recognised as a repetition. `seen` names those that were met in the lines."""

    country: str
    region: Region | None
    region_name: str
    city: str
    district: str
    postcode: str
    lines: list[str]
    said: frozenset[str]
    seen: set[str] = field(default_factory=set)

    def is_country(self, text: str) -> bool:
        """Whether this names the address's country; the first one named, where the platform gave none."""
        certain = len(text) > 2 or not text.isascii() or text in _CODES
        code = countries.country_of(text) if certain else ""
        if code and not self.country and "country" not in self.said and code not in _AMBIGUOUS:
            self.country = code
        return bool(code) and code == self.country

    def repeats(self, text: str) -> bool:
        """Whether this is what a field of its own says anyway."""
        folded = fold(text)
        if not folded:
            return False
        if folded in (fold(self.city), fold(self.district), fold(self.region_name), fold(self.postcode)):
            self.seen.add("postcode" if folded == fold(self.postcode) else "place")
            return True
        return self.region is not None and regions.in_text(self.country, text) == self.region

    def is_region(self, text: str) -> bool:
        """Whether this is a region, of an address whose platform gave none."""
        if self.region or "region" in self.said or not (found := regions.in_text(self.country, text)):
            return False
        self.region, self.region_name = found, found.name if text.upper() in (found.key, found.code) else text
        self.seen.add("region")
        return True

    def is_postcode(self, text: str, *, certain: bool) -> bool:
        """Whether this is the repetition of the postcode; where there is none yet and this is certain to be one, it."""
        code, right = postcodes.understand(text, self.country)
        if not right or not postcodes.pattern(self.country):
            return False
        if not self.postcode and certain and "postcode" not in self.said:
            self.postcode = code
        if code != self.postcode:
            return False
        self.seen.add("postcode")
        return True

    def is_city(self, text: str, *, numbered: bool = False) -> bool:
        """Whether this can be the city: one is wanted, it has letters and no digits, and nothing of it is hidden."""
        if self.city or "city" in self.said or masking.words(text) or not any(c.isalpha() for c in text):
            return False
        if any(c.isdigit() for c in text) and not numbered:
            return False
        self.city = text
        return True

    def is_district(self, text: str) -> bool:
        if self.district or masking.words(text):
            return False
        self.district = text
        return True
