"""What lies in the replica's files: ciphertext, page by page, whatever SQLite has given up."""

from __future__ import annotations

from desktop.storage.replica import FILE_NAME
from tests.helpers.fakes import Laptop, a_key
from tests.helpers.replica_bytes import found_in, images

OLD = "存折在枕头底下"


def test_every_page_is_ciphertext_free_ones_and_the_log_too(tmp_path):
    """A value that was replaced may lie in them for a while: for whoever has the key, nobody else.

    Each image is checked against its tag, so that no page was written past the cipher.
    """
    laptop = Laptop(tmp_path)
    people = [laptop.create("customer", name=f"龚{n}", note=OLD * 60) for n in range(40)]
    for person in people:
        laptop.edit(person, note="-")
        laptop.delete(person)
    free = laptop.rows("PRAGMA freelist_count")[0][0]
    path = tmp_path / FILE_NAME
    opened = images(path, a_key())
    assert {image.place for image in opened} == {"file", "log"}
    assert free > 0
    assert any(OLD.encode() in image.content for image in opened), "nothing to be hidden"
    files = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    assert {FILE_NAME, f"{FILE_NAME}-wal"} <= files.keys()
    assert found_in(files, [OLD]) == {}
    laptop.replica.close()
