"""XML parts read as events: no document type, no entities, no endless tokens.

Spreadsheets never have a document type declaration, so the first sign of one
ends the reading; that leaves nothing for entity bombs or outside references.
"""

from __future__ import annotations

from typing import Protocol
from xml.parsers import expat

from crm.domain.errors import BadFile
from crm.interchange import limits
from crm.interchange.archive import Archive, part_name
from crm.interchange.table import Step, no_step

Attributes = dict[str, str]


class Handler(Protocol):
    """Takes a part's events; names come without their namespace prefix."""

    def start(self, name: str, attributes: Attributes) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, data: str) -> None: ...


def parse(archive: Archive, name: str, handler: Handler, step: Step = no_step) -> None:
    """Send the events of part `name` to `handler`; `step` hears of bytes read.

    Raises: BadFile `import.damaged` for XML that is broken, has a document
    type or holds what `handler` cannot take (its ValueError, LookupError).
    """
    parser = _parser(handler)
    total, fed = archive.size(name), 0
    try:
        for chunk in archive.chunks(name):
            parser.Parse(chunk, False)
            fed += len(chunk)
            _check_token(parser, fed)
            step(fed, total)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError, OverflowError) as error:
        raise BadFile("import.damaged", part=part_name(name)) from error


def _parser(handler: Handler) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = _FirstElement(parser, handler).start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.text
    return parser


class _FirstElement:
    """Looks at the root's name: prefixes cost time, so they are cut only where there are any."""

    def __init__(self, parser: expat.XMLParserType, handler: Handler) -> None:
        self._parser = parser
        self._handler = handler

    def start(self, name: str, attributes: Attributes) -> None:
        if ":" in name:
            self._parser.StartElementHandler = self._start_bare
            self._parser.EndElementHandler = self._end_bare
        else:
            self._parser.StartElementHandler = self._handler.start
        self._handler.start(_bare(name), attributes)

    def _start_bare(self, name: str, attributes: Attributes) -> None:
        self._handler.start(_bare(name), attributes)

    def _end_bare(self, name: str) -> None:
        self._handler.end(_bare(name))


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type declaration")


def _check_token(parser: expat.XMLParserType, fed: int) -> None:
    # expat scans an unfinished token again with every chunk: quadratic time
    if fed - parser.CurrentByteIndex > limits.MAX_XML_TOKEN_BYTES + 2**16:
        raise ValueError("an endless token")
