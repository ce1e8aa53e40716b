"""The command line's verbs, one module each, loaded when they are called."""
