"""tuspyserver on FastAPI, started as in its own documentation. Runs in a separate virtualenv."""

import os

from fastapi import FastAPI
from tuspyserver import create_tus_router

app = FastAPI()
app.include_router(create_tus_router(prefix="files", files_dir=os.environ["BENCH_FILES"]))


@app.get("/hello")  # type: ignore[untyped-decorator]  # it is installed in another virtualenv
def hello() -> str:
    return "hello"
