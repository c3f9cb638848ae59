"""An address on its way to being understood."""

from dataclasses import dataclass, field

from orderbridge.places import countries, masking, postcodes, regions
from orderbridge.places.reference import fold
from orderbridge.places.regions import Region

_AMBIGUOUS = {"GE"}  # "Atlanta, Georgia"
_TOO_SHORT = 3  # "IN", "CA", "DE" in a line are rather a state


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
        code = countries.country_of(text) if len(text) >= _TOO_SHORT else ""
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
        return self.region is not None and regions.resolve(self.country, text) == self.region

    def is_region(self, text: str) -> bool:
        """Whether this is a region, of an address whose platform gave none."""
        if self.region or "region" in self.said or not (found := regions.resolve(self.country, text)):
            return False
        self.region, self.region_name = found, found.name if text.upper() in (found.key, found.code) else text
        self.seen.add("region")
        return True

    def is_postcode(self, text: str) -> bool:
        """Whether this is the postcode, of an address whose platform gave none, or its repetition."""
        code, right = postcodes.understand(text, self.country)
        if not right or not postcodes.pattern(self.country):
            return False
        if "postcode" in self.said:
            return code == self.postcode
        if self.postcode:
            return False
        self.postcode = code
        self.seen.add("postcode")
        return True

    def is_city(self, text: str) -> bool:
        """Whether this can be the city: one is wanted, it has letters and no digits, and nothing of it is hidden."""
        wanted = not self.city and "city" not in self.said
        if not wanted or masking.words(text) or not fold(text) or any(c.isdigit() for c in text):
            return False
        self.city = text
        return True
