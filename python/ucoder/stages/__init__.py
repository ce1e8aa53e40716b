"""Work on records: each module a step from records to records, with executor and store handed in."""
