"""callmon's own themes. Colour has meaning only: green earns, amber waits, red needs a person."""

from textual.theme import Theme

DARK = Theme(
    name="callmon-dark",
    primary="#7aa2c8",
    secondary="#8d9aa8",
    accent="#6cb6ff",
    success="#7fc78a",
    warning="#e0b35c",
    error="#f0736a",
    foreground="#d5dae0",
    background="#0f1317",
    surface="#151a20",
    panel="#1d242c",
    dark=True,
)

LIGHT = Theme(
    name="callmon-light",
    primary="#2f5f8f",
    secondary="#5c6670",
    accent="#0a5fb0",
    success="#1e7a34",
    warning="#8a5a00",
    error="#b3261e",
    foreground="#1c2126",
    background="#fbfbf9",
    surface="#f2f2ef",
    panel="#e6e6e1",
    dark=False,
)

THEMES = (DARK, LIGHT)
