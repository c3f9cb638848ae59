"""Invented buyers in several scripts. Every address is made up, every e-mail ends in example.com."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Buyer:
    """`id` 0 is a guest. `lines` are one or two address lines; the names may lack a part, as in real shops."""

    id: int
    first: str
    last: str
    email: str
    phone: str
    locale: str
    lines: tuple[str, ...]
    city: str
    postcode: str
    country: str
    country_name: str
    region: str = ""
    region_code: str = ""
    company: str = ""

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}".strip()


BUYERS: tuple[Buyer, ...] = (
    Buyer(101, "Jörg", "Weißmüller", "joerg@example.com", "+49 40 5550101", "de-DE",
          ("Große Bäckerstraße 7", "Hinterhaus, 2. OG"), "Hamburg", "20095", "DE", "Germany", "Hamburg", "HH"),
    Buyer(102, "Dana", "Whitlock", "dana@example.com", "+1 503 555 0102", "en-US",
          ("418 Alder Quay", "Apt 5/B"), "Portland", "97205", "US", "United States", "Oregon", "OR"),
    Buyer(103, "結衣", "高橋", "yui@example.com", "+81 3-5550-0103", "ja-JP",
          ("神宮前1-2-3", "松風ハイツ 204号室"), "渋谷区", "150-0001", "JP", "Japan", "東京都", "JP-13"),
    Buyer(104, "伟", "李", "wei@example.com", "+86 755 5550 0104", "zh-CN",
          ("南山区海港大道 18 号",), "深圳市", "518000", "CN", "China", "广东省", "GD"),
    Buyer(105, "Hélène", "Le Goff", "helene@example.com", "+33 2 55 50 01 05", "fr-FR",
          ("12 bis, rue de l'Écluse",), "Saint-Malo", "35400", "FR", "France", "", "", "Voiles & Cie"),
    Buyer(0, "Sam", "", "guest@example.com", "", "en-US",
          ("9 Pier Road",), "Astoria", "97103", "US", "United States", "Oregon", "OR"),
)  # fmt: skip
