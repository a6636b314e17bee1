"""From loaded rows to the typed views that templates get. Asks the database nothing."""
