"""Every way to look for a customer, in a real replica."""

from __future__ import annotations

import pytest

from desktop.storage.search import drop
from tests.helpers.book import open_book


@pytest.fixture
def book(tmp_path):
    return open_book(tmp_path / "replica.db")


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    """A few customers of one village, as different as their fields allow. Only to be read."""
    return with_customers(open_book(tmp_path_factory.mktemp("village") / "replica.db"))


def with_customers(book):
    book.add("张三丰", phone="+8615400001234", village="南山村", address="湖北省某县南山村5组12号")
    book.add("张伟", phone="+8615400015678", village="北河村", address="湖北省某县北河村1组3号")
    book.add("李张氏", phone="+8615412340000", village="南山村", id_number="42010119500101123X")
    book.add("欧阳修文", phone="+861065529988", village="石桥社区", id_number="Z12345678")
    book.add("买买提·吐尔逊", contacts=[("home_phone", "+865640700123"), ("wechat", "mmt1234")])
    return book


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("张", ["张伟", "张三丰", "李张氏"]),
        ("三", ["张三丰"]),
        ("丰", ["张三丰"]),
        ("三丰", ["张三丰"]),
        ("张三丰", ["张三丰"]),
        ("阳修", ["欧阳修文"]),
        ("吐尔逊", ["买买提·吐尔逊"]),
        ("提·吐", ["买买提·吐尔逊"]),
    ],
)
def test_a_name_is_found_by_any_part_of_it(village, query, names):
    assert village.names(query) == names
    assert {hit.matched for hit in village.find(query)} == {"name"}


@pytest.mark.parametrize(
    ("query", "names", "matched"),
    [
        ("z", ["张伟", "张三丰"], {"initials"}),
        ("zw", ["张伟"], {"initials"}),
        ("zsf", ["张三丰"], {"initials"}),
        ("ZSF", ["张三丰"], {"initials"}),
        ("ｚｓｆ", ["张三丰"], {"initials"}),
        ("sf", ["张三丰"], {"initials"}),
        ("zh", ["张伟", "张三丰"], {"pinyin"}),
        ("zhangw", ["张伟"], {"pinyin"}),
        ("sanfeng", ["张三丰"], {"pinyin"}),
        ("zhang san feng", ["张三丰"], {"pinyin"}),
        ("zhang s", ["张三丰", "李张氏"], {"pinyin"}),
        ("ouyang", ["欧阳修文"], {"pinyin"}),
        ("yxw", ["欧阳修文"], {"initials"}),
    ],
)
def test_a_name_is_found_by_its_pinyin_and_initials(village, query, names, matched):
    assert village.names(query) == names
    assert {hit.matched for hit in village.find(query)} == matched


@pytest.mark.parametrize("query", ["qxr", "qinxiongren", "txr", "tan", "tanxiongren"])
def test_a_surname_with_two_readings_is_found_by_both(book, query):
    book.add("覃雄仁")
    book.add("覃雄义", keyed=False)
    assert book.names(query)[-1] == "覃雄仁"


def test_a_customer_without_a_search_key_gets_one(book):
    book.add("单雄仁", keyed=False)
    assert book.names("sxr") == book.names("shanxiong") == ["单雄仁"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("1234", ["张三丰", "李张氏"]),  # the tail before the fragment
        ("１２３４", ["张三丰", "李张氏"]),
        ("78", ["张伟"]),
        ("5678", ["欧阳修文", "张伟"]),  # an identity number's tail, too
        ("154000", ["张伟", "张三丰"]),
        ("154 0001 5678", ["张伟"]),
        ("154-0001-5678", ["张伟"]),
        ("+86 154 0001 5678", ["张伟"]),
        ("+8615400015678", ["张伟"]),
        ("008615400015678", ["张伟"]),
        ("8615400015678", ["张伟"]),
        ("01065529988", ["欧阳修文"]),
        ("010-6552", ["欧阳修文"]),
        ("65529988", ["欧阳修文"]),
        ("0700123", ["买买提·吐尔逊"]),
        ("0564-070", ["买买提·吐尔逊"]),
    ],
)
def test_a_phone_is_found_by_its_digits_however_typed(village, query, names):
    assert village.names(query) == names


def test_a_phone_tail_is_told_from_a_fragment_and_an_identity_number(village):
    assert [hit.matched for hit in village.find("5678")] == ["id_number", "phone"]
    assert [hit.matched for hit in village.find("1234")] == ["phone", "phone"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("123x", ["李张氏"]),
        ("1123X", ["李张氏"]),
        ("42010119500101123X", ["李张氏"]),
        ("z12345678", ["欧阳修文"]),
        ("420101", []),  # its beginning, county and birth date, is no way to find anybody
        ("1950", []),
    ],
)
def test_an_identity_number_is_found_by_its_tail_alone(village, query, names):
    assert village.names(query) == names


@pytest.mark.parametrize(
    ("query", "names", "matched"),
    [
        ("南山", ["李张氏", "张三丰"], {"village"}),
        ("南山村", ["李张氏", "张三丰"], {"village"}),
        ("山村5组", ["张三丰"], {"address"}),
        ("河村1组3", ["张伟"], {"address"}),
        ("湖北省", ["张伟", "张三丰"], {"address"}),
    ],
)
def test_a_place_is_found_by_village_and_address(village, query, names, matched):
    assert village.names(query) == names
    assert {hit.matched for hit in village.find(query)} == matched


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("张 南山村", ["张三丰", "李张氏"]),
        ("南山村 张", ["李张氏", "张三丰"]),
        ("张，南山", ["张三丰", "李张氏"]),
        ("zsf 1234", ["张三丰"]),
        ("1234 zsf", ["张三丰"]),
        ("zsf 5678", []),
        ("张 氏", ["李张氏"]),
        ("张 1", ["张伟", "张三丰", "李张氏"]),  # one digit is the beginning of more
        ("张 123", ["张三丰", "李张氏"]),
    ],
)
def test_terms_are_all_required(village, query, names):
    assert village.names(query) == names


def test_other_addresses_and_phones_of_a_customer_are_found(book):
    book.add(
        "王芳", contacts=[("address", "湖南省某县东风街8号"), ("work_phone", "+8615433330000")]
    )
    assert book.names("东风街８号") == ["王芳"]
    assert book.names("33330000") == ["王芳"]
    assert book.names("王芳 东风街 3333") == ["王芳"]


@pytest.mark.parametrize("query", ["𠮷", "𠮷田", "田𫖯", "𠮷田𫖯", "𠮷 𫖯", "\ue5e5"])
def test_rare_characters_are_single_characters(book, query):
    book.add("𠮷田𫖯")
    book.add("李\ue5e5")
    assert book.names(query) == [{"\ue5e5": "李\ue5e5"}.get(query, "𠮷田𫖯")]


def test_width_case_blanks_and_shapes_of_characters_do_not_matter(book):
    book.add("Maria Lopez", address="Ａ座３－２号 幸福小区")
    book.add("葛\U000e0100城")  # a variation selector chooses the shape of the character
    assert book.names("maria") == book.names("MARIALOPEZ") == ["Maria Lopez"]
    assert book.names("maria lop") == ["Maria Lopez"]
    assert book.names("a座3-2号幸福") == ["Maria Lopez"]
    assert book.names("葛城") == ["葛\U000e0100城"]


def test_better_places_come_first_and_equals_newest_first(book):
    for name in ("王李强", "李强", "李强生", "李小强", "王小李", "李强"):
        book.add(name, village="李强村" if name == "王小李" else None)
    assert book.names("李强") == ["李强", "李强", "李强生", "王李强", "王小李"]
    for name in ("吴晓", "王小", "魏晓波", "武王晓"):
        book.add(name)
    assert book.names("wx")[:4] == ["王小", "吴晓", "魏晓波", "王小李"]
    assert book.names("wx")[-1] == "武王晓"


def test_order_holds_when_there_are_more_than_asked_for(book):
    names = ["王李强", *["李强生"] * 5, "李强", "赵李强", "李强华", *["王李强"] * 160]
    book.add_all(names)
    assert book.names("李强", limit=4) == ["李强", "李强华", "李强生", "李强生"]
    assert book.names("lq", limit=3) == ["李强", "李强华", "李强生"]
    assert book.names("liqiangs", limit=9) == ["李强生"] * 5
    assert book.names("liqiang", limit=3) == ["李强", "李强华", "李强生"]
    assert book.names("李 qiang", limit=8)[:7] == ["李强华", "李强", *["李强生"] * 5]


def test_a_common_surname_gives_as_many_as_asked_for(book):
    book.add_all(["张伟" if number % 2 else f"张{chr(0x4E00 + number)}" for number in range(360)])
    assert book.names("张伟") == ["张伟"] * 50
    assert len(book.find("张")) == 50
    assert len(book.find("张", 400)) == 360
    assert len({hit.id for hit in book.find("z", 400)}) == 360


def test_a_common_tail_comes_before_a_common_fragment(book):
    for number in range(200):
        book.add(f"张{chr(0x4E00 + number)}", phone=f"+861541234{number:04d}")
    book.add("李丰", phone="+8615400001234")
    assert book.names("1234", limit=2)[0] == "李丰"
    assert [hit.matched for hit in book.find("1234", 5)] == ["phone"] * 5


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "　",
        '"',
        "*",
        "-",
        "(",
        ")",
        ":",
        '" OR "',
        "''",
        "~",
        "\x00",
        "\ud800",
        "+86",
        "，",
    ],
)
def test_a_query_that_holds_nothing_to_look_for_finds_nobody(village, query):
    assert village.find(query) == []


@pytest.mark.parametrize(
    "query",
    [
        '张"', "张*", "-张", "(张", "张)", "name:张", "张 OR", "张 NEAR(1)", "NOT 张", "张\x00",
        "^张", "张$", "张%", "张_", "[张", "zsf|", "<<z", "张'; DROP TABLE customer; --",
        "a" * 5000,
        "张 " * 300, "AND", "OR", "NEAR", "NOT", "张\ud800", "🀄", "e\u0301e\u0301e\u0301",
    ],
)  # fmt: skip
def test_what_means_something_to_full_text_search_means_nothing_here(village, query):
    assert {hit.name for hit in village.find(query)} <= {"张伟", "张三丰", "李张氏"}


def test_quotes_and_stars_around_a_name_are_passed_over(village):
    assert village.names('"张三丰"') == village.names("张三丰*") == ["张三丰"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("张山丰", "张三丰"),
        ("张丰三", "张三丰"),
        ("张三三丰", "张三丰"),
        ("欧阳文", "欧阳修文"),
        ("zhangsanfnr", None),
        ("zhangsanfenh", "张三丰"),
        ("zahngsanfeng", "张三丰"),
        ("zhangsnafeng", "张三丰"),
        ("zhansanfeng", "张三丰"),
        ("oyuangxiu", "欧阳修文"),
        ("15400001243", "张三丰"),
        ("1540001234", "张三丰"),
        ("154000012234", "张三丰"),
        ("0001324", "张三丰"),
        ("欧阴修文 石桥社区", "欧阳修文"),
        ("张山丰 石桥社区", None),
    ],
)
def test_one_slip_of_typing_still_finds_and_says_so(village, query, name):
    hits = village.find(query)
    assert [hit.name for hit in hits] == ([name] if name else [])
    assert all(hit.similar for hit in hits)


def test_who_fits_exactly_is_never_called_similar(book):
    book.add("张三丰")
    book.add("张山丰")
    assert [(hit.name, hit.similar) for hit in book.find("张山丰")] == [("张山丰", False)]


def test_without_an_index_every_customer_is_read(book):
    with_index = with_customers(book).find("张")
    with book.transaction() as connection:
        drop(connection)
    assert book.find("张") == with_index
    book.rebuild()
    assert book.find("张") == with_index
