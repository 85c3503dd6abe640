"""Timeline files and captions: a plan and a description of its source go in, text comes out.

``formats`` has the table of timeline formats, ``subtitles`` that of captions; each format has a file of its
own. The integer frames of the plan are the only source of every number, and times stay exact fractions
until they are written.
"""
