"""Everything that can go wrong, by name, each brought about for real: the monitor says so, keeps what it knows, and
is live again within two ticks."""
