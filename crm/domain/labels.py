"""What the window calls kinds, fields and choices, in English and in Chinese.

The English word of a kind or field is its own label; the rest is said here. Words for a choice
in a person's file are in choice_words; these are the shorter ones of screens.
"""

from __future__ import annotations

from crm.domain import choice_words, kinds
from crm.domain.kind import Field, Schema
from crm.domain.kinds import SCHEMA

_KINDS_ZH = {
    "branch": "网点",
    "staff": "员工",
    "customer": "客户",
    "household": "家庭",
    "household_member": "家庭成员",
    "contact_point": "联系方式",
    "account": "账户",
    "visit": "拜访",
    "task": "待办",
    "tag": "标签",
    "duplicate_link": "疑似重复",
    "conflict": "待核定",
    "inbox_item": "待接收的修改",
    "hand_over": "客户移交",
    "parameter": "行内规则",
    "consent": "联系同意",
    "access_entry": "查阅记录",
}

# Fields that mean the same in several kinds; what a kind says for itself comes first.
_FIELDS_ZH = {
    "address": "地址",
    "birth_date": "出生日期",
    "name": "姓名",
    "note": "备注",
    "phone": "电话",
    "postcode": "邮编",
    "record": "记录",
    "record_kind": "记录类别",
    "settled_by": "核定人",
    "settled_at": "核定时间",
    "mine_computer": "我的电脑名",
    "theirs_computer": "对方电脑名",
    "state": "状态",
    "type": "类型",
    "verb": "操作",
}
_FIELDS_OF_KIND_ZH = {
    "branch": {"name": "网点名称"},
    "staff": {"login": "登录名", "role": "岗位", "left_on": "离岗日期"},
    "customer": {
        "honorific": "称呼",
        "gender": "性别",
        "id_type": "证件类型",
        "id_number": "证件号码",
        "phone": "手机",
        "email": "电子邮箱",
        "address": "住址",
        "village": "村/社区",
        "occupation": "职业",
        "employer": "工作单位",
        "tier": "价值等级",
        "preferred_channel": "首选渠道",
        "language": "语言",
        "likes": "爱好",
        "needs": "需求",
        "since": "开户日期",
        "next_contact_on": "下次联系",
        "deceased_on": "去世日期",
        "restricted_on": "停止使用日期",
        "restricted_reason": "停止使用原因",
    },
    "parameter": {"name": "规则", "value": "取值", "from_on": "起始日期"},
    "consent": {
        "decision": "客户的决定",
        "purpose": "用途",
        "channel": "联系渠道",
        "from_on": "起始日期",
        "until_on": "截止日期",
        "evidence": "凭证",
        "evidence_note": "凭证说明",
        "guardian_name": "监护人",
        "guardian_relation": "监护人与客户的关系",
        "said_on": "表明日期",
        "seen": "针对的拒绝",
    },
    "household": {"name": "家庭名称", "address": "住址"},
    "household_member": {"relation": "关系", "customer": "对应客户"},
    "contact_point": {"value": "号码或地址", "preferred": "首选"},
    "account": {
        "number": "账号",
        "type": "账户类型",
        "currency": "币种",
        "balance_minor": "余额",
        "rate_bp": "利率",
        "opened_on": "开户日",
        "matures_on": "到期日",
        "closed_on": "销户日",
    },
    "visit": {
        "on": "日期",
        "place": "地点",
        "channel": "方式",
        "summary": "内容",
        "needs": "了解到的需求",
        "next_step": "下一步",
        "next_on": "下一步日期",
        "recorded_at": "记录时间",
    },
    "task": {"title": "事项", "due_on": "期限", "visit": "来自拜访"},
    "tag": {"label": "标签"},
    "duplicate_link": {
        "basis": "依据",
        "other": "另一位客户",
        "other_manager": "另一位客户经理",
    },
    "conflict": {
        "field": "栏目",
        "base": "原来",
        "mine": "我的",
        "theirs": "对方的",
        "mine_author": "我方修改人",
        "mine_at": "我方修改时间",
        "mine_op": "我方修改编号",
        "mine_device": "我用的电脑",
        "theirs_author": "对方修改人",
        "theirs_at": "对方修改时间",
        "theirs_op": "对方修改编号",
    },
    "inbox_item": {
        "changes": "修改内容",
        "author": "修改人",
        "made_at": "修改时间",
        "operation": "修改编号",
    },
    "hand_over": {
        "from_manager": "移交人",
        "from_name": "移交人姓名",
        "to_manager": "接收人",
        "to_name": "接收人姓名",
        "by": "经办人",
        "at": "移交时间",
        "reason": "移交原因",
        "override": "未等待的原因",
        "unsynced_devices": "未等待的电脑数",
        "unsent": "已知未发送的修改数",
        "open_visits": "未完成的拜访数",
        "open_tasks": "未完成的待办数",
        "run": "移交编号",
    },
    "access_entry": {
        "author": "查阅人",
        "at": "查阅时间",
        "action": "做了什么",
        "subject": "关于谁",
        "subject_kind": "记录类别",
        "count": "数量",
        "reason": "用途",
        "note": "说明",
        "what": "内容",
        "place": "编号",
        "commitment": "校验值",
        "salt": "校验盐",
    },
}

# choices -> each choice's words: English, Chinese. No Chinese: the first of choice_words.
_CHOICES: dict[tuple[str, ...], dict[str, tuple[str, str]]] = {
    kinds.TIERS: {"high": ("High", "高"), "general": ("General", "一般"), "low": ("Low", "低")},
    kinds.GENDERS: {"female": ("Female", ""), "male": ("Male", "")},
    kinds.ROLES: {
        "manager": ("Customer manager", ""),
        "branch_lead": ("Branch lead", ""),
        "complaint_officer": ("Complaint officer", ""),
        "administrator": ("Administrator", ""),
    },
    kinds.ID_TYPES: {
        "resident_id": ("Resident identity card", ""),
        "passport": ("Passport", ""),
        "hk_macau_permit": ("Hong Kong and Macau permit", ""),
        "taiwan_permit": ("Taiwan permit", ""),
        "foreign_permanent_id": ("Foreigner's permanent residence card", ""),
        "military_id": ("Military identity card", "军人证件"),
        "other": ("Other document", ""),
    },
    kinds.CHANNELS: {
        "phone": ("Phone", ""),
        "sms": ("SMS", ""),
        "wechat": ("WeChat", ""),
        "email": ("E-mail", ""),
        "post": ("Post", ""),
        "visit": ("Visit", "上门"),
    },
    kinds.CONTACT_TYPES: {
        "mobile": ("Mobile", ""),
        "home_phone": ("Home phone", ""),
        "work_phone": ("Work phone", ""),
        "email": ("E-mail", ""),
        "wechat": ("WeChat", ""),
        "address": ("Address", ""),
    },
    kinds.ACCOUNT_TYPES: {
        "current": ("Current", ""),
        "fixed_term": ("Fixed term", ""),
        "wealth": ("Wealth product", ""),
        "fund": ("Fund", ""),
        "insurance": ("Insurance", ""),
        "bond": ("Treasury bond", ""),
        "loan": ("Loan", ""),
        "card": ("Credit card", ""),
    },
    kinds.RELATIONS: {
        "head": ("Head", ""),
        "spouse": ("Spouse", ""),
        "child": ("Child", ""),
        "parent": ("Parent", ""),
        "sibling": ("Sibling", ""),
        "grandparent": ("Grandparent", ""),
        "grandchild": ("Grandchild", ""),
        "other": ("Other", ""),
    },
    kinds.VISIT_STATES: {
        "proposed": ("Proposed", ""),
        "planned": ("Planned", ""),
        "confirmed": ("Confirmed", ""),
        "in_progress": ("In progress", ""),
        "completed": ("Completed", ""),
        "reported": ("Reported", ""),
        "reviewed": ("Reviewed", ""),
        "cancelled": ("Cancelled", ""),
        "missed": ("Not met", ""),
        "rescheduled": ("Rescheduled", ""),
    },
    kinds.TASK_STATES: {"open": ("To do", ""), "done": ("Done", ""), "dropped": ("Dropped", "")},
    kinds.OPEN_OR_SETTLED: {
        "open": ("Open", "未定"),
        "mine": ("Settled: mine", "已定：用我的"),
        "theirs": ("Settled: theirs", "已定：用对方的"),
        "other": ("Settled: written anew", "已定：另写"),
    },
    kinds.INBOX_STATES: {
        "open": ("Open", "未定"),
        "taken": ("Taken", "已采用"),
        "dismissed": ("Not taken", "未采用"),
    },
    kinds.CONSENT_DECISIONS: {
        "granted": ("Agreed", ""),
        "refused": ("Refused", ""),
        "withdrawn": ("Withdrawn", ""),
    },
    kinds.CONSENT_PURPOSES: {
        "club": ("Club activities", ""),
        "marketing": ("Offers", ""),
        "survey": ("Surveys", ""),
        "sensitive": ("Sensitive data", ""),
        "share": ("Passing on to others", ""),
        "service": ("Service", ""),
    },
    kinds.CONSENT_CHANNELS: {
        "phone": ("Phone", ""),
        "sms": ("SMS", ""),
        "wechat": ("WeChat", ""),
        "email": ("E-mail", ""),
        "post": ("Post", ""),
        "visit": ("Visit", ""),
        "any": ("Every way", ""),
    },
    kinds.GUARDIAN_RELATIONS: {
        "parent": ("Parent", ""),
        "grandparent": ("Grandparent", ""),
        "sibling": ("Adult sibling", ""),
        "other": ("Other guardian", ""),
    },
    kinds.CONSENT_EVIDENCE: {
        "signed_form": ("Signed form", ""),
        "recording": ("Recording", ""),
        "online": ("Online", ""),
        "spoken_witness": ("Spoken, with a witness", ""),
    },
    ("identity", "name_phone"): {
        "identity": ("Same identity number", "证件号码相同"),
        "name_phone": ("Same name and phone", "姓名和电话相同"),
    },
    ("open", "same", "different"): {
        "open": ("Open", "未定"),
        "same": ("The same person", "是同一人"),
        "different": ("Different persons", "不是同一人"),
    },
    ("create", "edit", "append", "delete", "restore"): {
        "create": ("Added", "新增"),
        "edit": ("Changed", "修改"),
        "append": ("Appended", "补记"),
        "delete": ("Removed", "删除"),
        "restore": ("Restored", "恢复"),
    },
    kinds.ACCESS_ACTIONS: {
        "reveal": ("Shown", "显示"),
        "export": ("Exported", "导出"),
        "print": ("Printed", "打印"),
        "report": ("Reported", "出具报告"),
    },
    kinds.ACCESS_REASONS: {
        "call": ("Calling the customer", "给客户打电话"),
        "identify": ("Checking who it is", "核对身份"),
        "form": ("Filling in a form", "填写业务表单"),
        "asked": ("The customer asked for it", "客户要求"),
        "mailing": ("A letter or mailing", "寄送信函"),
        "hand_over": ("A hand-over", "客户移交"),
        "other": ("Another reason", "其他原因"),
    },
}


def kind_label(kind: str, language: str, schema: Schema = SCHEMA) -> str:
    """Return what a kind is called; its own name if a newer server made it up."""
    known = schema.get(kind)
    if known is None:
        return kind
    return known.label if language == "en" else _KINDS_ZH.get(kind, known.label)


def field_label(kind: str, field: str, language: str, schema: Schema = SCHEMA) -> str:
    """Return what a field is called; its own name if a newer server made it up."""
    known = schema.get(kind)
    spec = known.by_name.get(field) if known else None
    if spec is None:
        return field
    return spec.label if language == "en" else _chinese_field(kind, spec)


def _chinese_field(kind: str, spec: Field) -> str:
    own = _FIELDS_OF_KIND_ZH.get(kind, {}).get(spec.name)
    return own or _FIELDS_ZH.get(spec.name) or spec.label


def choice_label(spec: Field, value: str, language: str) -> str:
    """Return what a choice of a field is called; the value itself if it is none of them."""
    words = _CHOICES.get(spec.choices, {}).get(value)
    if words is None:
        return value
    english, chinese = words
    return english if language == "en" else chinese or choice_words.chinese(spec.choices, value)
