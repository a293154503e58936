"""The reading client: what it sends, what it makes of answers, and that the key never shows."""
