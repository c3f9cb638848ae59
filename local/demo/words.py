"""What the demo says, in English and Chinese; words that the bridge wrote are translated where they are known."""

import re
from collections.abc import Mapping

ENGLISH, CHINESE = 0, 1


def language(env: Mapping[str, str]) -> int:
    """By the first of LC_ALL, LC_MESSAGES and LANG that is set, as gettext does: zh, zh_CN.UTF-8 ... are Chinese."""
    chosen = next((env[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "")
    return CHINESE if chosen.lower().startswith("zh") else ENGLISH


TEXTS: dict[str, tuple[str, str]] = {
    # phases
    "title": ("Orderbridge: the demo merchant Harbour & Pine", "Orderbridge：演示商家 Harbour & Pine"),
    "engine": ("local AWS engine", "本地 AWS 引擎"),
    "deploy": ("template.yaml deployed", "部署 template.yaml"),
    "merchant": ("merchant: 40 SKUs, 3 kits, 2 locations, 3 stores", "商家：40 个 SKU、3 个套装、2 个仓库、3 家店铺"),
    "shelves": ("{listings} listings read back and right", "{listings} 个商品上架数量已回读，全部正确"),
    "sales": ("{orders} orders sold", "已售出 {orders} 个订单"),
    "seconds": ("{seconds:.1f} s", "{seconds:.1f} 秒"),
    "first_build": ("the layers are built, this once", "首次运行，正在构建依赖层"),
    # the live log: what
    "sold": ("sold", "售出"),
    "did": ("shop", "店铺"),
    "webhook": ("webhook", "通知"),
    "order": ("order", "订单"),
    "waits": ("waits", "等待"),
    "push": ("push", "推送"),
    "stock": ("stock", "库存"),
    "quarantine": ("quarantine", "隔离"),
    "operator": ("operator", "操作员"),
    # the live log: its lines
    "applied": ("applied", "已生效"),
    "repeat": ("a repeat, ignored", "重复，忽略"),
    "stale": ("late: something newer is known", "迟到：已有更新的版本"),
    "holds": ("holds {holds}", "占用 {holds}"),
    "holds_nothing": ("holds nothing", "不占用库存"),
    "to_erp": ("not to the ERP: {reasons}", "暂不送 ERP：{reasons}"),
    "told": ("told {quantity}", "写入 {quantity}"),
    "rejected": ("rejected: {words}", "被拒绝：{words}"),
    "level": ("on hand {on_hand}, wanted {wanted}: offer {ats}", "在库 {on_hand}，占用 {wanted}：可售 {ats}"),
    "kit": ("kit: offer {ats}", "套装：可售 {ats}"),
    # what people do in the shops
    "sells": ("{number}  {basket}", "{number}  {basket}"),
    "cancels": ("{number} is cancelled", "{number} 被取消"),
    "edits": ("{number} is edited: {delta:+} x {sku}", "{number} 被修改：{delta:+} x {sku}"),
    "refunds": ("{number}: {units} refunded before it was sent", "{number}：{units} 发货前退款"),
    "ships": (
        "{quantity} x {sku} left {location} for {number}",
        "{number} 的 {quantity} 件 {sku} 已从 {location} 发出",
    ),
    "maps": ("maps the listing without a SKU to {sku}", "把没有 SKU 的商品对应到 {sku}"),
    "rubbish": ("sends signed rubbish", "发来签名正确的乱码"),
    "wrong_sum": ("{number} comes with a total that does not add up", "{number} 的总额对不上"),
    "late_again": ("sends again what {number} was at first", "再次发来 {number} 最初的内容"),
    "last_one": ("all three sell the last {sku} at the same moment", "三家店同时卖出最后一件 {sku}"),
    # the end
    "own": ("own quantity read from each shop's HTTP API", "各店自己的数量，读自各店的 HTTP API"),
    "sku": ("SKU", "SKU"),
    "on_hand": ("on hand", "在库"),
    "wanted": ("wanted", "占用"),
    "ats": ("offer", "可售"),
    "recount": ("recount", "重新点算"),
    "agreed": (
        "ALL SIDES AGREE: {right} of {all} quantities are right, after {seconds:.1f} s",
        "各方一致：{all} 个数量中 {right} 个正确，用时 {seconds:.1f} 秒",
    ),
    "disagreed": (
        "NOT ALL SIDES AGREE: {right} of {all} quantities are right after {seconds:.1f} s",
        "各方不一致：{all} 个数量中 {right} 个正确，已等 {seconds:.1f} 秒",
    ),
    "slow": (
        "That is long: this machine is busy, or something had to wait for the sweep, which comes once a minute.",
        "时间偏长：本机繁忙，或有事项等到了每分钟一次的清扫。",
    ),
    "recount_is": (
        "offer: what the bridge says. recount: stock at the start less what the shops sold, counted from their orders.",
        "可售：由 Orderbridge 算出。重新点算：期初库存减去各店订单卖出的数量。",
    ),
    "sold_out": ("sold out: {skus}", "售罄：{skus}"),
    "oversold": (
        "oversold, and the sales are kept: {sku} is {units} short, in {orders}",
        "超卖（订单保留）：{sku} 缺 {units} 件，涉及 {orders}",
    ),
    "counts": (
        "{orders} orders, {webhooks} webhook calls ({repeats} told again, {late} late), {pushes} pushes, "
        "{quarantined} in quarantine, {waiting} kept from the ERP",
        "{orders} 个订单，{webhooks} 次通知（{repeats} 次重复，{late} 次迟到），{pushes} 次推送，"
        "{quarantined} 个隔离，{waiting} 个暂不送 ERP",
    ),
    # how to go on
    "endpoints": ("Endpoints", "地址"),
    "engine_at": ("AWS engine", "AWS 引擎"),
    "api_at": ("API", "API"),
    "webhooks_of": ("webhooks of {store}", "{store} 的通知地址"),
    "shop_at": ("shop {store}", "店铺 {store}"),
    "try": ("Try", "试一试"),
    "next_order": ("the next order, as a buyer", "作为买家下一单"),
    "next_webhook": ("a webhook, signed by hand", "手工签名的通知"),
    "next_health": ("is all well?", "一切正常吗？"),
    "next_cli": ("the operator's command", "操作员命令"),
    "stop": ("Ctrl-C stops everything.", "按 Ctrl-C 停止全部。"),
    "stopping": ("stopping", "正在停止"),
    "stopped": ("stopped", "已停止"),
}

# The bridge's own words that the demo meets, as patterns; everything else stays as the bridge said it.
_KNOWN = {
    "open": "未完成",
    "completed": "已完成",
    "cancelled": "已取消",
    "paid": "已付款",
    "unpaid": "未付款",
    "partly_refunded": "部分退款",
    "refunded": "已退款",
    "the order is not paid": "订单未付款",
    "the platform holds the order back": "平台暂扣订单",
    "a test order": "测试订单",
    "no SKU is mapped for line (.+)": r"行 \1 没有对应的 SKU",
    "the parts add up to (.+), the platform charged (.+)": r"各项合计 \1，平台收取 \2",
    "(.+) is not an amount of that currency": r"该货币没有 \1 这样的金额",
}


class Words:
    """The texts of one language."""

    def __init__(self, language: int) -> None:
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        return TEXTS[key][self.language].format(**values)

    def bridge(self, text: str) -> str:
        """A word or sentence that the bridge wrote."""
        if self.language == CHINESE:
            for pattern, chinese in _KNOWN.items():
                if found := re.fullmatch(pattern, text):
                    return found.expand(chinese)
        return text
