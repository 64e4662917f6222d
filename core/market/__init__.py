"""Prices and the network's numbers: what is believed, what is missing, and histories out of files."""
