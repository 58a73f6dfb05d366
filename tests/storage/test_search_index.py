"""The index after edits: always what reading every customer would give, and never more."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.errors import Cancelled
from crm.records.pinyin import search_key
from desktop.services.progress import Progress
from desktop.storage.search import finding, index, rebuild, texts
from desktop.storage.search.index import NEWEST
from tests.helpers.book import open_book

NAME_MARKS = "张三丰李覃𠮷\ue5e5a·Ａ "
NAMES = st.text(NAME_MARKS, min_size=1, max_size=5) | st.sampled_from(
    ["张三丰", "李三", "覃三", "欧阳三丰", "买买提·李", "Anna Lee", "zhang", "", "a1"]
)
DIGITS = st.text("0178", max_size=6)
PHONES = DIGITS.map("+861540000{:0<4.4}".format) | DIGITS.map("+86564{:0<8}".format)
PLACES = st.text("南山村东Ａ1２-（ ", max_size=7)
NUMBERS = DIGITS.map("42010119500{:0<6}X".format) | DIGITS.map("Z{:1<6}".format) | st.just("军-12a")
CUSTOMERS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "phone": PHONES | st.none(),
        "address": PLACES | st.none(),
        "village": PLACES | st.none(),
        "id_number": NUMBERS | st.none(),
    }
)
CONTACTS = st.lists(
    st.tuples(st.sampled_from(["mobile", "work_phone"]), PHONES | DIGITS)
    | st.tuples(st.just("address"), PLACES),
    max_size=2,
)
PEOPLE = st.lists(st.tuples(CUSTOMERS, CONTACTS), min_size=1, max_size=8)
ACTIONS = st.lists(
    st.tuples(st.just("add"), CUSTOMERS, CONTACTS)
    | st.tuples(st.just("edit"), st.integers(0, 7), CUSTOMERS)
    | st.tuples(st.just("remove"), st.sets(st.integers(0, 7), min_size=1, max_size=3))
    | st.just(("rebuild",)),
    max_size=6,
)
WORDS = st.text("张三丰李南山村𠮷\ue5e5", min_size=1, max_size=4) | st.sampled_from(
    ["z", "zs", "sf", "zsf", "qs", "ts", "tan", "qin", "zhang", "sanfeng", "an", "annalee", "a",
     "0", "00", "100", "0000", "1000", "100x", "0564", "17", "178", "51", "1村", "a1", "12a",
     "山村东", "南山", "村东a1", "e"]
)  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """One replica for all tests here; each begins by emptying it."""
    few, finding._FEW = finding._FEW, 2  # so that a handful of customers goes by stages
    yield open_book(tmp_path_factory.mktemp("book") / "replica.db")
    finding._FEW = few


# -- what a search should give, said as plainly as can be --------------------------------


def plain(text):
    narrow = unicodedata.normalize("NFKC", text or "").lower()
    return "".join(mark for mark in narrow if mark.isalnum() or mark == "\ue5e5")


def dialled(phone):
    digits = "".join(mark for mark in plain(phone) if mark.isdigit())
    if (phone or "").startswith("+86"):
        digits = digits[2:] if digits[2] == "1" else "0" + digits[2:]
    return digits


def fits(customer, contacts, word):
    """Tell whether one word of a query fits; docs/search.md has the same rules as a table."""
    size = len(word)
    phones = [dialled(customer.get("phone"))] + [dialled(v) for k, v in contacts if k != "address"]
    places = [plain(customer.get("address"))] + [plain(v) for k, v in contacts if k == "address"]
    village = plain(customer.get("village"))
    found = word in plain(customer["name"])
    if size == 2:
        found |= village.startswith(word)
    if size > 2:
        found |= any(word in place for place in [*places, village])
    if word.isascii() and word.isdigit():
        found |= size == 2 and any(phone.endswith(word) for phone in phones)
        found |= size > 2 and any(word in phone for phone in phones)
    elif word.isascii():
        found |= any(spelt_so(variant, word) for variant in search_key(customer["name"]).split(";"))
    if size > 3 and word.isascii() and sum(mark.isdigit() for mark in word) > 2:
        found |= plain(customer.get("id_number")).endswith(word)
    return found


def spelt_so(variant, word):
    full, _, initials = variant.replace(" ", "").partition("|")
    if len(word) == 1:
        return full.startswith(word)
    if len(word) == 2:
        return full.startswith(word) or initials.startswith(word) or initials.endswith(word)
    return word in full or word in initials


def words_of(query):
    """Short numbers beside other words are passed over; neighbouring words of letters are one."""
    words = [
        word[2:] if len(word) == 13 and word.startswith("861") else word for word in query.split()
    ]
    telling = [word for word in words if not (word.isdigit() and len(word) < 3)] or words[:1]
    if len(telling) == 2 and all(word.isascii() and word.isalpha() for word in telling):
        return ["".join(telling)]
    return telling


# -- the tests -----------------------------------------------------------------------------


def words_from(people):
    """Words that some customer was, or is, found by, and a few more."""
    texts = {spelt.replace(" ", "") for customer, _ in people for spelt in keys_of(customer)}
    for customer, contacts in people:
        values = [value for kind, value in contacts]
        texts.update(map(plain, [*customer.values(), *values]))
        texts.update(map(dialled, [customer["phone"], *values]))
    parts = st.builds(
        lambda text, start, size: text[start : start + size] or text,
        st.sampled_from(sorted(texts - {""}) or ["a"]),
        st.sampled_from([0, 0, 0, 1, 2, -2, -3, -4, -6, -9]),
        st.sampled_from([1, 2, 2, 3, 3, 4, 7, 18]),
    )
    return parts | WORDS


def keys_of(customer):
    return [
        part for variant in search_key(customer["name"]).split(";") for part in variant.split("|")
    ]


@settings(max_examples=80, deadline=None)
@given(people=PEOPLE, actions=ACTIONS, data=st.data())
def test_after_any_edits_the_index_finds_exactly_who_fits(book, people, actions, data):
    everything = [("add", *person) for person in people] + actions
    kept = live_through(book, everything)
    words = words_from(people)
    queries = st.lists(words, min_size=1, max_size=2).map(" ".join)
    for query in data.draw(st.lists(queries, min_size=5, max_size=15)):
        expected = {
            own_id
            for own_id, (customer, contacts) in kept.items()
            if all(fits(customer, contacts, word) for word in words_of(query))
        }
        found = {hit.id for hit in book.find(query, 1000) if not hit.similar}
        assert found == expected, query
        some = [hit.id for hit in book.find(query, 3) if not hit.similar]
        assert len(set(some)) == len(some) == min(3, len(expected)), query
        assert set(some) <= expected, query


def live_through(book, actions):
    """Do the actions; return who is there in the end, with what."""
    kept = {}
    book.clear()
    for action, *details in actions:
        chosen = list(kept)
        if action == "add":
            customer, contacts = details
            kept[book.add(**customer, contacts=contacts)] = (customer, contacts)
        elif action == "edit" and details[0] < len(chosen):
            own_id = chosen[details[0]]
            book.edit(own_id, **details[1])
            kept[own_id] = (kept[own_id][0] | details[1], kept[own_id][1])
        elif action == "remove":
            gone = [chosen[at] for at in details[0] if at < len(chosen)]
            book.remove(*gone)
            for own_id in gone:
                del kept[own_id]
        elif action == "rebuild":
            book.rebuild()
    return kept


def tokens(book):
    """Return every token in the index: {token: rows that hold it}."""
    with book.transaction() as connection:
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE temp.search_words USING fts5vocab(main, search, row)"
        )
        found = dict(connection.exec_driver_sql("SELECT term, doc FROM search_words").all())
        connection.exec_driver_sql("DROP TABLE search_words")
    return found


@settings(max_examples=60, deadline=None)
@given(people=PEOPLE)
def test_a_rebuild_gives_the_same_index_as_single_updates(book, people):
    book.clear()
    for customer, contacts in people:
        book.add(**customer, contacts=contacts)
    one_by_one = tokens(book)
    book.rebuild()
    assert tokens(book) == one_by_one


@settings(max_examples=100, deadline=None)
@given(customer=CUSTOMERS)
def test_text_that_is_marked_in_sql_is_marked_as_python_would(book, customer):
    book.clear()
    book.add(**customer)
    with book.transaction() as connection:
        columns = ", ".join(index._COLUMNS.values())
        row = connection.exec_driver_sql(f"SELECT {columns} FROM customer c").one()
    name, _, phone, village, address, papers, _ = row
    assert name == texts.marked_name(customer["name"])
    assert (phone or "") == texts.marked_phone(customer["phone"])
    assert (papers or "").lower() == texts.marked_id(customer["id_number"])
    assert (village or "[") == "[" + texts.fold(customer["village"])
    assert (address or "") == texts.fold(customer["address"])


def test_a_customer_who_leaves_leaves_no_token_behind(book):
    book.clear()
    book.add("王一")
    leaving = book.add("蒋某某", phone="+8615498765432", contacts=[("address", "溪口镇")])
    assert {"蒋.某", "987", "溪口镇", "jia"} <= tokens(book).keys()
    book.remove(leaving)
    assert not {"蒋.某", "987", "溪口镇", "jia"} & tokens(book).keys()
    assert book.names("王一") == ["王一"]


def test_a_number_given_again_to_another_customer_is_no_mix_up(book):
    book.clear()
    old = book.add("王一")
    with book.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM customer")  # the index is told below, with the new
    new = book.add("李二")
    book.update([old, new])
    assert book.names("王一") == []
    assert [hit.id for hit in book.find("李二")] == [new]


def test_ids_that_nobody_knows_change_nothing(book):
    book.clear()
    book.add("王一")
    book.update(["nobody", "nobody", ""])
    book.update([])
    assert book.names("王") == ["王一"]


def test_a_rebuild_reports_progress_to_its_end_and_can_be_cancelled(book):
    book.clear()
    for _ in range(3):
        book.add("王一")
    reports = []
    book.rebuild(Progress(lambda done, total: reports.append((done, total))))
    assert reports
    assert reports[-1] == (reports[-1][1], reports[-1][1])
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled), book.transaction() as connection:
        rebuild(connection, stopped)
    assert book.names("王") == ["王一"] * 3


def test_rows_lie_newest_first(book):
    book.clear()
    book.add("王一")
    book.add("王二")
    with book.transaction() as connection:
        rows = connection.exec_driver_sql("SELECT rowid FROM search ORDER BY rowid").scalars().all()
        numbers = connection.exec_driver_sql("SELECT n FROM customer ORDER BY n DESC").scalars()
        assert rows == [NEWEST - n for n in numbers]


@pytest.mark.parametrize(
    ("kept", "digits"),
    [
        ("+8615412345678", "15412345678"),
        ("+86 154-1234-5678", "15412345678"),
        ("+861012345678", "01012345678"),
        ("+85254123456", "85254123456"),
        ("0564-1234567", "05641234567"),
        ("１５４ 1234", "1541234"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_phone_is_compared_as_it_is_dialled(kept, digits):
    assert texts.dialled(kept) == digits
