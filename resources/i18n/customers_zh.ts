<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>Customers</name>
    <message>
        <source>Total assets</source>
        <translation>总资产</translation>
    </message>
    <message>
        <source>Last visit</source>
        <translation>上次拜访</translation>
    </message>
    <message>
        <source>Next maturity</source>
        <translation>最近到期</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Age</source>
        <translation>年龄</translation>
    </message>
    <message>
        <source>not visited yet</source>
        <translation>尚未拜访</translation>
    </message>
    <message>
        <source>edits waiting</source>
        <translation>修改待发送</translation>
    </message>
    <message>
        <source>to settle</source>
        <translation>待核定</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>被退回</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>last visit {when}</source>
        <translation>上次拜访{when}</translation>
    </message>
</context>
<context>
    <name>CustomersPage</name>
    <message>
        <source>Back to the list</source>
        <translation>返回列表</translation>
    </message>
</context>
<context>
    <name>CustomersScreen</name>
    <message>
        <source>Import</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>New customer</source>
        <translation>新客户</translation>
    </message>
    <message>
        <source>List</source>
        <translation>列表</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>表格</translation>
    </message>
    <message>
        <source>Customers</source>
        <translation>客户</translation>
    </message>
    <message>
        <source>{n} of {all}</source>
        <translation>第 {n} 位，共 {all} 位</translation>
    </message>
</context>
<context>
    <name>FilterBar</name>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>High value</source>
        <translation>高价值</translation>
    </message>
    <message>
        <source>Due in 30 days</source>
        <translation>30 天到期</translation>
    </message>
    <message>
        <source>Take off: {filter}</source>
        <translation>取消筛选：{filter}</translation>
    </message>
    <message>
        <source>Not visited for 90 days</source>
        <translation>90 天未拜访</translation>
    </message>
    <message>
        <source>Edits waiting</source>
        <translation>待发送</translation>
    </message>
    <message>
        <source>To settle</source>
        <translation>待核定</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>被退回</translation>
    </message>
    <message>
        <source>Village</source>
        <translation>村/社区</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Value tier</source>
        <translation>价值等级</translation>
    </message>
</context>
<context>
    <name>ListPane</name>
    <message>
        <source>Name, pinyin, phone or address</source>
        <translation>姓名、拼音、电话或地址</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>清除搜索</translation>
    </message>
    <message>
        <source>Customers</source>
        <translation>客户</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>显示的列</translation>
    </message>
    <message>
        <source>Similar</source>
        <translation>相近的结果</translation>
    </message>
    <message>
        <source>The {n} best matches</source>
        <translation>最接近的 {n} 位</translation>
    </message>
    <message>
        <source>{n} found of {all}</source>
        <translation>匹配 {n} 位，共 {all} 位</translation>
    </message>
    <message>
        <source>{n} customer</source>
        <translation>{n} 位</translation>
    </message>
    <message>
        <source>{n} customers</source>
        <translation>{n} 位</translation>
    </message>
    <message>
        <source>No customers here yet</source>
        <translation>这里还没有客户</translation>
    </message>
    <message>
        <source>They come with the first sync with the branch.</source>
        <translation>与网点第一次同步后，客户就会出现在这里。</translation>
    </message>
    <message>
        <source>Go to Sync</source>
        <translation>去同步</translation>
    </message>
    <message>
        <source>Nobody fits the filters</source>
        <translation>没有符合筛选条件的客户</translation>
    </message>
    <message>
        <source>Nobody found for “{text}”</source>
        <translation>没有找到“{text}”</translation>
    </message>
    <message>
        <source>Searched: name, pinyin, phone, address and the end of identity numbers.</source>
        <translation>已查找姓名、拼音、电话、地址和证件号码末位。</translation>
    </message>
    <message>
        <source>Clear search and filters</source>
        <translation>清除搜索和筛选</translation>
    </message>
</context>
<context>
    <name>SortButton</name>
    <message>
        <source>Order: {order}</source>
        <translation>排序：{order}</translation>
    </message>
    <message>
        <source>Best match</source>
        <translation>相关度</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>姓名</translation>
    </message>
    <message>
        <source>Value tier</source>
        <translation>价值等级</translation>
    </message>
    <message>
        <source>Total assets</source>
        <translation>总资产</translation>
    </message>
    <message>
        <source>Last visit</source>
        <translation>上次拜访</translation>
    </message>
    <message>
        <source>Next contact</source>
        <translation>下次联系</translation>
    </message>
    <message>
        <source>Village</source>
        <translation>村/社区</translation>
    </message>
    <message>
        <source>Newest here</source>
        <translation>最新加入</translation>
    </message>
    <message>
        <source>The other way round</source>
        <translation>倒序</translation>
    </message>
</context>
<context>
    <name>TableHead</name>
    <message>
        <source>{column}, ascending</source>
        <translation>{column}，升序</translation>
    </message>
    <message>
        <source>{column}, descending</source>
        <translation>{column}，降序</translation>
    </message>
</context>
</TS>
