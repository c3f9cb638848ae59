"""What people wrote, in the merchant's language: the original beside its translation, never instead of it."""
