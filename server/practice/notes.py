"""What managers write: sentences of visits, tasks and remarks, put together from parts.

A visit is an opening, one topic with what the customer said about it, perhaps
a word about the family, and a parting. Topic, need and next step belong together.
"""

from __future__ import annotations

from dataclasses import dataclass

from server.practice.dice import Dice


@dataclass(frozen=True, slots=True)
class Topic:
    """One matter between bank and customer."""

    need: str
    said: tuple[str, ...]
    steps: tuple[str, ...]
    task: str


TOPICS = (
    Topic(
        "定期到期转存",
        (
            "有一笔三年定期下个月到期，想问转存还是买国债划算。",
            "定期快到期了，担心利率再降，想锁一个长一点的期限。",
            "儿子劝他把到期的钱取出来装修，他自己还是想存着。",
        ),
        ("到期前一周电话提醒", "带利率表上门讲清三年和五年的差别", "到期当天陪同到网点办理"),
        "提醒定期到期转存",
    ),
    Topic(
        "储蓄国债",
        (
            "听邻居说国债利息高，问下一期什么时候发。",
            "去年没抢到国债，希望今年提前通知。",
            "想给孙子买一点国债，当压岁钱存着。",
        ),
        ("下期国债发行前三天通知", "教会用手机银行预约国债"),
        "通知国债发行日期",
    ),
    Topic(
        "养老金代发",
        (
            "养老金还在别的银行领，嫌路远，想转到我们网点。",
            "问社保卡换到邮储以后以前的卡还能不能用。",
            "老伴的养老金资格认证不会弄，请帮忙看看。",
        ),
        ("带移动设备上门办理社保卡换发", "约好时间一起做养老资格认证"),
        "办理养老金代发转入",
    ),
    Topic(
        "手机银行",
        (
            "手机银行密码忘了，每次都要跑网点，觉得麻烦。",
            "怕手机上转账被骗，一直不敢用，讲了限额设置以后愿意试试。",
            "换了新手机，登录不上，现场帮助重新绑定。",
        ),
        ("下次上门看使用情况", "约到网点重置密码", "教会查余额和转账两项"),
        "手机银行使用回访",
    ),
    Topic(
        "茶叶贷款",
        (
            "今年想扩大茶园，春茶前要周转二十万，问贷款手续。",
            "合作社想统一买炒茶机，打听能不能联保。",
            "去年的经营贷款还清了，对放款速度满意，今年还想用。",
        ),
        ("收集茶园承包合同和收入流水", "请信贷员一起上门调查", "春茶前完成授信"),
        "准备经营贷款材料",
    ),
    Topic(
        "理财到期",
        (
            "上期理财收益比预想低，情绪平稳，想先放活期看看。",
            "只接受低风险的产品，明确说不要净值波动大的。",
            "理财到期的钱准备给女儿买房付首付，暂时不动。",
        ),
        ("整理两只低风险产品给客户比较", "先做风险测评再谈产品", "月底再问购房进展"),
        "跟进理财到期资金",
    ),
    Topic(
        "保险保障",
        (
            "孙子出生了，想了解教育金，但不想交太多年。",
            "邻居生病花了不少钱，开始关心医疗方面的保障。",
            "以前买的保险不知道保什么，把保单拿出来一起看了一遍。",
        ),
        ("请理财经理一起讲解", "把保单要点写成一页纸送去"),
        "送保单要点说明",
    ),
    Topic(
        "子女汇款",
        (
            "儿子在上海打工，每月寄钱回来，想开短信提醒。",
            "女儿从苏州汇钱给她看病，问到账要多久。",
            "儿媳想给老人开一张附属卡，问怎么办。",
        ),
        ("开通账户变动短信提醒", "电话联系子女说明办理方式"),
        "开通短信提醒",
    ),
    Topic(
        "公益讲座",
        (
            "对防诈骗讲座有兴趣，愿意带几个老姐妹一起来。",
            "上次健康讲座听得很满意，问下次什么时候办。",
            "村里老年活动中心愿意提供场地，建议农闲时办一场。",
        ),
        ("把下次活动的时间写信通知", "送邀请函到家", "和村委会商量场地"),
        "邀请参加讲座",
    ),
    Topic(
        "存单挂失",
        (
            "一张旧存单找不到了，很着急，先口头挂失。",
            "老伴去世后存单过户的手续不清楚，耐心讲了需要的证明。",
            "存单上的名字是老写法，和身份证不一致，怕取不出来。",
        ),
        ("七天后陪同到网点补办", "列出继承需要的材料清单", "请运营主管核实姓名写法"),
        "陪同办理存单手续",
    ),
    Topic(
        "资料更新",
        (
            "身份证快到期了，提醒换证后到网点更新资料。",
            "搬到镇上安置小区了，通讯地址要改。",
            "手机号码换了，旧号码是女儿在用。",
        ),
        ("换证后更新客户资料", "核对新地址和邮编", "核对新的联系电话"),
        "更新客户资料",
    ),
    Topic(
        "零钱兑换",
        (
            "小店收款零钱不够，希望每周换一次。",
            "商户收款码贴了两年褪色了，要换一张。",
            "问收款码的钱什么时候到账，现场演示了查询。",
        ),
        ("下周带零钱包上门", "申请新的收款码牌"),
        "送新收款码牌",
    ),
)

_OPENINGS = {
    "visit": (
        "上门拜访，客户在家。",
        "到家里走访，客户正在院里晒茶叶。",
        "趁赶集在店里见到客户，聊了半个小时。",
        "入户走访，客户和老伴都在。",
        "下午到家，客户刚从地里回来。",
        "和村干部一起入户，客户很热情。",
    ),
    "phone": (
        "电话联系，客户接听。",
        "打了两次电话才接通，客户在外地务工。",
        "客户主动来电。",
        "晚饭后回电，说话方便。",
    ),
    "wechat": ("微信上聊了几句。", "客户发微信来问。", "视频通话，老人由女儿陪着。"),
    "sms": ("发短信后客户回了电话。", "短信提醒，客户回复收到。"),
    "post": ("寄出的信客户已收到，回了电话。",),
    "email": ("客户用邮件回复。",),
}
_FAMILY = (
    "老伴腿脚不好，不方便去网点。",
    "孙女今年考上大学，全家高兴。",
    "儿子一家过年才回来。",
    "家里正在翻修房子，开销不小。",
    "女婿在县城开店，生意还好。",
    "刚做过白内障手术，字要写大一点。",
    "耳朵背，说话要慢一点。",
    "独居，村邮员常来照看。",
)
_PARTINGS = (
    "约好下次再谈。",
    "客户表示满意。",
    "态度比上次好。",
    "没有当场决定，说要和家里人商量。",
    "提醒不要轻信陌生来电。",
    "",
    "",
)
_PARTINGS_AT_HOME = (*_PARTINGS, "临走送了台历。", "留了名片和宣传册。")
_MISSED = ("到家无人应门，留了便条。", "电话没有人接，改天再试。", "客户临时去县医院，没见到。")
_CANCELLED = ("客户来电说家里有事，取消。", "暴雨封路，取消本次走访。")
_RESCHEDULED = ("客户农忙，改到下旬。", "客户要去外地看孩子，改期。")
_EXCUSES = {"missed": _MISSED, "cancelled": _CANCELLED, "rescheduled": _RESCHEDULED}

_REMARKS = (
    "老客户，{year}年起在本网点存款，信任本人推荐。",
    "在村里有威望，常介绍亲友来办业务。",
    "对利率敏感，三家银行都有存款。",
    "只在上午方便接电话。",
    "子女在{city}工作，大事由子女拿主意。",
    "不识字，材料需要念给客户听。",
    "脾气急，等候时间不要长。",
    "喜欢收集纪念邮票，有新票请通知。",
    "身份证和存单上的生日差一个月，按农历办的。",
    "自家种茶十二亩，春茶期间现金多。",
    "讲话要有条理，反感推销。",
    "行动不便，办理业务请提前约上门。",
)
_CITIES = ("上海", "苏州", "杭州", "合肥", "南京", "宁波")
_ROOT_TASKS = (
    "整理下季度走访计划",
    "到村委会张贴讲座海报",
    "核对本月到期清单",
    "给邮递员送会员通讯",
    "补齐缺少联系电话的客户资料",
    "准备晨会汇报",
)


def summary(dice: Dice, topic: Topic, channel: str) -> str:
    """Return a visit's report: two to four sentences."""
    family = dice.pick(_FAMILY) if dice.chance(0.3) else ""
    partings = _PARTINGS_AT_HOME if channel == "visit" else _PARTINGS
    return dice.pick(_OPENINGS[channel]) + dice.pick(topic.said) + family + dice.pick(partings)


def excuse(dice: Dice, state: str) -> str:
    """Return why a visit did not take place; empty where it did or still may."""
    return dice.pick(_EXCUSES[state]) if state in _EXCUSES else ""


def remark(dice: Dice) -> str:
    """Return what stands in a customer's note: one or two sentences."""
    first = dice.pick(_REMARKS)
    second = dice.pick(_REMARKS) if dice.chance(0.3) else ""
    text = first + (second if second != first else "")
    return text.format(year=dice.whole(1992, 2018), city=dice.pick(_CITIES))


def own_task(dice: Dice) -> str:
    """Return a task that belongs to no customer."""
    return dice.pick(_ROOT_TASKS)
