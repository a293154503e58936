"""The headless front end: the same answers as the screen's, as text on stdout."""
