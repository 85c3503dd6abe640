"""Recognizers as other people might write them, each with a fault of its own."""

from __future__ import annotations

import os
import time

from roughy_box.speech.recognizers import Heard, Offer, RecognizerError, Setup, Status


class Faulty:
    name = ""

    def ready(self, setup: Setup) -> Status:
        return Status("It is ready.", (Offer(self.name, self.name, frozenset({"en"})),))

    def words(self, sound, offer, hints, report):
        raise NotImplementedError


class Crashing(Faulty):
    name = "crashing"

    def words(self, sound, offer, hints, report):
        os.abort()


class Raising(Faulty):
    name = "raising"

    def words(self, sound, offer, hints, report):
        raise ZeroDivisionError


class Hanging(Faulty):
    name = "hanging"

    def words(self, sound, offer, hints, report):
        while True:
            time.sleep(60)


class Hungry(Faulty):
    name = "hungry"

    def words(self, sound, offer, hints, report):
        self.eaten = bytearray(2**40)
        return Heard([], "en")


class Unable(Faulty):
    name = "unable"

    def words(self, sound, offer, hints, report):
        raise RecognizerError("Its model is of another version.")


class Lying(Faulty):
    name = "lying"

    def words(self, sound, offer, hints, report):
        return Heard([], "no language \x1b[31m")


class Unloadable:
    def __init__(self) -> None:
        raise RuntimeError("no license")
