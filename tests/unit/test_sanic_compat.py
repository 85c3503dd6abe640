"""The check that the installed Sanic has what is used of it beyond its documentation."""

from __future__ import annotations

import pytest
import sanic

from roughy_box.domain.errors import SetupError
from roughy_box.http.server import sanic_compat
from roughy_box.http.server.sanic_compat import Http, HttpProtocol, Stream


def test_sanic_installed_fits():
    sanic_compat.check()
    assert sanic.__version__.startswith("25.12.")


def test_sanic_without_an_attribute_is_refused():
    with pytest.raises(SetupError) as raised:
        sanic_compat.check({Http: ("read", "read_ahead"), HttpProtocol: ("clock",)})
    assert str(raised.value) == (
        f"Sanic {sanic.__version__} lacks Http.read_ahead, HttpProtocol.clock, which the box uses. "
        "Install sanic>=25.12,<25.13."
    )


def test_stream_members_are_all_checked():
    assert {*Stream.__annotations__, "read"} <= {*sanic_compat.USED[Http]}
