"""tuspyserver on FastAPI, as its own documentation starts it. Runs in a virtualenv of its own."""

import os

from fastapi import FastAPI
from tuspyserver import create_tus_router

app = FastAPI()
app.include_router(create_tus_router(prefix="files", files_dir=os.environ["BENCH_FILES"]))


@app.get("/hello")
def hello() -> str:
    return "hello"
