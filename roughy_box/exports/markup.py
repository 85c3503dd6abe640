"""XML of the standard library, with a shorter way to write it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from roughy_box.exports.text import clean

Element = ET.Element
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def element(tag: str, text: str | int | None = None, /, **attributes: str | int) -> Element:
    """Return an element with a text and attributes; a line ends after it, since an indented file is twice as long."""
    made = ET.Element(tag, {name: clean(str(value)) for name, value in attributes.items()})
    made.tail = "\n"
    if text is not None:
        made.text = clean(text) if isinstance(text, str) else str(text)
    return made


def child(parent: Element, tag: str, text: str | int | None = None, /, **attributes: str | int) -> Element:
    """Append an element and return it."""
    made = element(tag, text, **attributes)
    parent.append(made)
    return made


def document(root: Element, doctype: str) -> str:
    """Return the file of a root element."""
    return f"{_HEAD}<!DOCTYPE {doctype}>\n{ET.tostring(root, encoding='unicode')}"
