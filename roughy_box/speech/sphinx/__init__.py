"""pocketsphinx: English speech, with the words of a script where there is one."""
