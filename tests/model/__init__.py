"""From the wire's JSON to the models."""
