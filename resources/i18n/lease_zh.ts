<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>Lease</name>
    <message>
        <source>Syncing</source>
        <translation>正在同步</translation>
    </message>
</context>
<context>
    <name>LeasePage</name>
    <message>
        <source>Locked until the branch</source>
        <translation>请先与网点同步</translation>
    </message>
    <message>
        <source>Sync now</source>
        <translation>立即同步</translation>
    </message>
    <message>
        <source>Lock</source>
        <translation>锁定</translation>
    </message>
    <message>
        <source>Enrol this laptop again…</source>
        <translation>重新登记本机…</translation>
    </message>
    <message>
        <source>This computer&apos;s date or time is behind: the last contact with the branch was on {day}. Put date and time right and unlock again, or sync.</source>
        <translation>本机的日期或时间偏早：上次与网点联系是在 {day}。请调准日期和时间后重新解锁，或者直接同步。</translation>
    </message>
    <message>
        <source>The last contact with the branch was on {day}. Without a contact this laptop works for {days} days; after that it shows nothing until it has synced.</source>
        <translation>上次与网点联系是在 {day}。不联系网点，本机最多可用 {days} 天；超过后，同步之前不再显示任何客户资料。</translation>
    </message>
    <message>
        <source>Nothing is lost: {n} edit waits here, and the sync sends it.</source>
        <translation>数据没有丢失：有 {n} 处修改待发送，同步时会一并发出。</translation>
    </message>
    <message>
        <source>Nothing is lost: {n} edits wait here, and the sync sends them.</source>
        <translation>数据没有丢失：有 {n} 处修改待发送，同步时会一并发出。</translation>
    </message>
    <message>
        <source>Nothing is lost.</source>
        <translation>数据没有丢失。</translation>
    </message>
</context>
</TS>
