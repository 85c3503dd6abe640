"""The forms of ids, languages and instants."""

from __future__ import annotations

import string
from itertools import product

import pytest
from uuid6 import UUID

from roughy_box.base import clock
from roughy_box.domain.ids import is_id
from roughy_box.domain.language import is_language
from roughy_box.storage.models import new_id

ID = "01940000-0000-7000-8000-00000000aaaa"


def test_new_ids_ordered_uuid7() -> None:
    made = [new_id() for _ in range(1000)]
    assert all(is_id(each) and UUID(each).version == 7 for each in made)
    assert len(set(made)) == 1000
    assert made == sorted(made)


@pytest.mark.parametrize("text", [ID, "00000000-0000-0000-0000-000000000000", "f" * 8 + "-ffff" * 3 + "-" + "f" * 12])
def test_is_id_canonical_true(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "x",
            ID[:-1],
            ID + "a",
            ID.upper(),
            ID.replace("-", ""),
            f"{{{ID}}}",
            f"urn:uuid:{ID}",
            f" {ID}",
            f"{ID}\n",
        ),
        *(ID.replace("a", "g"), ID.replace("0", "٠"), ID.replace("-", "_"), f"../{ID}", ID.replace("-", "/")),
    ],
)
def test_is_id_other_text_false(text: str) -> None:
    assert not is_id(text)


def test_languages_as_many_as_standard() -> None:
    pairs = ["".join(pair) for pair in product(string.ascii_lowercase, repeat=2)]
    known = [pair for pair in pairs if is_language(pair)]
    # ISO 639-1 has 183 codes; "sh" (deprecated) is not among them, and "bh" may be.
    assert 183 <= len(known) <= 184
    assert set(known) >= {"de", "en", "es", "fr", "he", "id", "ja", "yi", "zh", "zu"}
    assert not set(known) & {"xx", "zz", "iw", "in", "ji", "qq"}


@pytest.mark.parametrize("code", ["", "e", "eng", "EN", "en ", " en", "e n", "en de", "en-GB", "e\u0301"])
def test_is_language_other_text_false(code: str) -> None:
    assert not is_language(code)


@pytest.mark.parametrize(
    ("instant", "iso", "http"),
    [
        (0, "1970-01-01T00:00:00.000000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1, "1970-01-01T00:00:00.000001Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1_777_712_092_423_000, "2026-05-02T08:54:52.423000Z", "Sat, 02 May 2026 08:54:52 GMT"),
        # A float of seconds would have lost the last digit.
        (4_102_444_799_999_999, "2099-12-31T23:59:59.999999Z", "Thu, 31 Dec 2099 23:59:59 GMT"),
    ],
)
def test_instant_formats(instant: int, iso: str, http: str) -> None:
    assert clock.iso(instant) == iso
    assert clock.http_date(instant) == http
