"""How strong a passphrase is: zxcvbn, put right for Chinese; advice in our own words."""

from __future__ import annotations

import logging
import re
import threading
import time
from pathlib import Path

import pytest
import zxcvbn.feedback

from crm.domain.errors import Refused, UserError
from crm.domain.messages import explain
from desktop.vault import strength as module
from desktop.vault.passphrases import check_new_passphrase
from desktop.vault.strength import ENOUGH, LONGEST, strength

OWN = ("lihua", "李晓梅", "石湾支局")


@pytest.mark.parametrize(
    "easy",
    [
        *("password", "lihua1990", "Lihua.1990", "12345678", "qwertyuiop", "aaaaaaaaaaaa"),
        *(
            "邮政储蓄银行",
            "邮储银行2026",
            "yizhan2026",
            "zhongguoyouzheng",
            "李晓梅李晓梅",
            "石湾支局石湾支局",
        ),
        *(
            "一二三四五六七八",
            "王王王王王王王王",
            "床前明月光疑是地上霜",
            "我爱北京天安门",
            "天安门上太阳升",
        ),
        *("mingtianzaoshang", "woaibeijingtiananmen", "zhunishengrikuaile", "xiaomei1990"),
    ],
)
def test_what_a_colleague_would_try_is_too_easy_and_gets_advice_in_both_languages(easy):
    found = strength(easy, OWN)
    assert found.score < ENOUGH
    assert found.advice
    for code in found.advice:
        english, chinese = (explain(UserError(code), language) for language in ("en", "zh"))
        assert all(english)
        assert all(chinese)
        assert english != chinese


@pytest.mark.parametrize(
    "strong",
    [
        *("four relay horses", "seven lanterns at dusk", "ein langes Wort am Morgen 7"),
        *(
            "明天早上去赶集买三斤豆腐",
            "王家村的石桥下有三只鸭",
            "三只鸭子过石桥买豆腐",
            "练习用的口令-42",
        ),
        *("shiqiao yazi doufu zaochen", "xK9#mQ2pV7", "𠮷野家门前七盏灯"),
    ],
)
def test_several_words_that_nobody_connects_with_one_are_enough(strong):
    assert strength(strong, OWN) == module.Strength(strength(strong, OWN).score)
    assert strength(strong, OWN).enough


def test_a_han_character_counts_neither_for_one_of_ten_nor_for_one_of_all():
    """Eight chosen by oneself are enough, five are not; zxcvbn alone would say no and no."""
    assert strength("石桥鸭子豆腐早茶").enough
    assert not strength("石桥鸭子茶"[:4]).enough


def test_pinyin_is_no_stronger_than_the_syllables_that_it_is():
    assert strength("mingtianzaoshang").score < strength("mkqtpvnzxwbhsjrd").score
    assert strength("ming tian zao shang").score < ENOUGH


def test_the_same_words_count_more_for_somebody_else():
    assert not strength("李晓梅石湾支局", OWN).enough
    assert "strength.known" in strength("李晓梅石湾支局", OWN).advice
    assert strength("赵铁柱云桥支局分理处").enough


def test_every_sentence_of_the_library_has_advice_of_our_own():
    source = Path(zxcvbn.feedback.__file__).read_text(encoding="utf-8")
    joined = re.sub(r"'\s*\\?\s*\n\s*'|\"\s*\\?\s*\n\s*\"", "", source)
    told = [a or b for a, b in re.findall(r"_\(\s*(?:'([^']+)'|\"([^\"]+)\")", joined)]
    assert len(told) >= 20
    assert [sentence for sentence in told if sentence not in module._ADVICE] == []


def test_a_sentence_that_the_library_may_add_gets_the_general_advice(monkeypatch):
    found = {"sequence": [], "feedback": {"warning": "Something new.", "suggestions": []}}
    assert list(module._advised(found)) == ["strength.more_words"]


def test_a_long_passphrase_is_cut_for_the_estimate_and_never_for_the_key():
    began = time.perf_counter()
    assert strength("石桥鸭子" * 10_000) == strength(("石桥鸭子" * 10_000)[:LONGEST])
    assert time.perf_counter() - began < 2
    check_new_passphrase("four relay horses " * 1_000, practice=False)


def test_two_threads_do_not_mix_what_they_know_of_their_owners():
    """The library keeps the words of its last call in a global."""
    wrong = []

    def ask(own, others):
        for _ in range(10):
            if strength(own, (own,)).score > strength(own, (others,)).score:
                wrong.append(own)
            if strength(own, (own,)).enough:
                wrong.append(own)

    names = ("quaxo munkustrap", "zorblatt venderby")
    threads = [threading.Thread(target=ask, args=pair) for pair in (names, names[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


def test_a_work_profile_needs_a_strong_one_and_a_practice_profile_its_length_alone():
    check_new_passphrase("12345678", practice=True)
    with pytest.raises(Refused) as caught:
        check_new_passphrase("12345678", practice=False)
    assert caught.value.code == "vault.passphrase.weak"
    with pytest.raises(Refused):
        check_new_passphrase("quaxo munkustrap", practice=False, own_words=("quaxo munkustrap",))


def test_nothing_of_a_passphrase_reaches_the_log(caplog):
    with caplog.at_level(logging.DEBUG):
        strength("plantedwords 19900101", ("planted",))
    assert "planted" not in caplog.text
