"""Pure answers from the ledger: columns, KPIs, pixel health. No I/O, no clock, nothing of the screen."""
