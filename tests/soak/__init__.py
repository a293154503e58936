"""Long runs: a simulated week of the feed, the stateful test at length, and a hundred killed writers."""
