"""The elements and attributes of FCPXML 1.10 that we write, as rules for lxml: what Apple's DTD allows of them.

Final Cut Pro refuses a document that breaks its DTD as a whole.
"""

from __future__ import annotations

import io

from lxml import etree

_HZ = "(32k|44.1k|48k|88.2k|96k|176.4k|192k)"
_FCPXML = {
    "fcpxml": ("(resources?, library)", {"version": 'CDATA #FIXED "1.10"'}),
    "resources": ("(asset | format)*", {}),
    "format": (
        "EMPTY",
        dict.fromkeys(("name", "frameDuration", "width", "height", "paspH", "paspV"), "CDATA #IMPLIED"),
    ),
    "asset": (
        "(media-rep+)",
        {
            **dict.fromkeys(("name", "start", "duration", "hasVideo", "hasAudio", "videoSources"), "CDATA #IMPLIED"),
            **dict.fromkeys(("audioSources", "audioChannels", "audioRate"), "CDATA #IMPLIED"),
            "format": "IDREF #IMPLIED",
        },
    ),
    "media-rep": ("EMPTY", {"kind": '(original-media|proxy-media) "original-media"', "src": "CDATA #REQUIRED"}),
    "library": ("(event)*", {}),
    "event": ("(project)*", {"name": "CDATA #IMPLIED"}),
    "project": ("(sequence)", {"name": "CDATA #IMPLIED"}),
    "sequence": (
        "(spine)",
        {
            "format": "IDREF #REQUIRED",
            "duration": "CDATA #IMPLIED",
            "tcStart": "CDATA #IMPLIED",
            "tcFormat": "(DF|NDF) #IMPLIED",
            "audioLayout": "(stereo|surround) #IMPLIED",  # the DTD has "mono" as well, which is refused
            "audioRate": f"{_HZ} #IMPLIED",
        },
    ),
    "spine": ("(asset-clip)*", {}),
    "asset-clip": (
        "(audio-channel-source*)",
        {
            "ref": "IDREF #REQUIRED",
            **dict.fromkeys(("offset", "name", "start", "duration", "audioRole"), "CDATA #IMPLIED"),
            "enabled": '(0|1) "1"',
            "format": "IDREF #IMPLIED",
            "tcFormat": "(DF|NDF) #IMPLIED",
        },
    ),
    "audio-channel-source": (
        "EMPTY",
        {"srcCh": "CDATA #REQUIRED", "role": "CDATA #IMPLIED", "enabled": '(0|1) "1"'},
    ),
}


def fcpxml_faults(text: str) -> list[str]:
    """The faults that lxml finds in a document."""
    rules = []
    for tag, (content, attributes) in _FCPXML.items():
        rules.append(f"<!ELEMENT {tag} {content}>")
        identity = {"id": "ID #REQUIRED"} if tag in ("format", "asset") else {}
        rules += [f"<!ATTLIST {tag} {name} {kind}>" for name, kind in {**identity, **attributes}.items()]
    dtd = etree.DTD(io.StringIO("\n".join(rules)))
    dtd.validate(etree.fromstring(text.encode()))
    return [str(fault) for fault in dtd.error_log]
