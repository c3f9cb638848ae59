"""Orderbridge: one canonical order, one stock truth, between a merchant's shops and the merchant's ERP."""
