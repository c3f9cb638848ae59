"""Orderbridge: one canonical order, one stock truth, between a merchant's shops and the merchant's ERP."""

import gc

# What a function imports stays. Python looks through all of it every 2,000 new objects: a tenth of a cold start.
gc.set_threshold(50_000)
