<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>Palette</name>
    <message>
        <source>Switch to light</source>
        <translation>换成浅色</translation>
    </message>
    <message>
        <source>Switch to dark</source>
        <translation>换成深色</translation>
    </message>
    <message>
        <source>New customer</source>
        <translation>新客户</translation>
    </message>
    <message>
        <source>Sync now</source>
        <translation>立即同步</translation>
    </message>
    <message>
        <source>Settle what is open</source>
        <translation>处理待核定</translation>
    </message>
    <message>
        <source>Print address labels</source>
        <translation>打印地址标签</translation>
    </message>
    <message>
        <source>Import a file</source>
        <translation>导入文件</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Switch to Chinese</source>
        <translation>换成英文界面</translation>
    </message>
    <message>
        <source>Lock</source>
        <translation>锁定</translation>
    </message>
    <message>
        <source>Help and keys</source>
        <translation>帮助与快捷键</translation>
    </message>
    <message>
        <source>Find anything</source>
        <translation>查找</translation>
    </message>
    <message>
        <source>Customers, phones, addresses, tags, actions</source>
        <translation>查找客户、电话、地址、标签、操作</translation>
    </message>
    <message>
        <source>Found</source>
        <translation>查找结果</translation>
    </message>
    <message>
        <source>Tab: other scope</source>
        <translation>Tab 换范围</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>选择</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Record visit</source>
        <translation>记录拜访</translation>
    </message>
    <message>
        <source>Pinyin, initials, ends of numbers</source>
        <translation>拼音、首字母、电话尾号、地址都可以</translation>
    </message>
    <message>
        <source>Nothing fits</source>
        <translation>没有找到</translation>
    </message>
    <message>
        <source>Pinyin, initials, the end of a phone number, part of an address will do.</source>
        <translation>可以输入姓名、拼音、首字母、电话尾号或部分地址。</translation>
    </message>
    <message>
        <source>{n} found</source>
        <translation>{n} 项</translation>
    </message>
    <message>
        <source>All {n}</source>
        <translation>全部 {n} 项</translation>
    </message>
    <message>
        <source>Viewed last</source>
        <translation>最近看过</translation>
    </message>
    <message>
        <source>Similar</source>
        <translation>相近</translation>
    </message>
    <message>
        <source>Phone fits</source>
        <translation>电话相符</translation>
    </message>
    <message>
        <source>Identity number fits</source>
        <translation>证件号码相符</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Village</source>
        <translation>村/社区</translation>
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
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Customers</source>
        <translation>客户</translation>
    </message>
    <message>
        <source>Tags and villages</source>
        <translation>标签与村社</translation>
    </message>
    <message>
        <source>To do</source>
        <translation>待办</translation>
    </message>
    <message>
        <source>Actions</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Record a visit to {name}</source>
        <translation>给{name}记录拜访</translation>
    </message>
</context>
</TS>
