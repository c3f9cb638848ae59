"""Addresses, phones and persons of an order, understood. Nothing here is stored: it is derived from what the platform
said whenever an order is handed on or shown."""
