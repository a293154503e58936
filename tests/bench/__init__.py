"""The bench: speed, bytes and memory, measured in a real terminal beside a minimal Textual application."""
