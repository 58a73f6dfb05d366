"""How large a file may be before it is refused, whatever it says about itself.

The largest real list we know of is one branch's 100,000 customers in 25
columns; every limit leaves room beyond that and still keeps a hostile file
within seconds and a few hundred megabytes.
"""

from __future__ import annotations

MAX_FILE_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 512 * 2**20  # of the parts that are read
MAX_PARTS = 10_000  # members of the archive
MAX_SMALL_PART_BYTES = 32 * 2**20  # workbook, relations, styles
MAX_XML_TOKEN_BYTES = 2**20  # one tag, comment or instruction
MAX_XML_ELEMENTS = 20_000_000  # of one part; styling 15 whole columns makes 17 million

MAX_LINES = 1_048_576  # of a sheet, blank ones too
MAX_ROWS = 200_000  # that hold anything
MAX_COLUMNS = 200
MAX_CELLS = 6_000_000  # rows times columns
MAX_CELL_CHARACTERS = 32_767  # what Excel itself can hold
MAX_TABLE_CHARACTERS = 100_000_000
MAX_MERGES = 200_000
MAX_SHEETS = 255

HEADING_SEARCH_ROWS = 30  # the heading row is one of the first so many
