"""Example configurations for other programs, kept as data; ``roughy-box example`` prints them."""
