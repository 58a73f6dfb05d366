"""One customer from all sides: page, edit in place, side panels. Shows; services decide."""
