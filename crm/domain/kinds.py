"""The record kinds of the house, each defined once.

Streams: `branch:<id>` is read by the branch's staff; `portfolio:<staff id>`
holds what one customer manager keeps. A customer is the root of a family;
what hangs under it travels with it.
"""

from __future__ import annotations

from crm.domain.kind import (
    Personal,
    Record,
    Schema,
    choice,
    day,
    flag,
    instant,
    kind,
    kind_of,
    reference,
    text,
    whole,
    words,
)

C2 = Personal.PERSONAL
C3 = Personal.MASKED
PHONE = r"\+[0-9]{6,15}"
POSTCODE = r"[0-9]{6}"
HEX_256 = r"[0-9a-f]{64}"

ROLES = ("manager", "branch_lead", "complaint_officer", "administrator")
TIERS = ("high", "general", "low")
ID_TYPES = (
    "resident_id",
    "passport",
    "hk_macau_permit",
    "taiwan_permit",
    "foreign_permanent_id",
    "military_id",
    "other",
)
GENDERS = ("female", "male")
CHANNELS = ("phone", "sms", "wechat", "email", "post", "visit")
CONTACT_TYPES = ("mobile", "home_phone", "work_phone", "email", "wechat", "address")
ACCOUNT_TYPES = ("current", "fixed_term", "wealth", "fund", "insurance", "bond", "loan", "card")
RELATIONS = ("head", "spouse", "child", "parent", "sibling", "grandparent", "grandchild", "other")
VISIT_STATES = (
    "proposed",
    "planned",
    "confirmed",
    "in_progress",
    "completed",
    "reported",
    "reviewed",
    "cancelled",
    "missed",
    "rescheduled",
)
VISITS_MET = frozenset({"completed", "reported", "reviewed"})  # it took place
VISITS_TO_COME = frozenset({"proposed", "planned", "confirmed", "in_progress"})
TASK_STATES = ("open", "done", "dropped")
OPEN_OR_SETTLED = ("open", "mine", "theirs", "other")
SETTLING = frozenset({"state", "settled_by"})
SETTLING_CONFLICTS = SETTLING | {"settled_at"}
INBOX_STATES = ("open", "taken", "dismissed")
CONSENT_DECISIONS = ("granted", "refused", "withdrawn")
CONSENT_PURPOSES = ("club", "marketing", "survey", "sensitive", "share", "service")
CONSENT_CHANNELS = (*CHANNELS, "any")
GUARDIAN_RELATIONS = ("parent", "grandparent", "sibling", "other")
CONSENT_EVIDENCE = ("signed_form", "recording", "online", "spoken_witness")
ACCESS_ACTIONS = ("reveal", "export", "print", "report")
# In the order of the keys 1 to 7.
ACCESS_REASONS = ("call", "identify", "form", "asked", "mailing", "hand_over", "other")


@kind("branch", label="Branch", stream="branch", rank=0, server_only=True)
class Branch(Record):
    name: str | None = text("Name", 80, required=True)
    address: str | None = text("Address", 200)
    postcode: str | None = text("Postcode", 6, pattern=POSTCODE)
    phone: str | None = text("Phone", 16, pattern=PHONE)


@kind("staff", label="Staff", stream="branch", parents=("branch",), rank=5, server_only=True)
class Staff(Record):
    name: str | None = text("Name", 60, required=True, personal=C2)
    login: str | None = text("Login", 40, required=True)
    role: str | None = choice("Role", ROLES, required=True)
    phone: str | None = text("Phone", 16, personal=C2, pattern=PHONE)
    left_on: str | None = day("Left on")


@kind("parameter", label="Rule of the bank", stream="bank", rank=5, server_only=True)
class Parameter(Record):
    """A dated value that the bank sets for everybody; names and bounds: crm.domain.parameters."""

    name: str | None = text("Rule", 40, required=True, pattern=r"[a-z][a-z0-9_]{0,39}")
    value: str | None = text("Value", 2000, required=True)  # JSON
    from_on: str | None = day("From", required=True)
    note: str | None = text("Note", 200)


@kind("customer", label="Customer", stream="portfolio", rank=10)
class Customer(Record):
    name: str | None = text(
        "Name", 60, required=True, personal=C2, headings=("姓名", "客户姓名", "客户名称", "名字")
    )
    honorific: str | None = text("Form of address", 20, headings=("称谓", "称呼", "尊称"))
    gender: str | None = choice("Gender", GENDERS, headings=("性别",))
    birth_date: str | None = day(
        "Birth date", personal=C2, headings=("出生日期", "生日", "出生年月日", "birthday", "dob")
    )
    id_type: str | None = choice(
        "Identity document", ID_TYPES, headings=("证件类型", "证件种类", "证件类别")
    )
    id_number: str | None = text(
        "Identity number",
        30,
        personal=C3,
        pattern=r"[0-9A-Za-z()\-/·\u4e00-\u9fff]{4,30}",
        headings=("证件号码", "证件号", "身份证号", "身份证号码", "身份证", "id card"),
    )
    phone: str | None = text(
        "Phone",
        16,
        personal=C3,
        pattern=PHONE,
        headings=("手机", "手机号", "手机号码", "联系电话", "电话", "移动电话", "mobile", "tel"),
    )
    email: str | None = text(
        "E-mail",
        120,
        personal=C2,
        pattern=r"[^@\s]+@[^@\s]+",
        headings=("邮箱", "电子邮件", "电子邮箱"),
    )
    address: str | None = text(
        "Address", 200, personal=C2, headings=("地址", "联系地址", "通讯地址", "家庭住址", "住址")
    )
    village: str | None = text(
        "Village", 60, headings=("村", "行政村", "村庄", "社区", "村/社区", "community")
    )
    postcode: str | None = text(
        "Postcode", 6, pattern=POSTCODE, headings=("邮编", "邮政编码", "zip", "postal code")
    )
    occupation: str | None = text("Occupation", 60, personal=C2, headings=("职业",))
    employer: str | None = text(
        "Employer", 120, personal=C2, headings=("工作单位", "单位", "单位名称", "company")
    )
    tier: str | None = choice(
        "Value tier", TIERS, headings=("价值等级", "客户等级", "客户级别", "等级", "价值")
    )
    preferred_channel: str | None = choice(
        "Preferred channel", CHANNELS, headings=("首选渠道", "联系方式偏好", "偏好渠道")
    )
    language: str | None = text("Language", 20, headings=("语言",))
    likes: list[str] | None = words("Likes", 40, headings=("爱好", "兴趣", "兴趣爱好", "喜好"))
    needs: list[str] | None = words("Needs", 60, headings=("需求", "客户需求"))
    since: str | None = day("Customer since", headings=("开户日期", "建档日期", "客户起始日"))
    next_contact_on: str | None = day("Next contact", headings=("下次联系", "下次联系日期"))
    note: str | None = text("Note", 2000, personal=C2, headings=("备注", "说明", "附注", "remark"))
    deceased_on: str | None = day(
        "Died on", personal=C2, headings=("去世日期", "身故日期", "死亡日期")
    )
    # Processing stopped by the branch (docs/consent.md): kept, but not used.
    restricted_on: str | None = day("Use stopped on", server_only=True)
    restricted_reason: str | None = text("Why use was stopped", 200, personal=C2, server_only=True)


@kind(
    "consent", label="Consent", stream="portfolio", parents=("customer",), rank=20, append_only=True
)
class Consent(Record):
    """What a customer said about being contacted; how it counts: crm.domain.consent."""

    decision: str | None = choice("Decision", CONSENT_DECISIONS, required=True)
    purpose: str | None = choice("Purpose", CONSENT_PURPOSES, required=True)
    channel: str | None = choice("Way", CONSENT_CHANNELS, required=True)
    from_on: str | None = day("From")
    until_on: str | None = day("Until")
    evidence: str | None = choice("Evidence", CONSENT_EVIDENCE)
    evidence_note: str | None = text("Where the evidence is", 200, personal=C2)
    guardian_name: str | None = text("Guardian", 60, personal=C2)
    guardian_relation: str | None = choice("Guardian's relation", GUARDIAN_RELATIONS)
    said_on: str | None = day("Said on", required=True)
    seen: list[str] | None = words("Answers to", 36)  # the noes known when it was said


@kind("household", label="Household", stream="portfolio", parents=("customer",), rank=20)
class Household(Record):
    name: str | None = text("Name", 60, required=True, personal=C2)
    address: str | None = text("Address", 200, personal=C2)
    note: str | None = text("Note", 500, personal=C2)


@kind(
    "household_member",
    label="Household member",
    stream="portfolio",
    parents=("household",),
    rank=30,
)
class HouseholdMember(Record):
    relation: str | None = choice("Relation", RELATIONS, required=True)
    customer: str | None = reference("Customer")
    name: str | None = text("Name", 60, personal=C2)
    birth_date: str | None = day("Birth date", personal=C2)
    note: str | None = text("Note", 500, personal=C2)


# Before its siblings, because it is searched: a first sync can then build the index early.
@kind("contact_point", label="Contact", stream="portfolio", parents=("customer",), rank=15)
class ContactPoint(Record):
    type: str | None = choice("Type", CONTACT_TYPES, required=True)
    value: str | None = text("Value", 200, required=True, personal=C3)
    postcode: str | None = text("Postcode", 6, pattern=POSTCODE)
    preferred: bool | None = flag("Preferred")
    note: str | None = text("Note", 200, personal=C2)


@kind(
    "account",
    label="Account",
    stream="portfolio",
    parents=("customer",),
    rank=20,
    server_only=True,
)
class Account(Record):
    number: str | None = text(
        "Account number", 32, required=True, personal=C3, pattern=r"[0-9A-Za-z]{4,32}"
    )
    type: str | None = choice("Type", ACCOUNT_TYPES, required=True)
    currency: str | None = text("Currency", 3, required=True, pattern=r"[A-Z]{3}")
    balance_minor: int | None = whole("Balance")  # fen
    rate_bp: int | None = whole("Rate")  # basis points a year
    opened_on: str | None = day("Opened on")
    matures_on: str | None = day("Matures on")
    closed_on: str | None = day("Closed on")


@kind("visit", label="Visit", stream="portfolio", parents=("customer",), rank=20)
class Visit(Record):
    state: str | None = choice("State", VISIT_STATES, required=True)
    on: str | None = day("Date", required=True)
    place: str | None = text("Place", 120, personal=C2)
    channel: str | None = choice("Channel", CHANNELS)
    summary: str | None = text("Summary", 2000, personal=C2)
    needs: list[str] | None = words("Needs heard", 60)
    next_step: str | None = text("Next step", 200, personal=C2)
    next_on: str | None = day("Next step on")
    recorded_at: str | None = instant("Recorded at")


@kind("task", label="Task", stream="portfolio", parents=("", "customer"), rank=20)
class Task(Record):
    title: str | None = text("Title", 200, required=True, personal=C2)
    due_on: str | None = day("Due on")
    state: str | None = choice("State", TASK_STATES, required=True)
    visit: str | None = reference("From visit")
    note: str | None = text("Note", 1000, personal=C2)


@kind("tag", label="Tag", stream="portfolio", parents=("customer",), rank=20)
class Tag(Record):
    label: str | None = text("Label", 40, required=True)


@kind(
    "duplicate_link",
    label="Suspected duplicate",
    stream="portfolio",
    parents=("customer",),
    rank=40,
    laptop_fields=SETTLING,
)
class DuplicateLink(Record):
    """Two customers share a natural key. Names the other one only inside one portfolio."""

    basis: str | None = choice("Basis", ("identity", "name_phone"), required=True)
    other: str | None = reference("Other customer")
    other_manager: str | None = reference("Other manager")
    state: str | None = choice("State", ("open", "same", "different"), required=True)


@kind(
    "conflict",
    label="Conflict",
    stream="portfolio",
    parents=("", "*"),
    rank=50,
    laptop_fields=SETTLING_CONFLICTS,
)
class Conflict(Record):
    """One field (or the life) of one record that two authors changed. Values are canonical JSON."""

    record: str | None = reference("Record", required=True)
    record_kind: str | None = text("Record kind", 40, required=True)
    verb: str | None = choice(
        "Verb", ("create", "edit", "append", "delete", "restore"), required=True
    )
    field: str | None = text("Field", 40)
    base: str | None = text("Before", 200_000, personal=C3)
    mine: str | None = text("Mine", 200_000, personal=C3)
    theirs: str | None = text("Theirs", 200_000, personal=C3)
    mine_author: str | None = reference("My author")
    mine_at: str | None = instant("Mine made at")
    mine_op: str | None = reference("My operation")
    mine_device: str | None = reference("My device")
    mine_computer: str | None = text("My computer", 120)
    theirs_author: str | None = reference("Their author")
    theirs_at: str | None = instant("Theirs made at")
    theirs_op: str | None = reference("Their operation")
    theirs_computer: str | None = text("Their computer", 120)
    state: str | None = choice("State", OPEN_OR_SETTLED, required=True)
    settled_by: str | None = reference("Settled by")
    settled_at: str | None = instant("Settled at")


@kind(
    "inbox_item",
    label="Inbox item",
    stream="portfolio",
    parents=("", "*"),
    rank=50,
    laptop_fields=SETTLING,
)
class InboxItem(Record):
    """An edit by somebody who no longer keeps this customer, for the one who does."""

    record: str | None = reference("Record", required=True)
    record_kind: str | None = text("Record kind", 40, required=True)
    verb: str | None = text("Verb", 10, required=True)
    changes: str | None = text("Changes", 400_000, personal=C3)
    author: str | None = reference("Author")
    made_at: str | None = instant("Made at")
    operation: str | None = reference("Operation")
    state: str | None = choice("State", INBOX_STATES, required=True)


@kind(
    "hand_over",
    label="Hand-over",
    stream="portfolio",
    parents=("customer",),
    rank=20,
    append_only=True,
    laptop_fields=frozenset(),  # the server writes it; it goes with its customer all the same
)
class HandOver(Record):
    """A customer passed from one manager to another. Lies in the portfolio of the new one."""

    from_manager: str | None = reference("From", required=True)
    from_name: str | None = text("Previous manager", 60, personal=C2)
    to_manager: str | None = reference("To", required=True)
    to_name: str | None = text("New manager", 60, personal=C2)
    by: str | None = reference("Handed over by", required=True)
    at: str | None = instant("Handed over at", required=True)
    reason: str | None = text("Reason", 200)
    override: str | None = text("Reason for not waiting", 200)
    unsynced_devices: int | None = whole("Computers not waited for")
    unsent: int | None = whole("Edits known to be unsent")
    open_visits: int | None = whole("Visits to come")
    open_tasks: int | None = whole("Open tasks")
    run: str | None = reference("Hand-over number")


@kind("access_entry", label="Access", stream="portfolio", rank=60, append_only=True)
class AccessEntry(Record):
    """Who saw, printed or took away what, and why. Lies in its author's own portfolio.

    `what` names fields or lists, never values. `place` is the entry's number in the chain of its
    laptop; `commitment` and `salt` prove what it says (crm.records.access).
    """

    author: str | None = reference("By", required=True)
    at: str | None = instant("At", required=True)
    action: str | None = choice("Action", ACCESS_ACTIONS, required=True)
    subject: str | None = reference("About")
    subject_kind: str | None = text("Kind of record", 40)
    count: int | None = whole("How many", required=True)
    reason: str | None = choice("Reason", ACCESS_REASONS, required=True)
    note: str | None = text("Note", 200, personal=C2)
    what: str | None = text("What", 400)
    place: int | None = whole("Number", required=True)
    commitment: str | None = text("Link", 64, required=True, pattern=HEX_256)
    salt: str | None = text("Salt", 64, required=True, pattern=HEX_256)


SCHEMA = Schema(
    kind_of(cls)
    for cls in (
        Branch,
        Staff,
        Parameter,
        Customer,
        Consent,
        Household,
        HouseholdMember,
        ContactPoint,
        Account,
        Visit,
        Task,
        Tag,
        DuplicateLink,
        Conflict,
        InboxItem,
        HandOver,
        AccessEntry,
    )
)
