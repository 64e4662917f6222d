"""Starts, watches and stops everything that runs beside the web server."""
