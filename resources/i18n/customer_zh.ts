<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>AddPanel</name>
    <message>
        <source>New contact</source>
        <translation>新的联系方式</translation>
    </message>
    <message>
        <source>New family member</source>
        <translation>新的家庭成员</translation>
    </message>
    <message>
        <source>Draft kept {moment}</source>
        <translation>草稿已存 {moment}</translation>
    </message>
    <message>
        <source>{kind} added</source>
        <translation>已添加{kind}</translation>
    </message>
</context>
<context>
    <name>ConsentPanel</name>
    <message>
        <source>Withdraw a consent</source>
        <translation>撤回同意</translation>
    </message>
    <message>
        <source>What was said</source>
        <translation>客户意愿</translation>
    </message>
    <message>
        <source>Under 14: who agrees for the child</source>
        <translation>未满 14 周岁：由谁代为同意</translation>
    </message>
    <message>
        <source>Evidence of the consent</source>
        <translation>同意的凭证</translation>
    </message>
</context>
<context>
    <name>ConsentsTab</name>
    <message>
        <source>May be contacted today</source>
        <translation>今天可否联系</translation>
    </message>
    <message>
        <source>Record what was said</source>
        <translation>登记客户意愿</translation>
    </message>
    <message>
        <source>What the customer said</source>
        <translation>客户意愿</translation>
    </message>
    <message>
        <source>Nobody has asked this customer yet.</source>
        <translation>尚未征求过该客户的意见。</translation>
    </message>
</context>
<context>
    <name>Customer</name>
    <message>
        <source>as of {moment}</source>
        <translation>截至 {moment}</translation>
    </message>
    <message>
        <source>Total assets</source>
        <translation>总资产</translation>
    </message>
    <message>
        <source>Maturing in {n} days</source>
        <translation>{n} 天内到期</translation>
    </message>
    <message>
        <source>nothing matures</source>
        <translation>近期没有到期</translation>
    </message>
    <message>
        <source>Last visit</source>
        <translation>上次拜访</translation>
    </message>
    <message>
        <source>not visited yet</source>
        <translation>尚未拜访</translation>
    </message>
    <message>
        <source>Next contact</source>
        <translation>下次联系</translation>
    </message>
    <message>
        <source>no date yet</source>
        <translation>还没有定日期</translation>
    </message>
    <message>
        <source>{contact}, preferred</source>
        <translation>{contact}（首选）</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>closed {day}</source>
        <translation>{day} 销户</translation>
    </message>
    <message>
        <source>a customer of yours</source>
        <translation>也是您的客户</translation>
    </message>
    <message>
        <source>Kept by another manager</source>
        <translation>由其他客户经理管理</translation>
    </message>
    <message>
        <source>due {day}</source>
        <translation>{day} 前</translation>
    </message>
    <message>
        <source>overdue since {day}</source>
        <translation>{day} 已过期</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>You and the branch changed the same field: {fields}. Both are kept.</source>
        <translation>您和网点改了同一处：{fields}。两份都保留着。</translation>
    </message>
    <message>
        <source>Another manager keeps somebody who may be the same person.</source>
        <translation>另一位客户经理管理的客户中，可能有同一个人。</translation>
    </message>
    <message>
        <source>{name} has the same identity number.</source>
        <translation>{name}的证件号码与此相同。</translation>
    </message>
    <message>
        <source>{name} has the same name and phone.</source>
        <translation>{name}的姓名和手机与此相同。</translation>
    </message>
    <message>
        <source>ending in {tail}</source>
        <translation>尾号 {tail}</translation>
    </message>
    <message>
        <source>{n} edit waiting</source>
        <translation>{n} 处修改待发送</translation>
    </message>
    <message>
        <source>{n} edits waiting</source>
        <translation>{n} 处修改待发送</translation>
    </message>
    <message>
        <source>Customer since then</source>
        <translation>成为客户</translation>
    </message>
    <message>
        <source>Added as a customer</source>
        <translation>建立客户资料</translation>
    </message>
    <message>
        <source>Visit at home</source>
        <translation>上门拜访</translation>
    </message>
    <message>
        <source>{visit}: {state}</source>
        <translation>{visit}：{state}</translation>
    </message>
    <message>
        <source>To do</source>
        <translation>待办</translation>
    </message>
    <message>
        <source>{what} settled</source>
        <translation>{what}已核定</translation>
    </message>
    <message>
        <source>{what} to settle</source>
        <translation>{what}待核定</translation>
    </message>
    <message>
        <source>{what} changed</source>
        <translation>{what}已修改</translation>
    </message>
    <message>
        <source>{what} removed</source>
        <translation>已删除{what}</translation>
    </message>
    <message>
        <source>{what} added</source>
        <translation>已添加{what}</translation>
    </message>
    <message>
        <source>from {giver} to {taker}</source>
        <translation>由{giver}移交给{taker}</translation>
    </message>
    <message>
        <source>Nobody recorded yet.</source>
        <translation>还没有记录家庭成员。</translation>
    </message>
    <message>
        <source>The branch has sent no accounts.</source>
        <translation>网点没有传来账户。</translation>
    </message>
    <message>
        <source>{field} saved</source>
        <translation>{field}已保存</translation>
    </message>
    <message>
        <source>{field} was not saved: {why}</source>
        <translation>{field}没有保存：{why}</translation>
    </message>
    <message>
        <source>Tag added</source>
        <translation>标签已添加</translation>
    </message>
    <message>
        <source>Tag taken off</source>
        <translation>标签已取下</translation>
    </message>
    <message>
        <source>Marked as done</source>
        <translation>已标为完成</translation>
    </message>
    <message>
        <source>Withdraw</source>
        <translation>撤回</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>Some ways</source>
        <translation>部分方式可以</translation>
    </message>
    <message>
        <source>No</source>
        <translation>否</translation>
    </message>
    <message>
        <source>Allowed</source>
        <translation>可以</translation>
    </message>
    <message>
        <source>Not allowed</source>
        <translation>不可以</translation>
    </message>
    <message>
        <source>The other ways: not asked.</source>
        <translation>其他方式：尚未征求。</translation>
    </message>
    <message>
        <source>{decision}: {purpose}</source>
        <translation>{decision}：{purpose}</translation>
    </message>
    <message>
        <source>{purpose}, {way}</source>
        <translation>{purpose}（{way}）</translation>
    </message>
    <message>
        <source>guardian {name} ({relation})</source>
        <translation>监护人 {name}（{relation}）</translation>
    </message>
    <message>
        <source>from {day}</source>
        <translation>自 {day}</translation>
    </message>
    <message>
        <source>until {day}</source>
        <translation>至 {day}</translation>
    </message>
    <message>
        <source>no evidence noted</source>
        <translation>未注明凭证</translation>
    </message>
    <message>
        <source>set aside by {name}: {values}</source>
        <translation>{name}未采用：{values}</translation>
    </message>
    <message>
        <source>set aside: {values}</source>
        <translation>未采用：{values}</translation>
    </message>
    <message>
        <source>The other fields say what belongs here.</source>
        <translation>其他栏目里已有这一项。</translation>
    </message>
    <message>
        <source>Use {value}</source>
        <translation>改为 {value}</translation>
    </message>
    <message>
        <source>Waits to be sent</source>
        <translation>待发送</translation>
    </message>
    <message>
        <source>To settle</source>
        <translation>待核定</translation>
    </message>
    <message>
        <source>Refused by the branch</source>
        <translation>被网点退回</translation>
    </message>
</context>
<context>
    <name>CustomerForm</name>
    <message>
        <source>New customer</source>
        <translation>新客户</translation>
    </message>
    <message>
        <source>Only the name is needed</source>
        <translation>只有姓名必填</translation>
    </message>
    <message>
        <source>Edit customer</source>
        <translation>编辑客户资料</translation>
    </message>
    <message>
        <source>Person and document</source>
        <translation>个人与证件</translation>
    </message>
    <message>
        <source>Contact and address</source>
        <translation>联系与住址</translation>
    </message>
    <message>
        <source>Work</source>
        <translation>工作</translation>
    </message>
    <message>
        <source>Value, needs and likes</source>
        <translation>价值、需求与喜好</translation>
    </message>
    <message>
        <source>This goes on from where you stopped.</source>
        <translation>已接着上次填到的地方。</translation>
    </message>
    <message>
        <source>Start afresh</source>
        <translation>重新填写</translation>
    </message>
    <message>
        <source>{name} is here already, with the same identity number.</source>
        <translation>{name}已经是您的客户，证件号码相同。</translation>
    </message>
    <message>
        <source>{name} is here already, with the same name and phone.</source>
        <translation>{name}已经是您的客户，姓名和手机都相同。</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Draft kept {moment}</source>
        <translation>草稿已存 {moment}</translation>
    </message>
    <message>
        <source>Customer added</source>
        <translation>客户已添加</translation>
    </message>
    <message>
        <source>Customer saved</source>
        <translation>客户资料已保存</translation>
    </message>
    <message>
        <source>{n} field must be mended: {fields}</source>
        <translation>还有 {n} 处要改：{fields}</translation>
    </message>
    <message>
        <source>{n} fields must be mended: {fields}</source>
        <translation>还有 {n} 处要改：{fields}</translation>
    </message>
</context>
<context>
    <name>CustomerHead</name>
    <message>
        <source>Back to the list</source>
        <translation>返回列表</translation>
    </message>
    <message>
        <source>Record visit</source>
        <translation>记录拜访</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>Edit all</source>
        <translation>编辑全部</translation>
    </message>
    <message>
        <source>Add a tag</source>
        <translation>添加标签</translation>
    </message>
    <message>
        <source>Add a contact</source>
        <translation>添加联系方式</translation>
    </message>
    <message>
        <source>Add a family member</source>
        <translation>添加家庭成员</translation>
    </message>
    <message>
        <source>History of changes</source>
        <translation>修改记录</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>New tag</source>
        <translation>新标签</translation>
    </message>
    <message>
        <source>New tag, Enter</source>
        <translation>新标签，按回车</translation>
    </message>
    <message>
        <source>Take off the tag {tag}</source>
        <translation>取下标签 {tag}</translation>
    </message>
</context>
<context>
    <name>CustomerPage</name>
    <message>
        <source>Closed accounts</source>
        <translation>已销账户</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>Family</source>
        <translation>家庭</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>往来</translation>
    </message>
    <message>
        <source>This customer is no longer on this laptop</source>
        <translation>这位客户已不在本机</translation>
    </message>
    <message>
        <source>It was undone, removed, or handed over.</source>
        <translation>可能已撤销、删除或转交。</translation>
    </message>
    <message>
        <source>Back to the list</source>
        <translation>返回列表</translation>
    </message>
    <message>
        <source>Choose a customer from the list</source>
        <translation>请从列表中选择一位客户</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>概览</translation>
    </message>
    <message>
        <source>Consents</source>
        <translation>联系同意</translation>
    </message>
    <message>
        <source>Settle</source>
        <translation>去核定</translation>
    </message>
    <message>
        <source>Look at the other one</source>
        <translation>查看另一位</translation>
    </message>
</context>
<context>
    <name>EditLine</name>
    <message>
        <source>Save</source>
        <translation>确定</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>History of this field</source>
        <translation>这一栏的修改记录</translation>
    </message>
</context>
<context>
    <name>HistoryPanel</name>
    <message>
        <source>History</source>
        <translation>修改记录</translation>
    </message>
    <message>
        <source>Nothing has changed since this laptop has the record.</source>
        <translation>本机有这份资料以来没有改动。</translation>
    </message>
    <message>
        <source>{old} → {new}</source>
        <translation>{old} → {new}</translation>
    </message>
    <message>
        <source>{field}: {change}</source>
        <translation>{field}：{change}</translation>
    </message>
    <message>
        <source>By the branch</source>
        <translation>网点修改</translation>
    </message>
    <message>
        <source>Settled</source>
        <translation>已核定</translation>
    </message>
    <message>
        <source>By me</source>
        <translation>本人修改</translation>
    </message>
    <message>
        <source>waits to be sent</source>
        <translation>待发送</translation>
    </message>
    <message>
        <source>applied</source>
        <translation>已采用</translation>
    </message>
    <message>
        <source>merged</source>
        <translation>已合并</translation>
    </message>
    <message>
        <source>to settle</source>
        <translation>待核定</translation>
    </message>
    <message>
        <source>settled</source>
        <translation>已核定</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>被退回</translation>
    </message>
    <message>
        <source>refused and let go</source>
        <translation>被退回，已放弃</translation>
    </message>
    <message>
        <source>with whoever keeps the customer now</source>
        <translation>已转给现在的客户经理</translation>
    </message>
    <message>
        <source>mine was kept</source>
        <translation>保留了我的</translation>
    </message>
    <message>
        <source>theirs was kept</source>
        <translation>保留了对方的</translation>
    </message>
    <message>
        <source>another value was written</source>
        <translation>另写了一个</translation>
    </message>
</context>
<context>
    <name>MaskedField</name>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
</context>
<context>
    <name>Overview</name>
    <message>
        <source>Contact and address</source>
        <translation>联系与住址</translation>
    </message>
    <message>
        <source>Accounts and maturities</source>
        <translation>账户与到期</translation>
    </message>
    <message>
        <source>Needs and likes</source>
        <translation>需求与喜好</translation>
    </message>
    <message>
        <source>Household</source>
        <translation>家庭</translation>
    </message>
    <message>
        <source>To do</source>
        <translation>待办</translation>
    </message>
    <message>
        <source>About the person</source>
        <translation>个人资料</translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation>往来</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>The branch has sent no accounts.</source>
        <translation>网点没有传来账户。</translation>
    </message>
    <message>
        <source>All {n}</source>
        <translation>全部 {n} 条</translation>
    </message>
    <message>
        <source>Nobody recorded yet.</source>
        <translation>还没有记录家庭成员。</translation>
    </message>
</context>
<context>
    <name>RecordForm</name>
    <message>
        <source>Calendar</source>
        <translation>日历</translation>
    </message>
    <message>
        <source>Take off {word}</source>
        <translation>取下 {word}</translation>
    </message>
    <message>
        <source>Type and press Enter</source>
        <translation>输入后按回车</translation>
    </message>
</context>
<context>
    <name>RecordPanel</name>
    <message>
        <source>{field} saved</source>
        <translation>{field}已保存</translation>
    </message>
</context>
</TS>
