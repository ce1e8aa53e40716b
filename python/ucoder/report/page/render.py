"""From a page's sections to HTML: one file with its style and script in it, which asks the network for nothing.

Every text goes through the templates' escaping. The page's policy lets only its own script run, by its hash, and
forbids every request, so that a text that got past the escaping would still do nothing.
"""

import base64
import hashlib
from pathlib import Path

import jinja2

from ucoder.report.page.blocks import Block
from ucoder.report.page.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from ucoder.report.page.page import Page

__all__ = ["render"]

_FOLDER = Path(__file__).with_name("templates")


def render(page: Page, version: str, made: str) -> str:
    """The page as HTML. `made`: when, in words."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["kind"] = _kind
    style, script = ((_FOLDER / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    canvas = {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "top": TOP,
        "bottom": HEIGHT - BOTTOM,
    }
    return environment.get_template("page.html").render(
        page=page, version=version, made=made, style=style, script=script, digest=digest, canvas=canvas
    )


def _kind(block: Block) -> str:
    return type(block).__name__.lower()
