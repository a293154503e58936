"""Keeps the ledger equal to the account: the walk, the pace, the collector."""
