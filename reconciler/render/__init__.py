"""Plans, events, results and records as text and as JSON. Renderers return `str`; only the CLI prints."""
