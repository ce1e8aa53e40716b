"""From records to the executor and back: reading files, running programs, the matrix of what came out."""
