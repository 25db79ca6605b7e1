"""Files that providers receive, read into commands: nothing in them is guessed, nothing is lost."""
