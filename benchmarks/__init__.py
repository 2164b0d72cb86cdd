"""Measured claims: one script for each line of docs/performance.md."""
