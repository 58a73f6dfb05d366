"""Adding and editing a customer in the panel: checks, drafts, lookalikes, undo."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication

from desktop.jobs.desk import Jobs
from desktop.services.drafts import CUSTOMER_FORM, NEW, draft
from desktop.services.preferences import PreferenceFile
from desktop.views.customer.add import open_add
from desktop.views.customer.edit import open_edit
from desktop.views.customer.new import open_new_customer
from desktop.views.shell.desk import Desk
from tests.helpers import walking
from tests.helpers.fakes import Laptop
from tests.helpers.full_disk import full_disk
from tests.helpers.offices import PERSON, an_office
from tests.helpers.reasons import Answering

NUMBER = "430424196801011211"  # its check digit does not fit


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path, user=PERSON.user)
    yield made
    made.replica.close()


@pytest.fixture
def desk(qtbot, laptop):
    jobs = Jobs()
    made = Desk(an_office(laptop), jobs, PreferenceFile(laptop.folder))
    made.faults, made.went, made.closed = [], [], []
    made.fault.connect(made.faults.append)
    made.go_wanted.connect(lambda *where: made.went.append(where))
    made.panel_wanted.connect(lambda panel: made.closed.append(panel is None))
    made.person = Answering(made)
    yield made
    assert jobs.close()
    assert made.faults == []


def calm(qtbot, desk):
    qtbot.waitUntil(desk.jobs.idle, timeout=5000)


def opened(qtbot, desk, form):
    qtbot.addWidget(form)
    form.resize(460, 700)
    form.show()
    calm(qtbot, desk)
    return form


def new(qtbot, desk, stalls):
    with stalls.left_out():
        return opened(qtbot, desk, open_new_customer(desk))


def fill(form, **texts):
    """Type into fields and leave each."""
    for name, text in texts.items():
        field = form.fields_form.fields[name]
        field.set_text(text)
        field.edited.emit()
        field.left.emit()


def customers(laptop):
    with laptop.replica.reader() as reader:
        return [dict(held.fields) for held in reader.customers()]


def test_a_new_customer_is_saved_can_be_undone_and_is_gone_to(qtbot, desk, laptop, stalls):
    form = new(qtbot, desk, stalls)
    fill(form, name="客户甲", phone="154 0000 1234", tier="high", needs="存单、理财")
    form.save()
    calm(qtbot, desk)
    assert customers(laptop) == [
        {"name": "客户甲", "phone": "+8615400001234", "tier": "high", "needs": ["存单", "理财"]}
    ]
    (where, what), *_ = desk.went
    assert where == "customers"
    assert laptop.fields(what["customer"])["name"] == "客户甲"
    assert desk.closed[-1] is True
    assert draft(laptop.replica.reader, CUSTOMER_FORM, NEW) is None
    desk.undo.take_undo().undo()
    assert customers(laptop) == []


def test_pressing_save_twice_adds_one_customer(qtbot, desk, laptop, stalls):
    form = new(qtbot, desk, stalls)
    fill(form, name="客户甲")
    form.save()
    form.save()
    calm(qtbot, desk)
    assert len(customers(laptop)) == 1


def test_a_form_that_cannot_keep_its_draft_stays_open_and_can_be_saved_later(
    qtbot, desk, laptop, stalls
):
    form = new(qtbot, desk, stalls)
    fill(form, name="客户甲")
    calm(qtbot, desk)
    form.fields_form.fields["occupation"].set_text("农民")
    with full_disk():
        form.close_form()
        calm(qtbot, desk)
        form.save()
        calm(qtbot, desk)
    assert desk.closed == [False]
    form.save()
    calm(qtbot, desk)
    assert customers(laptop) == [{"name": "客户甲", "occupation": "农民"}]


def test_every_problem_is_told_at_once_and_nothing_is_saved(qtbot, desk, laptop, stalls):
    form = new(qtbot, desk, stalls)
    fill(form, phone="154", next_contact_on="2026-03-08")
    form.save()
    calm(qtbot, desk)
    fields = form.fields_form.fields
    assert [n for n, field in fields.items() if field.has_problem()] == [
        "name",
        "phone",
        "next_contact_on",
    ]
    assert form._summary.text() == "3 fields must be mended: Name, Phone, Next contact"
    assert form.fields_form.first_problem() == "name"
    assert customers(laptop) == []


def test_a_field_is_checked_when_it_is_left_and_not_while_typing(qtbot, desk, stalls):
    form = new(qtbot, desk, stalls)
    field = form.fields_form.fields["postcode"]
    field.set_text("4214")
    field.edited.emit()
    calm(qtbot, desk)
    assert not field.has_problem()
    field.left.emit()
    calm(qtbot, desk)
    assert field.has_problem()


def test_the_birth_date_is_offered_from_the_identity_number(qtbot, desk, stalls):
    form = new(qtbot, desk, stalls)
    fill(form, id_number=NUMBER)
    calm(qtbot, desk)
    field = form.fields_form.fields["birth_date"]
    assert not field.has_problem()
    field._take_fix()
    assert field.text() == "1968-01-01"


def test_a_draft_survives_the_form_and_can_be_given_up(qtbot, desk, laptop, stalls):
    form = new(qtbot, desk, stalls)
    fill(form, name="客户甲", phone="154")
    calm(qtbot, desk)
    kept = draft(laptop.replica.reader, CUSTOMER_FORM, NEW)
    assert kept.values == {"name": "客户甲", "phone": "154"}
    again = new(qtbot, desk, stalls)
    assert again.fields_form.fields["phone"].text() == "154"
    assert again.restored.isVisible()
    again.restored.action_asked.emit()
    calm(qtbot, desk)
    assert again.fields_form.texts()["name"] == ""
    assert draft(laptop.replica.reader, CUSTOMER_FORM, NEW) is None


def test_a_draft_is_kept_every_two_seconds_while_typing(qtbot, desk, laptop, stalls):
    form = new(qtbot, desk, stalls)
    form._timer.setInterval(1)
    field = form.fields_form.fields["name"]
    field.set_text("客")
    field.edited.emit()
    qtbot.waitUntil(lambda: draft(laptop.replica.reader, CUSTOMER_FORM, NEW) is not None)
    calm(qtbot, desk)
    assert form._draft.text().startswith("Draft kept")


def test_somebody_who_is_here_already_is_told(qtbot, desk, laptop, stalls):
    other = laptop.create("customer", name="客户甲", phone="+8615400001234")
    form = new(qtbot, desk, stalls)
    fill(form, name="客户甲", phone="15400001234")
    calm(qtbot, desk)
    assert form.lookalike.isVisible()
    form.lookalike.action_asked.emit()
    calm(qtbot, desk)
    assert desk.went == [("customers", {"customer": other})]


def test_editing_saves_what_differs_and_keeps_the_phone_masked(qtbot, desk, laptop, stalls):
    who = laptop.create("customer", name="客户甲", phone="+8615400001234", village="石湾村")
    with stalls.left_out():
        form = opened(qtbot, desk, open_edit(desk, laptop.get(who), "village"))
    phone = form.fields_form.fields["phone"]
    assert phone.line.text() == "154****1234"
    fill(form, village="")
    fill(form, honorific="赵老板")
    form.save()
    calm(qtbot, desk)
    assert laptop.fields(who) == {
        "name": "客户甲",
        "phone": "+8615400001234",
        "honorific": "赵老板",
    }
    verb, changed = laptop.outbox(who)[-1].verb, laptop.outbox(who)[-1].fields
    assert (verb, set(changed)) == ("edit", {"village", "honorific"}) or verb == "create"


def test_a_masked_field_is_shown_changed_and_masked_again(qtbot, desk, laptop, stalls):
    who = laptop.create("customer", name="客户甲", phone="+8615400001234")
    with stalls.left_out():
        form = opened(qtbot, desk, open_edit(desk, laptop.get(who)))
    phone = form.fields_form.fields["phone"]
    phone.show_button.click()
    assert phone.hidden
    calm(qtbot, desk)
    assert phone.line.text() == "154 0000 1234"
    fill(form, phone="154 0000 5678")
    phone.hide_text()
    assert "5678" not in phone.line.text()[:-2]
    form.save()
    calm(qtbot, desk)
    assert laptop.fields(who)["phone"] == "+8615400005678"


def test_what_a_draft_of_an_edit_changed_comes_back_and_masked(qtbot, desk, laptop, stalls):
    who = laptop.create("customer", name="客户甲", phone="+8615400001234")
    with stalls.left_out():
        form = opened(qtbot, desk, open_edit(desk, laptop.get(who)))
    form.fields_form.fields["phone"].show_button.click()
    calm(qtbot, desk)
    fill(form, phone="154 0000 5678")
    calm(qtbot, desk)
    assert draft(laptop.replica.reader, CUSTOMER_FORM, who).values == {"phone": "154 0000 5678"}
    with stalls.left_out():
        again = opened(qtbot, desk, open_edit(desk, laptop.get(who)))
    phone = again.fields_form.fields["phone"]
    assert phone.text() == "154 0000 5678"
    assert phone.hidden


def test_a_family_member_and_a_contact_are_added(qtbot, desk, laptop, stalls):
    who = laptop.create("customer", name="客户甲")
    with stalls.left_out():
        member = opened(qtbot, desk, open_add(desk, "household_member", laptop.get(who)))
    member.save()
    calm(qtbot, desk)
    fields = member.fields_form.fields.items()
    assert [name for name, field in fields if field.has_problem()] == ["name", "relation"]
    fill(member, name="小甲", relation="child")
    member.save()
    calm(qtbot, desk)
    with stalls.left_out():
        contact = opened(qtbot, desk, open_add(desk, "contact_point", laptop.get(who)))
    fill(contact, type="mobile", value="15400005678")
    contact.save()
    calm(qtbot, desk)
    with laptop.replica.reader() as reader:
        family = {held.kind: dict(held.fields) for held in reader.family(who)}
    assert family["contact_point"]["value"] == "+8615400005678"
    assert family["household_member"]["name"] == "小甲"


def test_what_is_pasted_into_a_line_stays_one_line(qtbot, desk, laptop, stalls):
    form = new(qtbot, desk, stalls)
    fill(form, name="客户甲")
    line = form.fields_form.fields["employer"].line
    QApplication.clipboard().setText("供销社\t一部\r\n二楼\x00")
    line.paste()
    form.save()
    calm(qtbot, desk)
    assert customers(laptop) == [{"name": "客户甲", "employer": "供销社 一部 二楼"}]


def test_pressing_save_twice_adds_one_contact(qtbot, desk, laptop, stalls):
    customer = laptop.create("customer", name="客户甲")
    with stalls.left_out():
        panel = opened(qtbot, desk, open_add(desk, "contact_point", laptop.get(customer)))
    fill(panel, type="wechat", value="somebody")
    panel.save()
    panel.save()
    calm(qtbot, desk)
    with laptop.replica.reader() as reader:
        assert len(reader.children(customer, "contact_point")) == 1


def test_a_small_form_keeps_a_draft_until_it_is_saved_and_masks_what_comes_back(
    qtbot, desk, laptop, stalls
):
    who, reader = laptop.create("customer", name="客户甲"), laptop.replica.reader
    with stalls.left_out():
        panel = opened(qtbot, desk, open_add(desk, "contact_point", laptop.get(who)))
    fill(panel, type="mobile", value="154 0000 5678")
    panel.close_form()
    calm(qtbot, desk)
    assert draft(reader, "contact_point", who).values["value"] == "154 0000 5678"
    with stalls.left_out():
        again = opened(qtbot, desk, open_add(desk, "contact_point", laptop.get(who)))
    value = again.fields_form.fields["value"]
    assert value.hidden
    assert "5678" in value.text()
    assert "0000" not in value.line.text()
    again.save()
    calm(qtbot, desk)
    assert draft(reader, "contact_point", who) is None
    with reader() as replica:
        assert len(replica.children(who, "contact_point")) == 1


def test_a_small_form_that_was_emptied_again_leaves_no_draft(qtbot, desk, laptop, stalls):
    who = laptop.create("customer", name="客户甲")
    with stalls.left_out():
        panel = opened(qtbot, desk, open_add(desk, "contact_point", laptop.get(who)))
    fill(panel, note="写错了")
    fill(panel, note="")
    calm(qtbot, desk)
    assert draft(laptop.replica.reader, "contact_point", who) is None


def test_a_new_customers_draft_comes_back_with_the_phone_masked(qtbot, desk, stalls):
    form = new(qtbot, desk, stalls)
    fill(form, name="客户甲", phone="154 0000 1234")
    form.close_form()
    calm(qtbot, desk)
    again = new(qtbot, desk, stalls)
    assert again.fields_form.fields["name"].text() == "客户甲"
    phone = again.fields_form.fields["phone"]
    assert phone.hidden
    assert phone.text() == "154 0000 1234"


def test_what_is_saved_is_told_and_undone_though_another_panel_took_the_place(
    qtbot, desk, laptop, stalls
):
    form = new(qtbot, desk, stalls)
    fill(form, name="客户甲")
    calm(qtbot, desk)
    form.save()
    shiboken6.delete(form)
    calm(qtbot, desk)
    assert [held["name"] for held in customers(laptop)] == ["客户甲"]
    assert desk.closed[-1] is False
    desk.undo.take_undo().undo()
    assert customers(laptop) == []


@pytest.mark.parametrize("width", [460, 826])
def test_the_form_fits_and_every_control_is_named(qtbot, desk, stalls, width):
    form = new(qtbot, desk, stalls)
    form.resize(width, 380)
    calm(qtbot, desk)
    assert walking.unnamed(form) == []
    assert walking.unreachable(form) == []
    assert walking.cut(form) == []
    assert walking.beyond(form) == []
