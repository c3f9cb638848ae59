"""An address, understood: the same fields whoever the platform is.

Country, region and postcode are resolved where that is certain. What is not stays as the text it was, and a note says
so; nothing that the platform gave is dropped. Nothing here raises, whatever a buyer wrote.
"""

from orderbridge.model import Address, Canonical
from orderbridge.places import countries, eastern, ends, labels, masking, postcodes, regions
from orderbridge.places.fields import Fields
from orderbridge.places.reference import fold
from orderbridge.places.regions import Region

# Here towns often bear the name of a region they do not lie in: "Washington", "California MD".
_BORROWED_NAMES = {"AU", "CA", "GB", "NZ", "US"}


class Place(Canonical):
    """country      ISO 3166-1 alpha-2, "" if not known
    region       ISO 3166-2 ("TH-10"), "" if not known or without a code
    region_name  as the platform wrote it, or the region's own name where it gave a code
    postcode     as its country writes it, or as it came
    label        lines of the label in the address's own script; the last names a country that is not known
    latin        the same in Latin script, name first, country in English last: for carriers
    masked       names of the fields that the platform hides in part or in full
    notes        what could not be resolved, without the buyer's data
    """

    country: str = ""
    region: str = ""
    region_name: str = ""
    city: str = ""
    district: str = ""
    postcode: str = ""
    lines: tuple[str, ...] = ()
    name: str = ""
    company: str = ""
    latin: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def understand(address: Address) -> Place:
    masked = _masked(address)
    fields = _fields(address, masked)
    eastern.take(fields)
    ends.take(fields)
    if not fields.region and "region" not in fields.said and (found := _region_of_city(fields)):
        fields.region, fields.region_name = found, found.name
    rest = _readable(address.country) if not fields.country else ""
    lines = tuple(fields.lines)
    name, company = address.name.strip(), address.company.strip()
    values = {"N": name, "O": company, "D": fields.district, "C": fields.city, "Z": fields.postcode}
    local, roman = _region_on_label(fields)
    return Place(
        country=fields.country,
        region=fields.region.code if fields.region else "",
        region_name=fields.region_name,
        city=fields.city,
        district=fields.district,
        postcode=fields.postcode,
        lines=lines,
        name=name,
        company=company,
        label=labels.formatted(fields.country, {**values, "S": local}, lines, rest),
        latin=labels.latin(fields.country, {**values, "S": roman}, lines, rest),
        masked=masked,
        notes=tuple(_notes(address, fields, masked)),
    )


def _masked(address: Address) -> tuple[str, ...]:
    texts = {
        "name": masking.name(address.name),
        "company": masking.words(address.company),
        "lines": any(map(masking.words, address.lines)),
        "district": masking.words(address.district),
        "city": masking.words(address.city),
        "region": masking.words(address.region) or masking.words(address.region_code),
        "postcode": masking.words(address.postcode),
        "country": masking.words(address.country),
        "phone": masking.phone(address.phone),
    }
    return tuple(name for name, hidden in texts.items() if hidden)


def _fields(address: Address, masked: tuple[str, ...]) -> Fields:
    """What the platform gave in fields of their own; what is hidden entirely says nothing, but that it was given."""
    code, name = _readable(address.region_code), _readable(address.region)
    country = countries.country_of(address.country)
    if not country and not address.country.strip() and regions.find(code[:2], code):
        country = code[:2]  # "BR-SP" names its country
    by_code, by_name = regions.resolve(country, code), regions.resolve(country, name)
    given = {
        "country": address.country.strip(),
        "region": address.region_code.strip() or address.region.strip(),
        "city": address.city.strip(),
        "postcode": address.postcode.strip(),
    }
    postcode = _readable(address.postcode)
    lines = [part.strip() for line in address.lines for part in line.splitlines()]
    return Fields(
        country=country,
        region=by_code or by_name,
        region_name=_region_name(code, name, by_code, by_name),
        city=_readable(address.city),
        district=_readable(address.district),
        postcode=postcode if "postcode" in masked else postcodes.understand(postcode, country)[0],
        lines=[line for line in lines if line],
        said=frozenset(name for name, text in given.items() if text),
    )


def _readable(text: str) -> str:
    return "" if masking.entirely(text) else text.strip()


def _region_name(code: str, name: str, by_code: Region | None, by_name: Region | None) -> str:
    found = by_code or by_name
    if code and not by_code and fold(code) != fold(name):
        return f"{name} ({code})" if name else code  # a code that nobody knows is not dropped
    if name and not (found and name.upper() in (found.key.upper(), found.code, found.code[3:])):
        return name
    return found.name if found else name


def _region_of_city(fields: Fields) -> Region | None:
    """Bangkok is a region as well as a city. Its postcode must agree, or be missing where names are not borrowed."""
    found = regions.resolve(fields.country, fields.city) if fields.city else None
    if not found or fold(fields.city) == fold(found.key) != fold(found.name):  # "LA" is no state
        return None
    if found.zips and fields.postcode:
        return found if postcodes.begins_as(fields.postcode, found.zips) else None
    return None if fields.country in _BORROWED_NAMES else found


def _region_on_label(fields: Fields) -> tuple[str, str]:
    """Its abbreviation where the country uses one, else as written; and in Latin script."""
    found = fields.region
    if not found:
        return fields.region_name, fields.region_name
    if (
        not {"region"} & (fields.said | fields.seen)
        and found.key == found.name
        and fold(found.name) == fold(fields.city)
    ):
        return "", ""  # the city says it
    local = found.key if found.key != found.name else fields.region_name or found.name
    return local, found.latin or found.key


def _notes(address: Address, fields: Fields, masked: tuple[str, ...]) -> list[str]:
    notes, country, region = [], fields.country, fields.region
    if not country and "country" not in masked:
        notes.append("the country is not known" if address.country.strip() else "the address names no country")
    if country and not region and "region" in fields.said and "region" not in masked and regions.has_regions(country):
        notes.append(f"the region is none that is known in {country}")
    by_code = regions.resolve(country, address.region_code)
    by_name = regions.resolve(country, address.region)
    if by_code and by_name and by_code != by_name:
        notes.append(f"the region's code says {by_code.code}, its name {by_name.code}")
    if fields.postcode and "postcode" not in masked:
        if not postcodes.understand(fields.postcode, country)[1]:
            notes.append(f"the postcode is none of {country}")
        elif region and region.zips and not postcodes.begins_as(fields.postcode, region.zips):
            notes.append(f"the postcode does not lie in {region.code}")
    return notes
