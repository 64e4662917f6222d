"""What the calculator's pages show of one question, in the reader's language: a module each part."""
