"""The Chinese words for choices, as spreadsheets and clerks write them.

The first word of each choice is the one to show. Keyed by the tuple of
choices itself, so that a field finds its words whatever it is called.
"""

from __future__ import annotations

from functools import cache

from crm.domain import kinds
from crm.domain.entry import tidy
from crm.domain.errors import Refused

Words = dict[str, tuple[str, ...]]

_WORDS: dict[tuple[str, ...], Words] = {
    kinds.TIERS: {
        "high": ("高价值", "高", "高端", "高价值客户", "重点", "重点客户", "贵宾", "vip"),
        "general": ("一般", "一般价值", "一般客户", "普通", "普通客户", "中", "中价值"),
        "low": ("低价值", "低", "低价值客户", "低端"),
    },
    kinds.GENDERS: {
        "female": ("女", "女性", "女士", "f"),
        "male": ("男", "男性", "先生", "m"),
    },
    kinds.ID_TYPES: {
        "resident_id": ("居民身份证", "身份证", "二代身份证", "第二代居民身份证", "id card"),
        "passport": ("护照", "中国护照", "外国护照"),
        "hk_macau_permit": (
            "港澳居民来往内地通行证",
            "港澳通行证",
            "回乡证",
            "港澳居民通行证",
        ),
        "taiwan_permit": ("台湾居民来往大陆通行证", "台胞证", "台湾通行证"),
        "foreign_permanent_id": (
            "外国人永久居留身份证",
            "外国人永久居留证",
            "永久居留证",
        ),
        "military_id": ("军官证", "士兵证", "军人证", "军人身份证件", "武警警官证"),
        "other": ("其他证件", "其他", "其它", "户口簿", "户口本"),
    },
    kinds.CHANNELS: {
        "phone": ("电话", "手机", "致电", "打电话"),
        "sms": ("短信", "手机短信"),
        "wechat": ("微信", "企业微信"),
        "email": ("邮件", "电子邮件", "邮箱", "e-mail"),
        "post": ("信函", "邮寄", "信件", "邮局"),
        "visit": ("上门", "拜访", "走访", "面访", "上门拜访", "到店"),
    },
    kinds.CONTACT_TYPES: {
        "mobile": ("手机", "移动电话", "手机号", "手机号码"),
        "home_phone": ("家庭电话", "宅电", "住宅电话", "家里电话"),
        "work_phone": ("单位电话", "办公电话", "工作电话"),
        "email": ("电子邮箱", "邮箱", "电子邮件", "e-mail"),
        "wechat": ("微信", "微信号"),
        "address": ("地址", "联系地址", "通讯地址"),
    },
    kinds.ACCOUNT_TYPES: {
        "current": ("活期", "活期存款", "活期储蓄"),
        "fixed_term": ("定期", "定期存款", "整存整取", "定期储蓄"),
        "wealth": ("理财", "理财产品"),
        "fund": ("基金",),
        "insurance": ("保险", "代理保险"),
        "bond": ("国债", "储蓄国债"),
        "loan": ("贷款",),
        "card": ("信用卡", "银行卡"),
    },
    kinds.RELATIONS: {
        "head": ("户主", "本人"),
        "spouse": ("配偶", "丈夫", "妻子", "老公", "老婆"),
        "child": ("子女", "儿子", "女儿"),
        "parent": ("父母", "父亲", "母亲"),
        "sibling": ("兄弟姐妹", "哥哥", "弟弟", "姐姐", "妹妹"),
        "grandparent": ("祖父母", "爷爷", "奶奶", "外公", "外婆", "祖父", "祖母"),
        "grandchild": ("孙子女", "孙子", "孙女", "外孙", "外孙女"),
        "other": ("其他", "其它", "亲属"),
    },
    kinds.VISIT_STATES: {
        "proposed": ("拟访",),
        "planned": ("已计划", "计划"),
        "confirmed": ("已约定", "已确认"),
        "in_progress": ("进行中",),
        "completed": ("已完成", "完成"),
        "reported": ("已汇报",),
        "reviewed": ("已审阅",),
        "cancelled": ("已取消", "取消"),
        "missed": ("未遇", "未见到"),
        "rescheduled": ("已改期", "改期"),
    },
    kinds.TASK_STATES: {
        "open": ("待办", "未完成"),
        "done": ("已完成", "完成"),
        "dropped": ("已放弃", "不再办理"),
    },
    kinds.CONSENT_DECISIONS: {
        "granted": ("同意", "已同意", "是"),
        "refused": ("拒绝", "不同意", "否"),
        "withdrawn": ("撤回", "已撤回", "撤销同意"),
    },
    kinds.CONSENT_PURPOSES: {
        "club": ("俱乐部活动", "俱乐部", "活动邀请"),
        "marketing": ("产品推介", "营销", "产品推荐"),
        "survey": ("回访调查", "回访", "问卷", "满意度调查"),
        "sensitive": ("敏感信息", "敏感个人信息"),
        "share": ("提供给其他单位", "对外提供"),
        "service": ("业务服务", "业务联系"),
    },
    kinds.CONSENT_EVIDENCE: {
        "signed_form": ("签字表格", "签字", "书面"),
        "recording": ("录音", "电话录音"),
        "online": ("线上确认", "线上", "网上确认"),
        "spoken_witness": ("口头（有见证人）", "口头"),
    },
    kinds.GUARDIAN_RELATIONS: {
        "parent": ("父母", "父亲", "母亲"),
        "grandparent": ("祖父母或外祖父母", "爷爷", "奶奶", "外公", "外婆"),
        "sibling": ("成年兄姐", "哥哥", "姐姐"),
        "other": ("其他监护人", "其他"),
    },
    kinds.ROLES: {
        "manager": ("客户经理",),
        "branch_lead": ("网点负责人", "支行长"),
        "complaint_officer": ("投诉专员",),
        "administrator": ("管理员", "系统管理员"),
    },
}
_WORDS[kinds.CONSENT_CHANNELS] = {
    **_WORDS[kinds.CHANNELS],
    "any": ("所有方式", "不限", "全部", "任何方式"),
}


@cache
def _lookup(choices: tuple[str, ...]) -> dict[str, str]:
    table = {choice: choice for choice in choices}
    for choice, words in _WORDS.get(choices, {}).items():
        table.update(dict.fromkeys(words, choice))
    return table


def choice_of(choices: tuple[str, ...], text: str) -> str:
    """Return the choice that `text` names: 男 -> "male". Raises: Refused `field.choice`."""
    found = _lookup(choices).get(tidy(text).replace(" ", "").lower())
    found = found or _lookup(choices).get(tidy(text).lower())
    if found is None:
        raise Refused("field.choice")
    return found


def chinese(choices: tuple[str, ...], choice: str) -> str:
    """Return the Chinese word to show for a choice; the choice itself where there is none."""
    words = _WORDS.get(choices, {}).get(choice)
    return words[0] if words else choice
