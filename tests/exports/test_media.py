from __future__ import annotations

from pathlib import PureWindowsPath
from urllib.request import url2pathname

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roughy_box.domain.errors import BoxError
from roughy_box.exports.media import LONGEST, Reference, refer
from tests.exports.plans import ASSET

ON_THE_BOX = "/srv/box/files/x.mov"


def path_of(media: str | None, name: str | None = "Interview 1.mov") -> str:
    return refer(media, ON_THE_BOX, name, ASSET, "mov").path


@pytest.mark.parametrize("media", [None, ""])
def test_no_media_is_the_path_on_the_box(media: str | None) -> None:
    assert path_of(media) == ON_THE_BOX


@pytest.mark.parametrize(
    ("prefix", "whole"),
    [
        ("/Volumes/RAID", "/Volumes/RAID/Interview 1.mov"),
        ("/Volumes/RAID/", "/Volumes/RAID/Interview 1.mov"),
        ("/", "/Interview 1.mov"),
        ("C:\\Footage", "C:\\Footage\\Interview 1.mov"),
        ("C:\\", "C:\\Interview 1.mov"),
        ("C:", "C:\\Interview 1.mov"),
        ("C:/Footage", "C:/Footage/Interview 1.mov"),
        ("\\\\nas\\media", "\\\\nas\\media\\Interview 1.mov"),
        ("\\\\nas\\media\\", "\\\\nas\\media\\Interview 1.mov"),
        ("//nas/media", "//nas/media/Interview 1.mov"),
        ("footage", "footage/Interview 1.mov"),
        ("/odd\\", "/odd\\/Interview 1.mov"),
        ("file:///Volumes/My%20Disk", "/Volumes/My Disk/Interview 1.mov"),
        ("file:/Volumes/RAID/", "/Volumes/RAID/Interview 1.mov"),
        ("file://localhost/C%3a/Footage", "C:/Footage/Interview 1.mov"),
        ("file:///C:/Footage/", "C:/Footage/Interview 1.mov"),
        ("file://C:/Footage", "C:/Footage/Interview 1.mov"),
        ("FILE://nas/media/", "//nas/media/Interview 1.mov"),
        ("file:////nas/media", "//nas/media/Interview 1.mov"),
        ("\\\\?\\C:\\Footage", "C:\\Footage\\Interview 1.mov"),
        ("\\\\?\\C:\\", "C:\\Interview 1.mov"),
        ("\\\\.\\c:\\Footage", "c:\\Footage\\Interview 1.mov"),
        ("//?/C:/Footage", "C:/Footage/Interview 1.mov"),
        ("\\\\?\\UNC\\nas\\media", "\\\\nas\\media\\Interview 1.mov"),
    ],
)
def test_prefix_is_followed_by_the_asset_name(prefix: str, whole: str) -> None:
    assert path_of(prefix) == whole


def test_prefix_without_a_name_is_followed_by_the_id() -> None:
    assert path_of("/Volumes/RAID", name=None) == f"/Volumes/RAID/{ASSET}.mov"


@pytest.mark.parametrize(
    ("media", "path"),
    [
        ("/Volumes/RAID/A001.mov", "/Volumes/RAID/A001.mov"),
        ("/Volumes/RAID/A001.MOV", "/Volumes/RAID/A001.MOV"),
        ("D:\\A001.Mov", "D:\\A001.Mov"),
        ("file:///D:/A%20001.mov", "D:/A 001.mov"),
        ("\\\\nas\\media\\A001.mov", "\\\\nas\\media\\A001.mov"),
    ],
)
def test_path_that_ends_in_the_extension_is_whole(media: str, path: str) -> None:
    assert path_of(media) == path


@pytest.mark.parametrize("name", ["Interview", "ÜBUNG", "U\u0308bung"])
def test_path_that_ends_in_the_name_is_whole(name: str) -> None:
    assert path_of(f"/footage/{name.lower()}", name=name) == f"/footage/{name.lower()}"


def test_path_that_ends_in_the_name_composed_is_whole() -> None:
    assert path_of("/footage/u\u0308bung", name="Übung") == "/footage/u\u0308bung"


@pytest.mark.parametrize("media", ["/footage/clip.mov/", "/footage/My Interview", "/footage/xmov"])
def test_path_that_ends_in_something_else_is_a_prefix(media: str) -> None:
    assert path_of(media, name="Interview").endswith("/Interview")


@pytest.mark.parametrize(
    "media",
    [
        "/a\0b",
        "/a\nb",
        "file:///a%00b",
        "file:///a%0Ab",
        "/a\ud800b",
        "x" * (LONGEST + 1),
        "https://nas/media",
        "smb://nas/media",
        "concat:a|b",
        "subfile,,start,0,end,0,,:/etc/passwd",
        "color:red",
        "file:///50%/a.mov",
        "file:///%ff.mov",
    ],
)
def test_media_that_no_editor_opens_is_refused(media: str) -> None:
    with pytest.raises(BoxError) as refused:
        path_of(media)
    assert refused.value.status == 422
    assert refused.value.fields[0].field == "query.media"


def test_media_of_4096_characters_is_taken() -> None:
    assert path_of("/" + "x" * (LONGEST - 1)).startswith("/xxx")


@pytest.mark.parametrize(
    ("path", "url", "localhost"),
    [
        (
            "/Volumes/a b/ü&'#%.mov",
            "file:///Volumes/a%20b/%C3%BC%26'%23%25.mov",
            "file://localhost/Volumes/a%20b/%C3%BC%26'%23%25.mov",
        ),
        ("C:\\Footage\\a.mov", "file:///C:/Footage/a.mov", "file://localhost/C%3a/Footage/a.mov"),
        ("\\\\nas\\media\\a.mov", "file://nas/media/a.mov", "file://nas/media/a.mov"),
        ("//nas/media/a.mov", "file://nas/media/a.mov", "file://nas/media/a.mov"),
        ("a b.mov", "a%20b.mov", "a%20b.mov"),
        ("/odd\\name.mov", "file:///odd%5Cname.mov", "file://localhost/odd%5Cname.mov"),
    ],
)
def test_url_of_a_path_is_percent_encoded(path: str, url: str, localhost: str) -> None:
    assert Reference(path).url() == url
    assert Reference(path).url("localhost", "%3a") == localhost


def test_long_path_of_windows_is_the_url_of_its_drive() -> None:
    reference = refer("\\\\?\\C:\\Footage", ON_THE_BOX, "Tag 1.mov", ASSET, "mov")
    assert reference.url() == "file:///C:/Footage/Tag%201.mov"
    assert reference.url("localhost", "%3a") == "file://localhost/C%3a/Footage/Tag%201.mov"


@given(st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="/"), min_size=1))
def test_url_of_a_unix_path_leads_back_to_it(name: str) -> None:
    assert url2pathname(Reference(f"/v/{name}").url().removeprefix("file://")) == f"/v/{name}"


@pytest.mark.parametrize("path", ["C:\\Footage\\ü b\\a.mov", "\\\\nas\\media\\a b.mov"])
def test_url_of_a_windows_path_is_that_of_python(path: str) -> None:
    assert Reference(path).url() == PureWindowsPath(path).as_uri()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a/b.mov", "b.mov"),
        ("C:\\a\\b.mov", "b.mov"),
        ("b.mov", "b.mov"),
        ("/a/c\\b.mov", "c\\b.mov"),
        ("\\\\n\\b", "b"),
    ],
)
def test_file_name_is_the_last_part(path: str, name: str) -> None:
    assert Reference(path).file_name == name
