"""The rules, as pure functions over plain values."""
