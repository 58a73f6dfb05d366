<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>Visit</name>
    <message>
        <source>Your draft of {when} is here again.</source>
        <translation>已恢复您{when}的草稿。</translation>
    </message>
    <message>
        <source>Start afresh</source>
        <translation>重新填写</translation>
    </message>
    <message>
        <source>Draft kept {time}</source>
        <translation>草稿已存 {time}</translation>
    </message>
    <message>
        <source>Visit to {name} recorded; the next step is on the to-do list</source>
        <translation>已记录对{name}的拜访，下一步已列入待办</translation>
    </message>
    <message>
        <source>Visit to {name} changed</source>
        <translation>已修改对{name}的拜访</translation>
    </message>
    <message>
        <source>Visit to {name} recorded</source>
        <translation>已记录对{name}的拜访</translation>
    </message>
    <message>
        <source>The draft is kept until you come back</source>
        <translation>草稿已保留，下次打开时接着填</translation>
    </message>
    <message>
        <source>Use {day}</source>
        <translation>改为 {day}</translation>
    </message>
    <message>
        <source>{n} field is left to mend: {fields}</source>
        <translation>还有 {n} 处要改：{fields}</translation>
    </message>
    <message>
        <source>{n} fields are left to mend: {fields}</source>
        <translation>还有 {n} 处要改：{fields}</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
</context>
<context>
    <name>VisitForm</name>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Choose a day</source>
        <translation>选择日期</translation>
    </message>
    <message>
        <source>Suggestions</source>
        <translation>常用内容</translation>
    </message>
    <message>
        <source>At the customer&apos;s home</source>
        <translation>客户家中</translation>
    </message>
    <message>
        <source>At the branch</source>
        <translation>网点</translation>
    </message>
    <message>
        <source>Met by chance</source>
        <translation>偶遇</translation>
    </message>
    <message>
        <source>One need, then Enter</source>
        <translation>填一项，按回车</translation>
    </message>
    <message>
        <source>Remove {word}</source>
        <translation>去掉 {word}</translation>
    </message>
    <message>
        <source>What was talked about</source>
        <translation>谈了些什么</translation>
    </message>
    <message>
        <source>Visit again with an offer</source>
        <translation>带方案再次上门</translation>
    </message>
    <message>
        <source>Phone before the deposit matures</source>
        <translation>到期前电话联系</translation>
    </message>
    <message>
        <source>Bring the documents</source>
        <translation>送办理资料</translation>
    </message>
    <message>
        <source>Invite to an event of the branch</source>
        <translation>邀请参加网点活动</translation>
    </message>
    <message>
        <source>{name}, {place}</source>
        <translation>{name}·{place}</translation>
    </message>
    <message>
        <source>Change visit</source>
        <translation>修改拜访</translation>
    </message>
    <message>
        <source>Record visit</source>
        <translation>记录拜访</translation>
    </message>
</context>
</TS>
