"""Certificates as files in the output folder."""
