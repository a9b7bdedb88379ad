"""Taking a trader's past into the record: the bulk verbs, and how far each file is."""
