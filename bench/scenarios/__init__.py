"""One file for each question that is measured; each has ``run(lab)``, which answers with its section of the page."""
