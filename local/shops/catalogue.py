"""The demo merchant "Harbour & Pine": 40 stocked SKUs and 3 kits, two locations. All of it is invented.

Prices are what the merchant asks in each currency: USD before sales tax, EUR with VAT, JPY with consumption tax.
"""

import zlib
from dataclasses import dataclass
from decimal import Decimal

LOCATIONS = {"HAM": "Harbour & Pine Hamburg", "SZX": "Harbour & Pine Shenzhen"}


@dataclass(frozen=True)
class Product:
    """One thing that the merchant sells. `stock` is units by location; a kit has none of its own."""

    sku: str
    title: str
    title_zh: str
    prices: dict[str, Decimal]
    grams: int
    stock: dict[str, int]
    family: str = ""  # products of one family are variations of one listing where the platform knows them
    option: str = ""

    @property
    def barcode(self) -> str:
        """An EAN-13 of the range that shops may use for themselves, with its check digit."""
        digits = f"20{zlib.crc32(self.sku.encode()):010}"
        weighed = sum(int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(digits))
        return f"{digits}{-weighed % 10}"


#  sku | title | Chinese title | USD | EUR | JPY | grams | units in HAM | units in SZX | family | option
_TABLE = """
HP-MUG-01|Stoneware mug, sea|海色粗陶马克杯|18.00|16.90|2600|380|40|60||
HP-MUG-02|Stoneware mug, moss|苔绿粗陶马克杯|18.00|16.90|2600|380|35|50||
HP-MUG-03|Enamel mug, white|白色搪瓷杯|14.50|12.90|1980|210|80|120||
HP-BOWL-01|Breakfast bowl|早餐碗|22.00|19.90|2980|450|25|30||
HP-BOWL-02|Serving bowl, large|大号餐碗|46.00|42.50|6400|1350|8|12||
HP-PLATE-01|Dinner plate, sand|沙色餐盘|24.00|21.90|3300|620|30|30||
HP-TEA-01|Cast iron teapot|铸铁茶壶|79.00|72.00|11500|1800|6|9||
HP-TEA-02|Bamboo tea tray|竹制茶盘|39.00|35.90|5600|900|12|18||
HP-CLOTH-01|Linen tea towel, striped|条纹亚麻茶巾|12.00|10.90|1680|90|100|140||
HP-CLOTH-02|Linen apron, slate|石板灰亚麻围裙|48.00|44.90|6980|310|15|20||
HP-THROW-01|Wool throw, pine|松绿羊毛毯|129.00|119.00|18800|1200|7|5||
HP-PILLOW-01|Cushion cover, dune|沙丘抱枕套|34.00|31.90|4900|240|22|26||
HP-CANDLE-01|Beeswax candle|蜂蜡蜡烛|16.00|14.90|2300|260|60|40||
HP-CANDLE-02|Candle, salt & cedar|海盐雪松香薰蜡烛|28.00|25.90|3980|420|33|27||
HP-LAMP-01|Ship's lantern, brass|黄铜船灯|149.00|139.00|21800|2400|3|2||
HP-CLOCK-01|Tide clock|潮汐钟|89.00|82.00|12900|700|5|6||
HP-BOTTLE-01|Steel bottle 0.5 l|不锈钢水壶 0.5 升|32.00|29.90|4600|300|50|70|Steel bottle|0.5 l
HP-BOTTLE-02|Steel bottle 1 l|不锈钢水壶 1 升|38.00|34.90|5400|420|40|55|Steel bottle|1 l
HP-TENT-01|Ridge tent for two|双人脊形帐篷|289.00|269.00|42000|3100|2|3||
HP-TARP-01|Waxed tarp|打蜡防水布|119.00|109.00|17200|1600|4|6||
HP-STOVE-01|Folding wood stove|折叠柴火炉|74.00|68.00|10800|950|9|11||
HP-KNIFE-01|Camp knife, ash handle|白蜡木柄露营刀|58.00|54.00|8400|190|14|10||
HP-ROPE-01|Hemp rope 10 m|麻绳 10 米|21.00|18.90|2900|640|45|45||
HP-BAG-01|Canvas tote, natural|本色帆布袋|26.00|23.90|3700|280|55|65|Canvas tote|natural
HP-BAG-02|Canvas tote, navy|藏青帆布袋|26.00|23.90|3700|280|50|60|Canvas tote|navy
HP-BAG-03|Canvas tote, pine|松绿帆布袋|26.00|23.90|3700|280|20|30|Canvas tote|pine
HP-PACK-01|Roll-top backpack|卷口背包|139.00|129.00|19800|1100|6|8||
HP-HAT-01|Fisherman's beanie, rust|铁锈红渔夫帽|29.00|26.90|4200|110|25|35|Beanie|rust
HP-HAT-02|Fisherman's beanie, ink|墨色渔夫帽|29.00|26.90|4200|110|25|35|Beanie|ink
HP-SOCK-01|Boot socks|靴袜|19.00|17.50|2700|130|70|90||
HP-NOTE-01|Field notebook, ruled|横线野外笔记本|11.00|9.90|1500|150|120|150||
HP-NOTE-02|Field notebook, dotted|点阵野外笔记本|11.00|9.90|1500|150|110|130||
HP-NOTE-03|Log book, cloth bound|布面航海日志|27.00|24.90|3900|480|18|22||
HP-PEN-01|Brass pen|黄铜圆珠笔|36.00|33.50|5200|60|30|38||
HP-PEN-02|Carpenter's pencil, set of 6|木工铅笔六支装|9.50|8.50|1280|80|90|110||
HP-INK-01|Ink, harbour blue|港湾蓝墨水|15.00|13.90|2100|140|40|44||
HP-CARD-01|Letterpress cards, 10|活版贺卡十张|20.00|18.00|2800|200|36|48||
HP-MAP-01|Sea chart print|海图版画|45.00|42.00|6500|300|10|12||
HP-STAMP-01|Wax seal stamp, anchor|船锚火漆印章|33.00|30.50|4700|170|16|14||
HP-BOX-01|Pine keepsake box|松木收纳盒|52.00|48.00|7500|1150|11|13||
"""
_KITS = """
HP-KIT-TEA|Tea for two|双人茶礼盒|128.00|115.00|17800|2560
HP-KIT-CAMP|First night outdoors|初次露营套装|378.00|349.00|54800|4400
HP-KIT-DESK|Writing desk set|书桌文具套装|58.00|53.00|8200|350
"""
# One kit is packed from these units.
KITS: dict[str, dict[str, int]] = {
    "HP-KIT-TEA": {"HP-TEA-01": 1, "HP-MUG-01": 2},
    "HP-KIT-CAMP": {"HP-TENT-01": 1, "HP-STOVE-01": 1, "HP-MUG-03": 2},
    "HP-KIT-DESK": {"HP-NOTE-01": 1, "HP-PEN-01": 1, "HP-INK-01": 1},
}


def _product(row: str) -> Product:
    cells = row.split("|") + [""] * 4
    sku, title, title_zh, usd, eur, jpy, grams, ham, szx, family, option = cells[:11]
    prices = {"USD": Decimal(usd), "EUR": Decimal(eur), "JPY": Decimal(jpy)}
    stock = {"HAM": int(ham), "SZX": int(szx)} if ham else {}
    return Product(sku, title, title_zh, prices, int(grams), stock, family, option)


PRODUCTS: tuple[Product, ...] = tuple(_product(row) for row in _TABLE.strip().splitlines())
KIT_PRODUCTS: tuple[Product, ...] = tuple(_product(row) for row in _KITS.strip().splitlines())
_BY_SKU = {product.sku: product for product in PRODUCTS}


def sellable(product: Product, location: str = "") -> int:
    """Units that could be sold today at one location, "" for all; kits are counted by their scarcest component."""
    if product.sku not in KITS:
        return product.stock[location] if location else sum(product.stock.values())
    return min(sellable(_BY_SKU[sku], location) // n for sku, n in KITS[product.sku].items())
