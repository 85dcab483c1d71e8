"""Benchmarks: run by hand, never as a timed test. Each prints a table with its date and machine."""
