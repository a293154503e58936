"""What a call centre is made of: one typed, immutable model each, parsed straight from the wire. No I/O, no clock."""
